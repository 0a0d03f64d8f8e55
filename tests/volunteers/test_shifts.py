"""Changing a shift: more or fewer places, another time, calling it off. Nobody is dropped silently."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.volunteers.models import Booking, BookingEvent, Shift, Volunteer
from citizen.volunteers.rules.eligibility import Override, Reason, Refused
from citizen.volunteers.services import booking as booking_service
from citizen.volunteers.services import moving, shifts
from citizen.volunteers.services.booking import Wish, book
from citizen.volunteers.services.calling_up import call_up
from citizen.volunteers.services.places import lock_shift, lock_volunteers, open_booking
from citizen.volunteers.services.roster_message import send_to_roster
from tests.volunteers.making import by, coordinator, fresh, make_booking, make_post, make_shift, make_volunteer


def change(shift: Shift, act: Callable[[Shift], Any]) -> Any:
    """Do ``act`` with the shift, locked, in a transaction of its own."""
    with transaction():
        return act(lock_shift(shift.id))


def told(event: str) -> int:
    """How many messages of one event were written down."""
    keys = db.session.execute(db.select(Job.dedupe_key).where(Job.kind == "volunteers.say")).scalars()
    return sum(1 for key in keys if key and key.startswith(f"say:{event}:"))


@pytest.mark.both_databases
def test_a_place_that_was_just_added_can_be_taken_in_the_same_breath(app: Flask) -> None:
    """The counters are written past the mapper, so what it has not written yet must go first."""
    shift = make_shift(capacity=1)
    make_booking(shift)
    volunteer = make_volunteer()
    new = Booking(volunteer_id=volunteer.id, key=secrets.token_hex(8), override="", weight=1, party_id=None)
    who = by(volunteer)
    with transaction():
        row = lock_shift(shift.id)
        row.capacity = 2
        open_booking(row, new, "book", by=who)
    assert (fresh(shift).capacity, fresh(shift).taken) == (2, 2)


def move_by(shift: Shift, hours: float) -> moving.Moved:
    span = (shift.starts_at + timedelta(hours=hours), shift.ends_at + timedelta(hours=hours))
    return change(shift, lambda row: moving.move_shift(row, *span, by=coordinator()))  # type: ignore[no-any-return]


@pytest.mark.both_databases
def test_more_places_go_to_the_line_in_order_and_fewer_than_taken_are_refused(app: Flask) -> None:
    shift = make_shift(capacity=1)
    rows = [make_booking(shift) for _ in range(4)]
    change(shift, lambda row: shifts.set_capacity(row, 3, by=coordinator()))
    assert [fresh(row).state for row in rows] == ["confirmed", "offered", "offered", "waiting"]
    with pytest.raises(Conflict, match="3"):
        change(shift, lambda row: shifts.set_capacity(row, 2, by=coordinator()))
    for capacity, needed in ((0, 0), (501, 1), (3, 4)):
        with pytest.raises(InvalidInput):
            change(shift, lambda row, c=capacity, n=needed: shifts.set_places(row, c, min_needed=n, by=coordinator()))
    assert (fresh(shift).capacity, fresh(shift).taken, fresh(shift).waiting) == (3, 3, 1)
    assert [event.action for event in history("shift", shift.id)] == ["shift.resized"]


def fits(shift: Shift) -> Volunteer:
    return make_volunteer()


def clashes(shift: Shift) -> Volunteer:
    person = make_volunteer()
    make_booking(make_shift(shift.post, starts_at=shift.ends_at + timedelta(hours=1), capacity=9), person)
    return person


def insured_no_longer(shift: Shift) -> Volunteer:
    """Insured on the day of the shift, but not on the next."""
    return make_volunteer(insured_until=clock.local(shift.starts_at).date())


MOVES: list[tuple[Callable[[Shift], Volunteer], int, str, str | None]] = [
    (fits, 2, "confirmed", None),
    (fits, 24, "confirmed", None),
    (clashes, 2, "offered", "clash"),
    (clashes, 24, "confirmed", None),
    (insured_no_longer, 24, "offered", "not_insured"),
]


@pytest.mark.both_databases
def test_who_has_a_place_keeps_it_and_is_asked_when_the_new_time_does_not_suit(app: Flask) -> None:
    noon = clock.local(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    for who, hours, state, reason in MOVES:
        shift = make_shift(make_post("traffic_guide"), starts_at=noon, hours=1)
        booking = make_booking(shift, who(shift))
        before = (told("shift_moved"), told("shift_moved_clash"))
        result = move_by(shift, hours)
        row = fresh(booking)
        assert (row.state, row.ask_again, fresh(shift).taken) == (state, True, 1)
        assert (row.offered_until is not None) == (state == "offered")
        assert result.asked == ({row.id: reason} if reason else {}) and result.kept == ([] if reason else [row.id])
        after = (told("shift_moved"), told("shift_moved_clash"))
        assert (after[0] - before[0], after[1] - before[1]) == ((0, 1) if reason else (1, 0))


@pytest.mark.both_databases
def test_those_who_wait_keep_their_numbers_and_an_offer_is_looked_at_again(app: Flask) -> None:
    shift = make_shift(capacity=1, hours=1)
    first, second, third, fourth = (make_booking(shift, fits(shift)) for _ in range(4))
    with transaction():
        booking_service.cancel(first.id, by=coordinator())
    assert fresh(second).state == "offered"
    was = fresh(second).offered_until
    result = move_by(fresh(shift), 24)
    assert (fresh(second).state, fresh(second).ask_again) == ("offered", False)
    assert fresh(second).offered_until > was
    assert [(fresh(row).state, fresh(row).wait_no) for row in (third, fourth)] == [("waiting", 2), ("waiting", 3)]
    assert (result.offered, result.waiting) == ([second.id], [third.id, fourth.id])
    assert told("waiting") == 5 and told("offered") == 2


def test_an_offer_that_the_new_time_does_not_suit_binds_nobody_while_they_choose(app: Flask) -> None:
    shift = make_shift(capacity=1, hours=1)
    first, waiting = make_booking(shift), make_booking(shift, clashes(shift))
    with transaction():
        booking_service.cancel(first.id, by=coordinator())
    result = move_by(fresh(shift), 2)
    assert result.asked == {waiting.id: "clash"}
    assert (fresh(waiting).state, fresh(waiting).ask_again) == ("offered", True)


def test_somebody_who_was_passed_over_for_the_old_time_gets_the_place_at_the_new_one(app: Flask) -> None:
    post = make_post()
    shift, other = make_shift(post, capacity=1), make_shift(post, capacity=5)
    first, busy = make_booking(shift), make_volunteer()
    waiting = make_booking(shift, busy)
    make_booking(other, busy)
    with transaction():
        booking_service.cancel(first.id, by=coordinator())
    assert fresh(waiting).state == "waiting"
    move_by(fresh(shift), 5)
    assert fresh(waiting).state == "offered"


def test_a_child_is_asked_together_with_the_guardian(app: Flask) -> None:
    shift = make_shift(make_post("env_steward"), hours=1, capacity=2)
    parent = clashes(shift)
    child = make_volunteer(guardian_id=parent.id, age=9)
    with transaction():
        rows = book(Wish(shift.id, (parent.id, child.id), key=secrets.token_hex(8)), by=by(parent))
    result = move_by(shift, 2)
    assert result.asked == {rows[0].id: "clash", rows[1].id: "guardian_missing"}


@pytest.mark.usefixtures("english")
def test_what_cannot_be_moved(app: Flask) -> None:
    shift = make_shift()
    for hours, error in ((0, InvalidInput), (-72, InvalidInput)):
        with pytest.raises(error):
            move_by(shift, hours)
    booking = make_booking(shift)
    with transaction() as session:
        session.merge(booking).state = "attended"
    for act in (
        lambda row: moving.move_shift(
            row, row.starts_at + timedelta(hours=9), row.ends_at + timedelta(hours=9), by=coordinator()
        ),
        lambda row: shifts.cancel_shift(row, "雷雨", by=coordinator()),
    ):
        with pytest.raises(Conflict, match="signed in"):
            change(shift, act)
    with pytest.raises(InvalidInput):
        change(make_shift(), lambda row: moving.move_shift(row, row.starts_at, row.starts_at, by=coordinator()))


@pytest.mark.usefixtures("english")
@pytest.mark.both_databases
def test_a_cancelled_shift_keeps_its_bookings_as_rows_and_tells_everybody_once(app: Flask) -> None:
    shift = make_shift(capacity=2)
    rows = [make_booking(shift) for _ in range(3)]
    with pytest.raises(InvalidInput):
        change(shift, lambda row: shifts.cancel_shift(row, " ", by=coordinator()))
    assert change(shift, lambda row: shifts.cancel_shift(row, "路口施工", by=coordinator())) == 3
    assert {fresh(row).state for row in rows} == {"cancelled_by_organiser"}
    assert (fresh(shift).status, fresh(shift).taken, fresh(shift).waiting) == ("cancelled", 0, 0)
    assert told("shift_cancelled") == 3
    for act in (
        lambda row: shifts.cancel_shift(row, "路口施工", by=coordinator()),
        lambda row: shifts.set_capacity(row, 9, by=coordinator()),
    ):
        with pytest.raises(Conflict, match="cancelled"):
            change(shift, act)
    events = db.session.execute(db.select(BookingEvent.reason).where(BookingEvent.name == "call_off")).scalars().all()
    assert events == ["路口施工"] * 3


def test_a_coordinator_sets_no_condition_aside_without_saying_so(app: Flask) -> None:
    shift = make_shift(make_post("traffic_guide"))
    person, young = make_volunteer(briefed_on=None), make_volunteer(age=17)
    plain = Wish(shift.id, (person.id,), key="a" * 16)
    with pytest.raises(Refused) as caught, transaction():
        book(plain, by=coordinator())
    assert caught.value.reason is Reason.NOT_BRIEFED
    with pytest.raises(InvalidInput):
        Override(frozenset({Reason.NOT_BRIEFED}), " ")
    with pytest.raises(InvalidInput):
        Override(frozenset({Reason.TOO_YOUNG}), "家长在场")
    aside = Override(frozenset({Reason.NOT_BRIEFED}), "当天早上补训")
    with transaction():
        rows = book(Wish(shift.id, (person.id,), key="b" * 16, override=aside), by=coordinator())
    assert (rows[0].state, rows[0].override) == ("confirmed", "当天早上补训")
    with pytest.raises(Refused), transaction():
        book(Wish(shift.id, (young.id,), key="c" * 16, override=aside), by=coordinator())
    assert db.session.execute(db.select(Booking)).scalars().all() == [fresh(rows[0])]


@pytest.mark.both_databases
def test_a_message_reaches_the_roster_once_for_each_press(app: Flask) -> None:
    shift = make_shift(make_post("env_steward"), capacity=3)
    parent = make_volunteer()
    child = make_volunteer(guardian_id=parent.id, age=9)
    with transaction():
        book(Wish(shift.id, (parent.id, child.id), key=secrets.token_hex(8)), by=by(parent))
    make_booking(shift)
    waiting = make_booking(shift)
    for key in ("first", "first", "second"):
        assert change(shift, lambda row, k=key: send_to_roster(row, "改从西门进", key=k, by=coordinator())) == 3
    assert told("roster") == 4  # two households, two presses
    assert fresh(waiting).state == "waiting"
    for words in (" ", "长" * 201):
        with pytest.raises(InvalidInput):
            change(shift, lambda row, w=words: send_to_roster(row, w, key="third", by=coordinator()))
    with pytest.raises(Conflict):
        change(make_shift(), lambda row: send_to_roster(row, "改从西门进", key="x", by=coordinator()))


def test_only_those_on_call_who_could_come_are_asked_and_each_once(app: Flask) -> None:
    shift = make_shift(make_post("traffic_guide"), capacity=4)
    good, near = make_volunteer(on_call=True), make_volunteer(on_call=True, areas=["A1"])
    wrong = [make_volunteer(), make_volunteer(on_call=True, age=16), make_volunteer(on_call=True, briefed_on=None)]
    busy = make_volunteer(on_call=True)
    make_booking(make_shift(shift.post, capacity=9), busy)
    everybody = [row.id for row in (good, near, busy, *wrong)]
    assert change(shift, lambda row: call_up(row, everybody, by=coordinator())) == [near.id, good.id]
    assert change(shift, lambda row: call_up(row, everybody, by=coordinator())) == []
    assert told("call_up") == 2
    with pytest.raises(InvalidInput):
        change(shift, lambda row: call_up(row, [], by=coordinator()))


@pytest.mark.usefixtures("english")
def test_single_shifts_are_made_only_where_they_can_take_place(app: Flask) -> None:
    post = make_post()
    start = clock.now() + timedelta(hours=30)
    good = shifts.ShiftDraft(post.id, start, start + timedelta(hours=4), capacity=3)
    with transaction():
        made = shifts.create_shift(good, by=coordinator())
    assert (fresh(made).area_code, fresh(made).kind_code, fresh(made).version) == ("A1", "civility_guide", 1)
    past = clock.now() - timedelta(hours=1)
    for bad in (
        shifts.ShiftDraft(post.id, past, past + timedelta(hours=4), capacity=3),
        shifts.ShiftDraft(post.id, start, start + timedelta(minutes=29), capacity=3),
        shifts.ShiftDraft(post.id, start, start + timedelta(hours=4), capacity=3, min_needed=4),
    ):
        with pytest.raises(InvalidInput), transaction():
            shifts.create_shift(bad, by=coordinator())
    closed = make_post(active=False)
    with pytest.raises(Conflict, match="closed"), transaction():
        shifts.create_shift(
            shifts.ShiftDraft(closed.id, start, start + timedelta(hours=4), capacity=3), by=coordinator()
        )


def test_the_new_day_counts_for_the_age(app: Flask) -> None:
    """Somebody who turns eighteen between the old and the new day is old enough only on the new one."""
    today = clock.today()
    birthday = (
        date(today.year - 18, today.month, today.day)
        if (today.month, today.day) != (2, 29)
        else date(today.year - 18, 3, 1)
    )
    person = make_volunteer(birth_day=birthday + timedelta(days=3), consent_on=None)
    shift = make_shift(make_post("traffic_guide"), starts_in=24 * 5, hours=1)
    booking = make_booking(shift, person)
    result = move_by(shift, -24 * 4)
    assert result.asked == {booking.id: "too_young"}


@pytest.mark.parametrize("many", [1, 2])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_people_are_locked_one_like_several(app: Flask, many: int) -> None:
    """Nobody can be booked into two shifts of the same hours at once: whoever books locks the people, not the shift alone."""
    people = [make_volunteer() for _ in range(many)]
    ids = [person.id for person in people]
    query = db.select(Volunteer.id).where(Volunteer.id.in_(ids)).with_for_update(nowait=True)
    with db.engine.connect() as outside:
        with transaction():
            lock_volunteers(ids)
            with pytest.raises(OperationalError, match="could not obtain lock"):
                outside.execute(query)
            outside.rollback()
        assert len(outside.execute(query).all()) == many, "they are free again"
