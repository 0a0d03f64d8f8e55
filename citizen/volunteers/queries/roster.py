"""Everybody who has, had or wants a place at a shift, and what happened to their bookings."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_

from citizen.accounts.models import Person
from citizen.accounts.queries import people_by_id
from citizen.core.numbers import parse_int
from citizen.core.text import clean_line, fold_width
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, BookingEvent, Shift, Volunteer
from citizen.volunteers.queries.attendance import marks_of
from citizen.volunteers.rules.booking import HOLDING, BookingState
from citizen.volunteers.rules.sign_in import Direction

EVENTS = 60
FOUND = 20


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the roster; ``person`` is the account, a child's guardian's; ``skipped`` why the line passed over it."""

    booking: Booking
    volunteer: Volunteer
    person: Person | None
    guardian: Volunteer | None
    came: Attendance | None
    went: Attendance | None
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """Those who have a place, the line in its order, and those who are out."""

    holding: list[Place]
    line: list[Place]
    out: list[Place]


def roster_of(shift: Shift) -> Roster:
    """Everybody who ever booked the shift."""
    query = (
        db.select(Booking, Volunteer)
        .join(Volunteer, Volunteer.id == Booking.volunteer_id)
        .where(Booking.shift_id == shift.id)
        .order_by(Booking.id)
    )
    rows = [(booking, volunteer) for booking, volunteer in db.session.execute(query)]
    guardians = _guardians([volunteer for _booking, volunteer in rows])
    heads = [guardians.get(volunteer.guardian_id or 0, volunteer) for _booking, volunteer in rows]
    people = people_by_id({head.person_id for head in heads if head.person_id})
    marks = marks_of([booking.id for booking, _volunteer in rows])
    skips = _skips([booking.id for booking, _volunteer in rows if booking.state == BookingState.WAITING])
    places = [
        Place(
            booking,
            volunteer,
            people.get(head.person_id or 0),
            guardians.get(volunteer.guardian_id or 0),
            marks[booking.id].get(Direction.IN),
            marks[booking.id].get(Direction.OUT),
            skips.get(booking.id, ""),
        )
        for (booking, volunteer), head in zip(rows, heads, strict=True)
    ]
    return _sorted(places)


def _sorted(places: list[Place]) -> Roster:
    """The places by what they are; the line by its numbers, those who wait for a draw as they came."""
    line = [place for place in places if place.booking.state == BookingState.WAITING]
    return Roster(
        [place for place in places if place.booking.state in HOLDING],
        sorted(line, key=lambda place: (place.booking.wait_no is None, place.booking.wait_no or place.booking.id)),
        [place for place in places if place.booking.state not in HOLDING | {BookingState.WAITING}],
    )


def _guardians(volunteers: list[Volunteer]) -> dict[int, Volunteer]:
    ids = {volunteer.guardian_id for volunteer in volunteers if volunteer.guardian_id}
    rows = db.session.execute(db.select(Volunteer).where(Volunteer.id.in_(ids))).scalars()
    return {row.id: row for row in rows}


def _skips(booking_ids: list[int]) -> dict[int, str]:
    """Why each waiting booking was last passed over."""
    query = db.select(BookingEvent).where(BookingEvent.booking_id.in_(booking_ids)).order_by(BookingEvent.id)
    last = {event.booking_id: event for event in db.session.execute(query).scalars()}
    return {id_: event.reason for id_, event in last.items() if event.name == "skip"}


def events_of(shift: Shift) -> list[tuple[BookingEvent, str]]:
    """The last events of the shift's bookings with the volunteer's name, newest first."""
    query = (
        db.select(BookingEvent, Volunteer.name)
        .join(Booking, Booking.id == BookingEvent.booking_id)
        .join(Volunteer, Volunteer.id == Booking.volunteer_id)
        .where(Booking.shift_id == shift.id)
        .order_by(BookingEvent.id.desc())
        .limit(EVENTS)
    )
    return [(event, name) for event, name in db.session.execute(query)]


def find_volunteers(text: str) -> list[tuple[Volunteer, Person | None]]:
    """Up to twenty volunteers by a part of their name (two characters at least) or four and more digits of a phone number.

    Children are found by their own name; the account beside them is their guardian's.
    """
    wanted = clean_line(fold_width(text)[:60], 60)
    digits = "".join(char for char in wanted if char.isdigit())
    by_phone = len(digits) >= 4 and parse_int(digits[:20], 0, 10**20) is not None
    if len(wanted) < 2 and not by_phone:
        return []
    likely = Volunteer.name.contains(wanted, autoescape=True)
    number = Person.phone.contains(digits, autoescape=True) if by_phone else likely
    query = (
        db.select(Volunteer)
        .outerjoin(Person, Person.id == Volunteer.person_id)
        .where(or_(likely, number))
        .order_by(Volunteer.name, Volunteer.id)
        .limit(FOUND)
    )
    found = list(db.session.execute(query).scalars())
    guardians = _guardians(found)
    heads = {row.id: guardians.get(row.guardian_id or 0, row) for row in found}
    people = people_by_id({head.person_id for head in heads.values() if head.person_id})
    return [(row, people.get(heads[row.id].person_id or 0)) for row in found]
