"""Somebody registered who comes to the post without a booking, while a place is free."""

from __future__ import annotations

import secrets

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, Shift, Volunteer
from citizen.volunteers.queries.clashes import clash_of
from citizen.volunteers.queries.volunteers import facts_of, needs_of, teams_of
from citizen.volunteers.rules.booking import ACTIVE, BookingState, By
from citizen.volunteers.rules.eligibility import Reason, Refused, ensure_eligible
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.sign_in import Direction, Method
from citizen.volunteers.services.attendance import span_of
from citizen.volunteers.services.booking import Wish, book
from citizen.volunteers.services.line import lock_people
from citizen.volunteers.services.places import bookings_of, lock_shift, move, open_booking

WALK_IN = "walk_in"


def add(shift_id: int, volunteer_id: int, *, key: str, by: By) -> Booking:
    """Give a volunteer who stands at the post a free place, and sign them in; the same ``key`` gives the same booking.

    From when sign-in opens until the end of the shift. Eligibility, clashes and the line hold as for everybody: before the
    start a place that others wait for goes to them. Raises Refused with the reason, Conflict outside the times.

    Nobody is assigned who does not want it: the lead writes the volunteer's own wish down, so the event names the lead as
    the person and the volunteer as the capacity; the audit trail says the same in words.
    """
    shift, now = lock_shift(shift_id), clock.now()
    known: Booking | None = db.session.execute(
        db.select(Booking).where(Booking.key == f"{key}:{volunteer_id}")
    ).scalar_one_or_none()
    if known is not None and known.shift_id == shift.id:
        return known
    if not span_of(shift).opens_at <= now <= shift.ends_at:
        raise Conflict(_l("People can be added from half an hour before the start until the end."))
    if now < shift.starts_at:
        booking = book(Wish(shift.id, (volunteer_id,), key=key), by=by)[0]
    else:
        booking = _late(shift, volunteer_id, key=f"{key}:{volunteer_id}", by=by)
    record("booking.walk_in", "booking", subject_id=booking.id, actor=by.pair, detail={"shift": shift.id})
    move(booking, shift, "sign_in", by=by, reason=WALK_IN)
    db.session.add(
        Attendance(
            booking_id=booking.id,
            direction=Direction.IN,
            method=Method.LEAD,
            at=now,
            received_at=now,
            nonce=secrets.token_hex(16),
            entered_by=by.person_id,
            reason=WALK_IN,
        )
    )
    db.session.flush()
    return booking


def _late(shift: Shift, volunteer_id: int, *, key: str, by: By) -> Booking:
    """A booking after the start, when the line is over and the rules are the same."""
    person = lock_people(shift, (volunteer_id,))[volunteer_id]
    _ensure_possible(shift, person)
    booking = Booking(volunteer_id=person.id, key=key, override="", weight=1, party_id=None)
    return open_booking(shift, booking, "book", by=by, reason=WALK_IN)


def _ensure_possible(shift: Shift, person: Volunteer) -> None:
    if shift.status != ShiftStatus.OPEN:
        raise Refused(Reason.CANCELLED)
    if any(row.volunteer_id == person.id for row in bookings_of(shift, tuple(ACTIVE))):
        raise Refused(Reason.ALREADY_IN)
    guardians = {row.volunteer_id for row in bookings_of(shift, (BookingState.CONFIRMED, BookingState.ATTENDED))}
    facts = facts_of(person, teams=teams_of([person.id])[person.id], with_guardian=person.guardian_id in guardians)
    ensure_eligible(facts, needs_of(shift))
    other = clash_of(person.id, shift)
    if other is not None:
        raise Refused(Reason.CLASH, shift_id=other.id)
