"""What goes wrong when two true things meet: absence and another shift, a stop and a sign-in, one of a group and the rest."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from flask import Flask

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.rules.booking import By
from citizen.volunteers.rules.draw import ticket_of
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.rules.sign_in import Direction
from citizen.volunteers.services import booking as service
from citizen.volunteers.services import draw, offers, profiles, roll_call
from citizen.volunteers.services.booking import Wish, book
from citizen.volunteers.services.hour_certificates import certify
from citizen.volunteers.services.hours import confirm_booking, end_and_confirm
from citizen.volunteers.services.moving import move_shift
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.shifts import call_everybody_off
from tests.volunteers.making import by, coordinator, fresh, make_booking, make_post, make_shift, make_volunteer, served


def together(shift: Shift, *people: Volunteer, wait: bool = False) -> list[int]:
    """The bookings of people who come as one party."""
    with transaction():
        wish = Wish(shift.id, tuple(person.id for person in people), key=secrets.token_hex(8), wait=wait)
        return [row.id for row in book(wish, by=by(people[0]))]


def state(booking: int) -> str:
    db.session.rollback()
    return str(db.session.get_one(Booking, booking).state)


def told(event: str) -> list[int]:
    """The volunteers who are to be told of ``event``."""
    jobs = db.session.execute(db.select(Job).where(Job.kind == "volunteers.say").order_by(Job.id)).scalars()
    return [job.payload["volunteer"] for job in jobs if job.payload["event"] == event]


@pytest.mark.both_databases
@pytest.mark.parametrize("way", ["roll_call", "come_late", "enter"])
def test_who_was_absent_here_and_is_elsewhere_now_did_not_come_after_all(app: Flask, way: str) -> None:
    post, person, desk = make_post(), make_volunteer(), coordinator()
    here = make_shift(post, starts_in=1, hours=3)
    there = make_shift(post, starts_in=2, hours=3)
    missed = make_booking(here, person)
    with transaction():
        roll_call.excuse(missed.id, "x", by=desk)
    make_booking(there, person)
    start = here.starts_at
    entry = roll_call.Entry(Direction.IN, start + timedelta(minutes=1), "x")
    acts = {
        "roll_call": lambda: roll_call.roll_call(here.id, [missed.id], direction=Direction.IN, by=desk),
        "come_late": lambda: roll_call.come_late(missed.id, entry, by=desk),
        "enter": lambda: roll_call.enter(missed.id, entry, by=desk),
    }
    moment = start + timedelta(minutes=30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: moment)
        with pytest.raises(Refused) as caught, transaction():
            acts[way]()
    assert caught.value.reason is Reason.CLASH and caught.value.shift_id is None
    assert state(missed.id) == "excused"


def test_who_signed_in_before_a_stop_is_told_and_not_credited_beyond_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift, person, desk = make_shift(starts_in=1, hours=3), make_volunteer(), coordinator()
    booking = make_booking(shift, person)
    early = shift.starts_at - timedelta(minutes=20)
    monkeypatch.setattr(clock, "now", lambda: early)
    with transaction():
        roll_call.roll_call(shift.id, [booking.id], direction=Direction.IN, by=desk)
    stopped = early + timedelta(minutes=5)
    for _ in range(2):
        with transaction():
            locked = lock_shift(shift.id)
            locked.status, locked.cancelled_at = "cancelled", stopped
            locked.version += 1
            call_everybody_off(locked, "stop_heat", by=desk, weather=True)
    assert told("weather_stop") == [person.id]
    end = shift.ends_at
    monkeypatch.setattr(clock, "now", lambda: end + timedelta(hours=1))
    with pytest.raises(InvalidInput, match="取消"), transaction():
        end_and_confirm(booking.id, end, reason="高温停岗", by=desk)
    with transaction():
        assert end_and_confirm(booking.id, stopped, reason="高温停岗", by=desk).minutes == 0


def test_in_a_moved_group_everybody_answers_alone(app: Flask) -> None:
    post, one, two = make_post(), make_volunteer("甲"), make_volunteer("乙")
    shift, desk = make_shift(post, starts_in=48), coordinator()
    for person in (one, two):
        make_booking(make_shift(post, starts_in=72), person)
    mine, theirs = together(shift, one, two)
    with transaction():
        locked = lock_shift(shift.id)
        move_shift(locked, locked.starts_at + timedelta(hours=24), locked.ends_at + timedelta(hours=24), by=desk)
    assert (state(mine), state(theirs)) == ("offered", "offered")
    with transaction():
        service.decline(mine, by=by(one))
    assert (state(mine), state(theirs)) == ("declined", "offered")
    other = db.session.execute(
        db.select(Booking.shift_id).where(Booking.volunteer_id == two.id, Booking.id != theirs)
    ).scalar_one()
    with transaction():
        offers.keep_this(theirs, other, by=by(two))
    assert state(theirs) == "confirmed"


def test_the_others_hear_that_the_group_is_not_coming(app: Flask) -> None:
    shift, leader, other = make_shift(), make_volunteer(), make_volunteer()
    rows = together(shift, leader, other)
    with transaction():
        service.cancel(rows[0], by=by(leader), party=True)
    assert [state(row) for row in rows] == ["cancelled", "cancelled"]
    assert told("group_left") == [other.id] and fresh(shift).taken == 0


@pytest.mark.parametrize("way", ["cancel", "excuse"])
def test_a_child_leaves_with_its_guardian_whatever_its_own_booking_is(app: Flask, way: str) -> None:
    shift = make_shift(make_post("env_steward"), capacity=2)
    parent, other = make_volunteer(), make_volunteer()
    child = make_volunteer(guardian_id=parent.id, age=9)
    held, rest = make_booking(shift, parent), make_booking(shift, other)
    with transaction():
        wish = Wish(shift.id, (child.id,), key=secrets.token_hex(8), wait=True)
        along = book(wish, by=by(parent))[0].id
    with transaction():
        service.cancel(rest.id, by=by(other))
    assert state(along) == "offered"
    with transaction():
        if way == "cancel":
            service.cancel(held.id, by=by(parent))
        else:
            roll_call.excuse(held.id, "x", by=coordinator())
    assert state(along) == {"cancel": "declined", "excuse": "cancelled_by_organiser"}[way]
    assert fresh(shift).taken == 0


def test_an_offer_of_a_cancelled_shift_cannot_be_taken(app: Flask) -> None:
    shift, first, second = make_shift(capacity=1), make_volunteer(), make_volunteer()
    held, waiting = make_booking(shift, first), make_booking(shift, second)
    with transaction():
        service.cancel(held.id, by=by(first))
    with transaction() as session:
        session.execute(db.update(Shift).values(status="cancelled"))
    with pytest.raises(Refused) as caught, transaction():
        service.accept(waiting.id, by=by(second))
    assert caught.value.reason is Reason.CANCELLED
    with transaction():
        assert not service.expire(waiting.id, now=shift.ends_at)


def test_nothing_is_drawn_after_the_start_and_a_second_draw_is_held(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift, desk = make_shift(capacity=1), coordinator()
    at = shift.starts_at - timedelta(hours=3)
    with transaction():
        draw.announce(lock_shift(shift.id), at, by=desk)
    monkeypatch.setattr(clock, "now", lambda: at)
    with transaction():
        assert draw.draw(shift.id) == []
    again = at + timedelta(hours=1)
    with transaction():
        draw.announce(lock_shift(shift.id), again, by=desk)
    entered = make_booking(shift)
    assert (entered.state, entered.wait_no) == ("waiting", None)
    start = shift.starts_at
    monkeypatch.setattr(clock, "now", lambda: start)
    with transaction():
        assert draw.draw(shift.id) == []
    assert state(entered.id) == "waiting"
    monkeypatch.setattr(clock, "now", lambda: again)
    with transaction():
        assert [row.id for row in draw.draw(shift.id)] == [entered.id]


def test_a_ticket_tells_nobody_whose_it_is() -> None:
    tickets = {ticket_of(secret, 1, 7) for secret in ("a", "b", "c")}
    assert len(tickets) == 3 and ticket_of("a", 1, 7) != ticket_of("a", 2, 7)


def test_the_name_on_a_certificate_is_nobody_elses(app: Flask) -> None:
    person = make_volunteer("林小满")
    booking = served(volunteer=person, minutes=90)
    with transaction():
        confirm_booking(booking.id, by=coordinator())
    mine = By(person.person_id, by(person).actor)
    with transaction():
        first = certify(person.id, year=None, by=mine).number
    identity = profiles.Identity("别人", person.birth_day.isoformat())
    with pytest.raises(InvalidInput) as caught, transaction():
        profiles.change(person.id, identity, profiles.Wishes(), version=fresh(person).version)
    assert caught.value.field == "name"
    with transaction() as session:  # as the coordinator corrects it
        session.execute(db.update(Volunteer).where(Volunteer.id == person.id).values(name="林晓满"))
    with transaction():
        second = certify(person.id, year=None, by=mine)
        assert second.number != first and second.holder == "林晓满"


def test_answering_what_is_no_offer_changes_nothing(app: Flask) -> None:
    booking, person = make_booking(make_shift()), make_volunteer()
    for act in (service.accept, service.decline):
        with pytest.raises(Conflict), transaction():
            act(booking.id, by=by(person))
    assert state(booking.id) == "confirmed"
