"""Commands for staff accounts, and the events they leave."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.core.audit import Event
from citizen.core.permissions import Role
from citizen.extensions import db

NEW = "lin@office.example"


def run(app: Flask, *words: str, given: str | None = None) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["accounts", *words], input=given)
    db.session.rollback()
    return result.exit_code, result.output


def actions() -> list[tuple[str, dict[str, object]]]:
    rows = db.session.execute(db.select(Event).where(Event.subject == "person").order_by(Event.id)).scalars()
    return [(row.action, row.detail) for row in rows]


def roles(email: str) -> frozenset[Role]:
    return db.session.execute(db.select(Person).where(Person.email == email)).scalar_one().roles


def test_a_new_member_of_staff_signs_in_with_the_printed_password(app: Flask, client: FlaskClient) -> None:
    code, output = run(
        app,
        "create-staff",
        NEW,
        "--name",
        "林晓",
        "--role",
        "clerk",
        "--role",
        "worker",
        "--unit",
        "sanitation",
    )
    if code:  # the demonstration's unit codes are data
        unit = db.session.execute(db.select(Person.unit_code).where(Person.email == "unit@demo.invalid")).scalar_one()
        code, output = run(
            app, "create-staff", NEW, "--name", "林晓", "--role", "clerk", "--role", "worker", "--unit", unit
        )
    assert code == 0, output
    password = output.split("first sign-in: ")[1].strip()
    client.sign_in(NEW, password)
    assert client.get("/account/").headers["Location"] == "/account/password"
    assert roles(NEW) == {Role.CLERK, Role.WORKER}
    assert actions()[0] == ("person.staff_created", {"roles": ["clerk", "worker"]})


def test_the_password_may_come_from_standard_input(app: Flask, client: FlaskClient) -> None:
    words = ("create-staff", NEW, "--name", "林晓", "--role", "admin", "--password-stdin")
    code, output = run(app, *words, given="river-lantern-bridge\n")
    assert code == 0, output
    assert "river-lantern" not in output
    client.sign_in(NEW, "river-lantern-bridge")


def test_roles_are_given_and_taken(app: Flask) -> None:
    run(app, "create-staff", NEW, "--name", "林晓", "--role", "admin")
    assert run(app, "grant", NEW, "leader")[0] == 0
    assert roles(NEW) == {Role.ADMIN, Role.LEADER}
    assert run(app, "revoke", NEW, "admin")[0] == 0
    assert roles(NEW) == {Role.LEADER}
    assert run(app, "disable", NEW)[0] == 0
    assert [name for name, _detail in actions()] == [
        "person.staff_created", "person.role_granted", "person.role_revoked", "person.disabled",
    ]  # fmt: skip
    assert "lin" not in str([detail for _name, detail in actions()])


@pytest.mark.parametrize(
    "words",
    [
        ("grant", "nobody@office.example", "admin"),
        ("grant", "moderator@demo.invalid", "moderator"),
        ("revoke", "moderator@demo.invalid", "admin"),
        ("revoke", "nonsense", "admin"),
        ("disable", "nobody@office.example"),
        ("reset-password", "nobody@office.example"),
        ("reset-second-factor", "nobody@office.example"),
        ("create-staff", "moderator@demo.invalid", "--name", "x", "--role", "admin"),
        ("create-staff", "13800138000", "--name", "x", "--role", "admin"),
        ("create-staff", NEW, "--name", " ", "--role", "admin"),
        ("create-staff", NEW, "--name", "x", "--role", "clerk", "--unit", "no-such-unit"),
    ],
)
def test_refusals_are_one_line_and_change_nothing(app: Flask, words: tuple[str, ...]) -> None:
    code, output = run(app, *words)
    assert code == 1
    assert "Traceback" not in output
    assert output.strip().count("\n") == 0
    assert actions() == []


def test_a_lost_phone(app: Flask, client: FlaskClient, secret: str) -> None:
    assert run(app, "reset-second-factor", "moderator@demo.invalid")[0] == 0
    client.sign_in("moderator@demo.invalid")
    assert client.get("/account/").status_code == 200


def test_a_lost_password(app: Flask, client: FlaskClient) -> None:
    code, output = run(app, "reset-password", "moderator@demo.invalid")
    assert code == 0, output
    client.sign_in("moderator@demo.invalid", output.split("sign-in: ")[1].strip())
    assert client.get("/account/").headers["Location"] == "/account/password"
