"""One draft becomes one report, however often, from wherever and at what moment it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func

from citizen.app import create_app
from citizen.config import Settings
from citizen.core.database import transaction
from citizen.core.errors import Busy
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.reports.models import Draft, Report
from citizen.reports.rules import Contact
from citizen.reports.services import submission
from citizen.reports.services.submission import submit_report
from tests.apart import at_once
from tests.client import PageClient
from tests.reports.flow import draft, jpeg, location, other_browser, ready, reports, send


def count(model: Any) -> int:
    db.session.rollback()
    return int(db.session.execute(db.select(func.count()).select_from(model)).scalar_one())


def test_again_back_and_refresh_lead_to_the_same_receipt(client: PageClient) -> None:
    key = ready(client, ("a.jpg", jpeg()))
    first = location(send(client, key))
    jobs = count(Job)
    number = reports()[0].number
    for _ in range(3):
        assert (
            location(client.submit(f"/reports/new/{key}/check", {"phone": "13800138000"}, page="/reports/new")) == first
        )
    for step in ("photos", "place", "what", "check"):
        assert location(client.get(f"/reports/new/{key}/{step}")) == first
        assert location(client.submit(f"/reports/new/{key}/{step}", {"words": "别的话"}, page="/reports/new")) == first
    assert [report.number for report in reports()] == [number]
    assert count(Job) == jobs, "nobody is told twice"
    assert draft(key).data == {}, "what was typed lives on in the report only"


def _all_at_once(number: int, work: Any) -> list[Any]:
    """Run ``work`` in so many threads at the same moment; returns what each gave or raised."""
    gate, answers = threading.Barrier(number), []

    def run() -> None:
        gate.wait()
        try:
            answers.append(work())
        except Exception as error:
            answers.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.both_databases
def test_clicks_at_the_same_moment(app: Flask, client: PageClient) -> None:
    key = ready(client, ("a.jpg", jpeg()))
    token = client.token(f"/reports/new/{key}/check")

    def click() -> str:
        tab = other_browser(app, client)
        return location(tab.post(f"/reports/new/{key}/check", data={"csrf_token": token}))

    answers = _all_at_once(6, click)
    assert answers == [f"/reports/new/{key}/receipt"] * 6, answers
    assert count(Report) == 1
    assert db.session.execute(db.select(Photo.owner_kind, Photo.owner_id)).all() == [("report", reports()[0].id)]


def _submit_in_own_context(app: Flask, key: str) -> str:
    with app.app_context():
        for _ in range(20):
            try:
                with transaction():
                    return submit_report(key, Contact(), language="zh-Hans").number
            except Busy:
                continue
        raise AssertionError("always busy")


@pytest.mark.both_databases
def test_services_at_the_same_moment(app: Flask, client: PageClient) -> None:
    key = ready(client)
    numbers = _all_at_once(8, lambda: _submit_in_own_context(app, key))
    assert len(set(numbers)) == 1 and len(numbers) == 8, numbers
    assert count(Report) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_the_lock_there_would_be_two(app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: reading without locking lets both see an unsent draft."""
    key = ready(client)
    gate = threading.Barrier(2)

    def unlocked(model: Any, *criteria: Any) -> Any:
        found = db.session.execute(db.select(model).where(*criteria)).scalar_one_or_none()
        if model is Draft:
            gate.wait(timeout=10)
        return found

    monkeypatch.setattr(submission, "locked", unlocked)
    numbers = _all_at_once(2, lambda: _submit_in_own_context(app, key))
    assert len(set(numbers)) == 2 and count(Report) == 2, numbers


def _submit_apart(settings: Settings, key: str, go: Callable[[], Any]) -> str:
    application = create_app(settings)
    with application.app_context():
        go()
        with transaction():
            return submit_report(key, Contact(), language="zh-Hans").number


def test_two_processes(app: Flask, client: PageClient) -> None:
    key, settings = ready(client), app.config["SETTINGS"]
    numbers = at_once(_submit_apart, [(settings, key)] * 2)
    assert len(set(numbers)) == 1 and numbers[0] == reports()[0].number
    assert count(Report) == 1


def test_a_failure_in_the_middle_leaves_a_draft_that_can_be_sent(
    client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ready(client, ("a.jpg", jpeg()))

    def fail(*_args: Any, **_more: Any) -> None:
        raise Busy()

    monkeypatch.setattr(submission, "adopt", fail)
    assert send(client, key).status_code == 503
    assert count(Report) == 0 and draft(key).report_id is None
    monkeypatch.undo()
    assert location(send(client, key)).endswith("/receipt")
    assert count(Report) == 1


def test_a_broken_template_costs_no_report(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from citizen.core.errors import InvalidInput

    def broken(*_args: Any, **_more: Any) -> None:
        raise InvalidInput("a placeholder has no value")

    monkeypatch.setattr(submission, "notify", broken)
    assert location(send(client, ready(client), email="a@example.com")).endswith("/receipt")


def test_a_taken_number_is_tried_again(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = iter(["7KM4Q2", "7KM4Q2", "7KM4Q2", "8KM4Q2"])
    monkeypatch.setattr(submission, "random_code", lambda _length: next(bodies))
    send(client, ready(client))
    send(client, ready(client))
    assert [report.number[5:] for report in reports()] == ["7KM4-Q2", "8KM4-Q2"]


def test_the_first_page_sent_twice_begins_one_draft(client: PageClient) -> None:
    token = "0123456789abcdef" * 2
    first = location(client.submit("/reports/new", {"token": token}))
    assert location(client.submit("/reports/new", {"token": token})) == first
    assert token not in first
    for odd in ("", "x" * 32, "0" * 31, token.upper()):
        assert location(client.submit("/reports/new", {"token": odd})) != first
    assert count(Draft) == 5
