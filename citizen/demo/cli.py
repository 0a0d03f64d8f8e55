"""`flask demo load` and `flask demo status`: sixty days of a county that does not exist."""

from __future__ import annotations

import os
import secrets
import sys
from datetime import datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from citizen.accounts.models import Person
from citizen.cases.models import Case, CaseReport
from citizen.config import Settings
from citizen.core import clock
from citizen.core.content import content
from citizen.core.database import transaction
from citizen.core.errors import DomainError
from citizen.core.numbers import group_code
from citizen.demo import load as loading
from citizen.demo.learning.plan import tell_learning
from citizen.demo.people import add_people
from citizen.demo.volunteering.bulk import MOST as MOST_SHIFTS
from citizen.departments.services import import_county
from citizen.extensions import db
from citizen.reports.models import Report
from citizen.reports.services.categories import import_categories
from citizen.reports.services.codes import known_code
from citizen.search.services import rebuild
from citizen.volunteers.services.posts import import_kinds

ADDRESSES = (
    "/",
    "/reports/new",
    "/reports/track",
    "/boards/",
    "/account/sign-in",
    "/office/queue",
    "/unit/",
    "/verify/",
    "/volunteer/",
    "/volunteer/lead/",
    "/office/shifts/",
    "/office/hours/",
    "/quizzes/",
    "/office/quizzes/",
    "/office/questions/",
    "/office/rounds/",
    "/office/waves/",
    "/surveys/",
)
#: The sign-ins that are printed; the roster has more.
SIGN_INS = [
    "resident",
    "volunteer",
    "worker",
    "moderator",
    "unit",
    "verifier",
    "leader",
    "head",
    "coordinator",
    "inspector",
    "publisher",
    "admin",
]
USUAL = 1_200

demo = AppGroup("demo", help="The demonstration county.")


@demo.command("load")
@click.option(
    "--reports",
    type=click.IntRange(1, loading.MOST),
    default=USUAL,
    show_default=True,
    help="How many reports.",
)
@click.option(
    "--shifts",
    type=click.IntRange(0, MOST_SHIFTS),
    default=0,
    help="How many more shifts, with three bookings each, for measuring.",
)
@click.option(
    "--now",
    "moment",
    default=None,
    help="The moment to tell it from (ISO 8601); the last nine o'clock by default.",
)
@click.option("--password", default=None, help="The demonstration's password; made up and kept by default.")
def load(reports: int, shifts: int, moment: str | None, password: str | None) -> None:
    """Load the county, its people and sixty days of activity, once; refused outside of CITIZEN_ENV=demo."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.environment != "demo":
        raise click.ClickException("the demonstration is loaded only where CITIZEN_ENV is demo")
    if loading.is_loaded():
        tell_learning(_moment(moment))
        click.echo("The demonstration is loaded already.")
        _print_all(settings)
        return
    now = _moment(moment)
    secret = _password(settings.data_dir, password)
    try:
        _prepare(secret)
        done = loading.load(reports, now, shifts=shifts)
        tell_learning(now)
    except (DomainError, LookupError) as error:
        raise click.ClickException(str(getattr(error, "message", error))) from error
    click.echo(f"{done.reports} reports and {done.events} events are loaded, {rebuild()} entries can be searched.")
    _print_all(settings)


@demo.command("status")
def status() -> None:
    """Say whether the demonstration is loaded; exit 1 when it is not."""
    if not loading.is_loaded():
        click.echo("The demonstration is not loaded.", err=True)
        sys.exit(1)
    _print_all(current_app.config["SETTINGS"])


def _prepare(password: str) -> None:
    with transaction():
        import_county(content())
        import_categories(content())
        import_kinds(content())
        add_people(content(), password)


def _moment(raw: str | None) -> datetime:
    if raw is None:
        return loading.default_now()
    try:
        found = datetime.fromisoformat(raw)
    except ValueError as error:
        raise click.BadParameter("--now takes a moment such as 2026-09-01T09:00+08:00") from error
    found = found if found.tzinfo else found.replace(tzinfo=clock.COUNTY_ZONE)
    if found > clock.now():
        raise click.BadParameter("--now must not lie in the future")
    return found.replace(microsecond=0)


def _password(folder: Path, given: str | None) -> str:
    """The password that was given, or the one kept in the data folder, made up on first use; kept for
    its owner only."""
    path = folder / "demo-password"
    if given is None and path.exists():
        return path.read_text(encoding="utf-8").strip()
    password = given or "-".join(secrets.token_hex(2) for _part in range(4))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(password + "\n")
    path.chmod(0o600)
    return password


def _print_all(settings: Settings) -> None:
    click.echo("\nAddresses")
    for address in ADDRESSES:
        click.echo(f"  {settings.base_url}{address}")
    click.echo("\nSign-ins")
    known = set(db.session.execute(db.select(Person.email).where(Person.demo)).scalars())
    for name in SIGN_INS:
        if f"{name}@demo.invalid" in known:
            click.echo(f"  {name}@demo.invalid")
    path = settings.data_dir / "demo-password"
    if path.exists():
        click.echo(f"  password: {path.read_text(encoding='utf-8').strip()}")
    _print_example(settings)


def _print_example(settings: Settings) -> None:
    """A report to follow: the newest one that was closed."""
    query = (
        db.select(Report)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .join(Case, Case.id == CaseReport.case_id)
        .where(Case.state == "closed", Report.source == "demo")
    )
    report = db.session.execute(query.order_by(Report.received_at.desc()).limit(1)).scalar_one_or_none()
    code = known_code(report) if report is not None else None
    if report is not None and code is not None:
        click.echo(f"\nA report to follow at {settings.base_url}/reports/track")
        click.echo(f"  number {report.number}, query code {group_code(code)}")
