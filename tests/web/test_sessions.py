"""Server-side sessions: the cookie holds nothing, two tabs keep both their changes, sessions end in time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
import time_machine
from flask import Flask, session
from flask.testing import FlaskClient
from sqlalchemy import event, text

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.web import sessions
from tests.client import PageClient

START = "2026-09-01T08:00:00Z"


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("session")
    assert found
    return found.value


def test_the_cookie_says_nothing_and_the_database_does_not_open_sessions(client: FlaskClient) -> None:
    client.token("/account/sign-in")
    value = cookie(client)
    assert len(value) == 43
    rows = db.session.execute(text("SELECT id, data FROM sessions")).all()
    assert [row.id for row in rows] == [hashlib.sha256(value.encode()).hexdigest()]
    assert value not in str(rows)


def test_a_page_without_a_form_makes_no_session(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert not answer.headers.getlist("Set-Cookie")
    assert db.session.execute(text("SELECT count(*) FROM sessions")).scalar() == 0


@pytest.mark.parametrize("value", ["", "x", "x" * 43, "x" * 44, "x" * 3000, "☃", "' OR 1=1 --" + "x" * 32])
def test_made_up_cookies_are_strangers(client: FlaskClient, value: str) -> None:
    client.set_cookie("session", value)
    assert client.get("/account/").status_code == 303


def readings(app: Flask, act: Callable[[], object]) -> list[str]:
    """The statements that read sessions or people while ``act`` runs."""
    seen: list[str] = []

    def watch(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("SELECT") and ("FROM sessions" in statement or "FROM people" in statement):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", watch)
    act()
    event.remove(db.engine, "before_cursor_execute", watch)
    return seen


@pytest.mark.both_databases
def test_a_session_brings_its_person_along_and_nobodys_asks_for_no_person(app: Flask, client: FlaskClient) -> None:
    client.token("/account/sign-in")
    (anonymous,) = readings(app, lambda: client.get("/account/sign-in"))
    assert "JOIN" not in anonymous
    client.sign_in("resident@demo.invalid")
    assert len(cookie(client)) == 44
    (mine,) = readings(app, lambda: client.get("/account/"))
    assert "JOIN people" in mine


@pytest.mark.both_databases
def test_a_persons_session_from_before_cookies_had_two_lengths_goes_on(client: FlaskClient) -> None:
    client.sign_in("resident@demo.invalid")
    old = "o" * 43
    with transaction() as session:
        row = session.execute(
            db.select(sessions.SessionRow).where(sessions.SessionRow.person_id.is_not(None))
        ).scalar_one()
        row.id = sessions.digest(old)
    assert client.get("/account/").status_code == 303
    client.set_cookie("session", old)
    assert client.get("/account/").status_code == 200


def test_what_was_read_with_a_session_ends_with_it(app: Flask, client: FlaskClient) -> None:
    client.sign_in("resident@demo.invalid")
    with app.test_request_context("/", headers={"Cookie": f"session={cookie(client)}"}):
        mine = cast(sessions.ServerSession, session)
        assert mine.of_person("me_id") == mine.person_id is not None
        mine.rotate(person_id=None, staff=False)
        assert mine.of_person("me_id") is None


@pytest.mark.both_databases
def test_two_tabs_writing_different_keys_keep_both(app: Flask, client: FlaskClient) -> None:
    client.token("/account/sign-in")
    headers = {"Cookie": f"session={cookie(client)}"}
    first = app.test_request_context("/", headers=headers)
    with first:
        session["draft:one"] = "a"
        with app.test_request_context("/", headers=headers):
            session["draft:two"] = "b"
            app.process_response(app.make_response("x"))
        app.process_response(app.make_response("x"))
    with app.test_request_context("/", headers=headers):
        assert (session["draft:one"], session["draft:two"]) == ("a", "b")
        del session["draft:one"]
        app.process_response(app.make_response("x"))
    with app.test_request_context("/", headers=headers):
        assert dict(session).keys() >= {"draft:two"}
        assert "draft:one" not in session


def test_reading_writes_nothing(app: Flask, client: FlaskClient) -> None:
    client.sign_in("resident@demo.invalid")
    client.get("/account/")
    before = db.session.execute(text("SELECT data, expires_at FROM sessions")).all()
    db.session.rollback()
    client.get("/")
    assert db.session.execute(text("SELECT data, expires_at FROM sessions")).all() == before


def sign_in_at(app: Flask, who: str) -> FlaskClient:
    app.test_client_class = PageClient
    return app.test_client().sign_in(f"{who}@demo.invalid")


@pytest.mark.parametrize(("who", "idle"), [("moderator", timedelta(minutes=30)), ("resident", timedelta(days=30))])
def test_idle_sessions_end(app: Flask, who: str, idle: timedelta) -> None:
    for shift, expected in ((idle - timedelta(seconds=2), 200), (idle + timedelta(seconds=2), 303)):
        with time_machine.travel(START, tick=False) as moment:
            client = sign_in_at(app, who)
            moment.shift(shift)
            assert client.get("/account/").status_code == expected


def test_working_staff_stay_in_but_not_beyond_twelve_hours(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as moment:
        client = sign_in_at(app, "moderator")
        answers = []
        for _ in range(37):
            moment.shift(timedelta(minutes=20))
            answers.append(client.get("/account/").status_code)
    assert answers == [200] * 35 + [303] * 2


def test_expired_rows_are_swept_and_others_stay(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as moment:
        sign_in_at(app, "moderator")
        sign_in_at(app, "resident")
        moment.shift(timedelta(hours=13))
        with transaction():
            sessions.sweep(clock.now())
        left = db.session.execute(text("SELECT staff FROM sessions")).scalars().all()
    assert [bool(staff) for staff in left] == [False]


def test_too_much_is_refused_loudly() -> None:
    dump: Callable[[dict[str, object]], str] = sessions._dump
    assert dump({"draft": "字" * 10_000})
    with pytest.raises(ValueError, match="too much"):
        dump({"draft": "字" * 70_000})
