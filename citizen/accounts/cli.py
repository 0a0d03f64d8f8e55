"""Commands for staff accounts; every one of them leaves an event."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask.cli import AppGroup

from citizen.accounts.queries import person_of
from citizen.accounts.rules import contact_of
from citizen.accounts.services import people, second_factor
from citizen.core.database import transaction
from citizen.core.errors import DomainError, NotFound
from citizen.core.permissions import Role

accounts = AppGroup("accounts", help="Staff accounts.")
ROLE = click.Choice([role.value for role in Role])


def _plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Say what a rule refused in one line and exit 1, without a trace."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            with transaction():
                command(*args, **kwargs)
        except DomainError as error:
            click.echo(str(error.message) or "There is no such account.", err=True)
            sys.exit(1)

    return run


def _password(from_input: bool) -> tuple[str, bool]:
    """A password from standard input, or a random one that has to be shown."""
    if not from_input:
        return secrets.token_urlsafe(12), True
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True), False
    return sys.stdin.readline().rstrip("\r\n"), False


@accounts.command("create-staff")
@click.argument("email")
@click.option("--name", required=True, help="The name that colleagues see.")
@click.option("--role", "roles", type=ROLE, multiple=True, required=True, help="May be given several times.")
@click.option("--unit", default=None, help="Code of the responsible unit, for unit staff and verifiers.")
@click.option("--post", default="", help="Job title.")
@click.option("--password-stdin", is_flag=True, help="Take the password from a prompt or standard input.")
@_plainly
def create_staff(email: str, password_stdin: bool, **values: Any) -> None:
    """Create the account EMAIL. Its password has to be replaced at the first sign-in."""
    password, shown = _password(password_stdin)
    roles = frozenset(Role(role) for role in values.pop("roles"))
    people.create_staff(email, password, roles=roles, **values)
    click.echo(f"Created {email}.")
    if shown:
        click.echo(f"Password for the first sign-in: {password}")


@accounts.command("reset-password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Take the password from a prompt or standard input.")
@_plainly
def reset_password(email: str, password_stdin: bool) -> None:
    """Give EMAIL a new password for one sign-in; the second factor stays."""
    password, shown = _password(password_stdin)
    contact = contact_of(email)
    hashed = people.new_password_hash(password, contact=contact)
    people.set_password(_id(email), hashed, once=True, actor=people.CONSOLE)
    click.echo(f"Password for the next sign-in: {password}" if shown else "The password is changed.")


@accounts.command("reset-second-factor")
@click.argument("email")
@_plainly
def reset_second_factor(email: str) -> None:
    """Forget the authenticator app of EMAIL (a lost phone); a new one must be set up."""
    second_factor.remove(_id(email), actor=people.CONSOLE)
    click.echo(f"{email} has no second factor now.")


@accounts.command("grant")
@click.argument("email")
@click.argument("role", type=ROLE)
@_plainly
def grant(email: str, role: str) -> None:
    """Give EMAIL a role."""
    people.grant(email, Role(role))
    click.echo(f"{email} is {role} now.")


@accounts.command("revoke")
@click.argument("email")
@click.argument("role", type=ROLE)
@_plainly
def revoke(email: str, role: str) -> None:
    """Take a role from EMAIL; open sessions end at once."""
    people.revoke(email, Role(role))
    click.echo(f"{email} is not {role} any more.")


@accounts.command("disable")
@click.argument("email")
@_plainly
def disable(email: str) -> None:
    """Close the account EMAIL; open sessions end at once."""
    people.disable(email)
    click.echo(f"{email} is closed.")


def _id(email: str) -> int:
    person = person_of(contact_of(email))
    if person is None:
        raise NotFound("There is no such account.")
    return person.id
