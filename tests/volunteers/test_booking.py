"""Booking, the line and its rules, one at a time; races and random walks have files of their own."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from flask import Flask

from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Booking, BookingEvent, Shift, Team, TeamMember
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.services import booking as booking_service
from citizen.volunteers.services.booking import Wish, book
from tests.volunteers.making import by, coordinator, fresh, make_booking, make_post, make_shift, make_volunteer

pytestmark = pytest.mark.both_databases


def refusal(wish: Wish, volunteer: object) -> Reason:
    with pytest.raises(Refused) as caught, transaction():
        book(wish, by=by(volunteer))  # type: ignore[arg-type]
    return caught.value.reason


def wish(shift: object, *volunteers: object, wait: bool = False) -> Wish:
    return Wish(shift.id, tuple(v.id for v in volunteers), key=secrets.token_hex(8), wait=wait)  # type: ignore[attr-defined]


def test_a_place_is_taken_and_freed_and_goes_to_the_next_in_line(app: Flask) -> None:
    shift, person = make_shift(capacity=1), make_volunteer()
    first, second, third = make_booking(shift, person), make_booking(shift), make_booking(shift)
    assert (first.state, second.state, second.wait_no, third.wait_no) == ("confirmed", "waiting", 1, 2)
    with transaction():
        booking_service.cancel(first.id, by=by(person))
    assert fresh(first).state == "cancelled"
    assert fresh(second).state == "offered" and fresh(second).offered_until is not None
    assert fresh(third).state == "waiting"
    assert (fresh(shift).taken, fresh(shift).waiting) == (1, 1)
    late = make_volunteer()
    assert refusal(wish(shift, late), late) is Reason.FULL


def test_somebody_who_is_passed_over_keeps_the_number_and_the_reason_is_written_down(app: Flask) -> None:
    post = make_post()
    shift, other = make_shift(post, capacity=1), make_shift(post, capacity=5)
    first = make_booking(shift)
    busy, next_one = make_volunteer(), make_volunteer()
    waiting, behind = make_booking(shift, busy), make_booking(shift, next_one)
    make_booking(other, busy)
    with transaction():
        booking_service.cancel(first.id, by=by(busy))
    assert (fresh(waiting).state, fresh(behind).state) == ("waiting", "offered")
    events = db.session.execute(db.select(BookingEvent).where(BookingEvent.booking_id == waiting.id)).scalars().all()
    assert [(event.name, event.reason) for event in events] == [("wait", ""), ("skip", "clash")]
    stranger = make_volunteer()
    assert refusal(wish(shift, stranger), stranger) is Reason.FULL


def test_overlaps_are_refused_and_neighbours_are_not(app: Flask) -> None:
    person, post = make_volunteer(), make_post()
    first = make_shift(post, hours=2)
    make_booking(first, person)
    for start in (first.starts_at, first.ends_at - timedelta(minutes=1), first.starts_at - timedelta(minutes=119)):
        assert refusal(wish(make_shift(post, starts_at=start), person), person) is Reason.CLASH
    neighbour = make_booking(make_shift(post, starts_at=first.ends_at), person)
    assert neighbour.state == "confirmed"


def test_the_same_key_gives_the_same_booking(app: Flask) -> None:
    shift, person = make_shift(), make_volunteer()
    asked = wish(shift, person)
    ids = set()
    for _ in range(2):
        with transaction():
            ids.add(book(asked, by=by(person))[0].id)
    assert len(ids) == 1 and fresh(shift).taken == 1
    assert refusal(wish(shift, person), person) is Reason.ALREADY_IN


def test_a_party_gets_all_places_or_none(app: Flask) -> None:
    shift = make_shift(make_post("env_steward"), capacity=3)
    parent = make_volunteer()
    child = make_volunteer(guardian_id=parent.id, age=9)
    third, fourth = make_volunteer(), make_volunteer()
    make_booking(shift)
    make_booking(shift)
    assert refusal(wish(shift, third, fourth), third) is Reason.NEXT_IN_LINE
    assert fresh(shift).taken == 2
    assert refusal(wish(shift, child), child) is Reason.GUARDIAN_MISSING
    with transaction():
        rows = book(wish(shift, third, fourth, wait=True), by=by(third))
    assert {row.state for row in rows} == {"waiting"}
    # One place is free, the party needs two: the next single may have it, and the reason is on record.
    single = make_booking(shift)
    assert single.state == "confirmed"
    skipped = db.session.execute(db.select(BookingEvent.reason).where(BookingEvent.name == "skip")).scalars().all()
    assert set(skipped) == {"party_too_big"}


def test_the_events_of_a_booking_cannot_be_changed(app: Flask) -> None:
    make_booking(make_shift())
    with pytest.raises(Exception, match="append-only"), transaction() as session:
        session.execute(db.update(BookingEvent).values(reason="other"))
    with pytest.raises(Exception, match="append-only"), transaction() as session:
        session.execute(db.delete(BookingEvent))
    assert db.session.execute(db.select(Booking)).scalars().one().state == "confirmed"


def test_nobody_jumps_the_line_by_standing_in_for_a_friend(app: Flask) -> None:
    shift, friend, other = make_shift(capacity=1), make_volunteer(), make_volunteer()
    place = make_booking(shift, friend)
    waiting = make_booking(shift)
    with transaction() as session:  # a team of two is quickly made and gives no right to the place
        team = Team(name="两人队", kind="family", leader_id=friend.id, created_at=shift.starts_at)
        session.add(team)
        session.flush()
        session.add_all(
            TeamMember(team_id=team.id, volunteer_id=v.id, joined_at=shift.starts_at) for v in (friend, other)
        )
        team_id = team.id
    with pytest.raises(Refused) as caught, transaction():
        booking_service.stand_in(place.id, other.id, key="k1", by=by(other))
    assert caught.value.reason is Reason.NEXT_IN_LINE
    assert (fresh(place).state, fresh(waiting).state) == ("confirmed", "waiting")
    with transaction() as session:
        session.execute(db.update(Shift).values(team_id=team_id))
        then = shift.starts_at - timedelta(days=40)
        session.execute(db.update(Team).values(approved_at=then))
        session.execute(db.update(TeamMember).values(joined_at=then))
    with transaction():
        new = booking_service.stand_in(place.id, other.id, key="k2", by=by(other)).id
    assert (fresh(place).state, db.session.get_one(Booking, new).state) == ("cancelled", "confirmed")


def test_a_child_never_stays_alone(app: Flask) -> None:
    shift, parent = make_shift(make_post("env_steward"), capacity=2), make_volunteer()
    child = make_volunteer(guardian_id=parent.id, age=9)
    with transaction():
        rows = [row.id for row in book(wish(shift, parent, child), by=by(parent))]
    with transaction():
        booking_service.call_off(rows[0], by=coordinator(), reason="x")
    assert {db.session.get_one(Booking, id_).state for id_ in rows} == {"cancelled_by_organiser"}
    assert fresh(shift).taken == 0
