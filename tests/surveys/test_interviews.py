"""Interviews: a plain form, and what devices bring home; each entry once, none silently lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.surveys.models import Measure, Response
from citizen.surveys.rules.waves import Channel, Disposition
from citizen.surveys.services import waves
from tests.client import PageClient
from tests.surveys.making import NO, YES, items_of, make_invitation, make_wave, strata_of

HOME = "/office/interviews/"


@pytest.fixture
def wave_id(app: Flask) -> int:
    """An open wave with interviewers' serials 1 to 4 (4 answered), and a card with serial 5."""
    with transaction():
        wave = make_wave()
        cell = strata_of(wave)[0]
        for serial in (1, 2, 3):
            make_invitation(cell, serial=serial, channel=Channel.INTERVIEW)
        make_invitation(cell, serial=4, channel=Channel.INTERVIEW, disposition=Disposition.ANSWERED)
        make_invitation(cell, "H7QD2M9KXT", serial=5, channel=Channel.CARD)
        return wave.id


@pytest.fixture
def desk(client: PageClient, wave_id: int) -> PageClient:
    """A signed-in interviewer."""
    client.sign_in("verifier@demo.invalid").get("/?lang=en")
    return client


def entry(wave_id: int, code: object, key: str, *, on: date | None = None, **more: Any) -> dict[str, Any]:
    """One interview as a device keeps it."""
    first = str(_items()[0])
    values = {
        "key": key * 32,
        "wave": wave_id,
        "code": code,
        "on": (on or clock.today()).isoformat(),
        "answers": {first: YES},
    }
    return {**values, **more}


def _items() -> list[int]:
    return [item.id for item in db.session.execute(db.select(Measure)).scalars() for item in items_of(item.id)]


def sync(desk: PageClient, *entries: Any, token: bool = True) -> list[str]:
    """What becomes of entries."""
    headers = {"X-CSRFToken": desk.token(HOME)} if token else {}
    answer = desk.post(f"{HOME}sync", json={"entries": list(entries)}, headers=headers)
    assert answer.status_code == 200, answer.text
    return [result["outcome"] for result in answer.get_json()["results"]]


def responses() -> list[Response]:
    """All of them, fresh."""
    db.session.expire_all()
    return list(db.session.execute(db.select(Response)).scalars())


def test_every_entry_comes_back_with_its_fate(desk: PageClient, wave_id: int) -> None:
    today = clock.today()
    sent = [
        (entry(wave_id, "1", "a"), "stored"),
        (entry(wave_id, "1", "a"), "already"),
        (entry(wave_id, "1", "b"), "used"),
        (entry(wave_id, "4", "c"), "used"),
        (entry(wave_id, "99", "d"), "unknown"),
        (entry(wave_id, "5", "e"), "unknown"),
        (entry(wave_id, " h7qd2-m9kxt ", "f"), "stored"),
        (entry(wave_id, "2", "g", on=today + timedelta(3)), "stored"),
        (entry(wave_id, "3", "h", on=today - timedelta(30)), "closed"),
        (entry(wave_id + 9, "3", "i"), "unknown"),
        (entry(wave_id, "3", "j", answers={}), "invalid"),
        (entry(wave_id, "3", "k", answers={"99999": YES}), "invalid"),
        (entry(wave_id, "3", "k", answers="yes"), "invalid"),
        (entry(wave_id, "3", "!"), "invalid"),
        (entry(wave_id, "3", "l", on=None) | {"on": "yesterday"}, "invalid"),
        (entry(10**40, "3", "m"), "unknown"),
        ({"key": "only"}, "invalid"),
        ("nonsense", "invalid"),
        (None, "invalid"),
    ]
    assert sync(desk, *(row for row, _outcome in sent)) == [outcome for _row, outcome in sent]
    assert [(row.channel, row.answered_on) for row in responses()] == [("interview", today)] * 3


def test_what_comes_after_the_end(desk: PageClient, wave_id: int, people: dict[str, Person]) -> None:
    with transaction():
        waves.lock_wave(wave_id).closes_on = clock.today() - timedelta(1)
    yesterday = clock.today() - timedelta(1)
    assert sync(desk, entry(wave_id, "1", "a"), entry(wave_id, "1", "b", on=yesterday)) == ["closed", "stored"]
    with transaction():
        waves.close_wave(wave_id, by=people["leader"].id)
    assert sync(desk, entry(wave_id, "2", "c", on=yesterday), entry(wave_id, "1", "b", on=yesterday)) == [
        "closed",
        "used",
    ]
    assert desk.get(f"{HOME}{wave_id}").status_code == 409


@pytest.mark.parametrize("body", [[], {"entries": 3}, {"entries": [{}] * 101}, {}, None])
def test_a_device_that_sends_anything_else(desk: PageClient, body: object) -> None:
    answer = desk.post(f"{HOME}sync", json=body, headers={"X-CSRFToken": desk.token(HOME)})
    assert answer.status_code == 422


def test_nothing_is_taken_without_the_token_or_the_right(desk: PageClient, wave_id: int, app: Flask) -> None:
    assert desk.post(f"{HOME}sync", json={"entries": []}).status_code == 400
    stranger = PageClient(app, app.response_class)
    assert stranger.get(f"{HOME}{wave_id}").status_code == 303
    resident = PageClient(app, app.response_class).sign_in("resident@demo.invalid")
    assert resident.get(f"{HOME}{wave_id}").status_code == resident.get(f"{HOME}worker.js").status_code == 403


def test_the_plain_form_without_a_script(desk: PageClient, wave_id: int) -> None:
    page, (first, second) = f"{HOME}{wave_id}", _items()
    shown = desk.get(page).text
    assert shown.count('value="unknown"') == 2 and "counts" not in shown
    assert desk.submit(page, {"code": "", f"q{first}": YES}).status_code == 422
    nothing = desk.submit(page, {"code": "1"})
    assert nothing.status_code == 422
    wrong = desk.submit(page, {"code": "4", f"q{first}": YES, f"q{second}": NO})
    assert wrong.status_code == 409 and wrong.text.count("checked") == 2 and 'value="4"' in wrong.text
    assert desk.submit(page, {"code": "1", "key": "k" * 32, f"q{first}": YES}).headers["Location"] == page
    assert desk.submit(page, {"code": "1", "key": "k" * 32, f"q{first}": YES}).status_code == 303
    assert len(responses()) == 1


def test_drafts_are_not_interviewed(desk: PageClient, wave_id: int) -> None:
    with transaction():
        other = make_wave(state="draft")
    assert desk.get(f"{HOME}{other.id}").status_code == 404
    assert str(other.id) not in [row.split('"')[0] for row in desk.get(HOME).text.split(f'href="{HOME}')[1:]]


def test_the_worker_stands_where_it_may_keep_these_pages_only(desk: PageClient) -> None:
    answer = desk.get(f"{HOME}worker.js")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert "Service-Worker-Allowed" not in answer.headers
    assert "worker-src 'self'" in desk.get(HOME).headers["Content-Security-Policy"]
