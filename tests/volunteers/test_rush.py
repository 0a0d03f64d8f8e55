"""In a rush those who come too late are told so before anybody waits."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event

from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Shift
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.services import rush, scarcity
from citizen.volunteers.services.booking import Wish, book
from tests.volunteers.making import make_booking, make_shift, make_volunteer

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def nobody_looked() -> Iterator[None]:
    """Ids begin at 1 in every database: what another test saw is of another shift."""
    scarcity._seen.clear()
    yield
    scarcity._seen.clear()


def wish(shift_id: int, *, wait: bool = False, key: str = "") -> Wish:
    return Wish(shift_id, (make_volunteer().id,), key=key or secrets.token_hex(16), wait=wait)


def questions(asked: Wish) -> int:
    """How often the database is asked before the transaction."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        rush.ensure_worth_trying(asked)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_a_wanted_shift_that_is_full_is_full_at_a_glance(app: Flask) -> None:
    shift = make_shift(capacity=1)
    scarcity.note_places(shift)
    rush.ensure_worth_trying(wish(shift.id))
    make_booking(shift)
    with pytest.raises(Refused) as refused:
        rush.ensure_worth_trying(wish(shift.id))
    assert refused.value.reason == Reason.FULL
    rush.ensure_worth_trying(wish(shift.id, wait=True))


def test_a_form_that_booked_the_last_place_may_come_again(app: Flask) -> None:
    shift = make_shift(capacity=1)
    booking = make_booking(shift)
    scarcity.note_places(shift)
    key = booking.key.rsplit(":", 1)[0]
    rush.ensure_worth_trying(Wish(shift.id, (booking.volunteer_id,), key=key))


def test_a_shift_is_looked_at_only_when_its_places_were_few(app: Flask) -> None:
    wanted, quiet = make_shift(capacity=2), make_shift(capacity=scarcity.FEW + 1)
    near = db.engine.dialect.name == "sqlite"
    assert questions(wish(wanted.id)) == (1 if near else 0), "nobody has seen it yet"
    for shift in (wanted, quiet):
        asked = wish(shift.id)
        with transaction():
            book(asked, by=By(None, Actor.VOLUNTEER))
    assert questions(wish(wanted.id)) == 1
    assert questions(wish(quiet.id)) == 0, "when it was locked more than a few were left"
    asked = wish(quiet.id)
    with transaction():
        book(asked, by=By(None, Actor.VOLUNTEER))
    assert questions(wish(quiet.id)) == 1
    with transaction() as session:
        session.get_one(Shift, quiet.id).capacity += 10
    asked = wish(quiet.id)
    with transaction():
        book(asked, by=By(None, Actor.VOLUNTEER))
    assert questions(wish(quiet.id)) == 0, "there are many again"


def test_who_is_refused_for_a_full_shift_tells_the_next_ones(app: Flask) -> None:
    shift = make_shift(capacity=1)
    make_booking(shift)
    scarcity._seen.clear()
    near = db.engine.dialect.name == "sqlite"
    for seen in (False, True):
        asked = wish(shift.id)
        assert scarcity.may_be_full(shift.id) is (seen or near)
        with pytest.raises(Refused) as refused, transaction():
            book(asked, by=By(None, Actor.VOLUNTEER))
        assert refused.value.reason == Reason.FULL


def test_a_shift_that_is_gone_is_left_to_whoever_locks_it(app: Flask) -> None:
    scarcity._seen[2**31 - 1] = (True, float("inf"))
    assert questions(wish(2**31 - 1)) == 1


def test_what_was_seen_is_believed_for_a_minute_and_forgotten_in_the_end(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(scarcity, "monotonic", lambda: now[0])
    for id_ in range(1, 1_001):
        scarcity.note_places(Shift(id=id_, capacity=3, taken=1))
    scarcity.note_places(Shift(id=1, capacity=30, taken=1))
    assert scarcity.may_be_full(2) and not scarcity.may_be_full(1)
    now[0] += scarcity.BELIEVED_SECONDS
    unknown = db.engine.dialect.name == "sqlite"
    assert [scarcity.may_be_full(id_) for id_ in (1, 2, 1_001)] == [unknown] * 3
    scarcity.note_places(Shift(id=1_001, capacity=3, taken=1))
    assert list(scarcity._seen) == [1_001]
