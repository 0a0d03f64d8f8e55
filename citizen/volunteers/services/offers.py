"""Answering after a shift was moved: it still suits, or one of two shifts that overlap now."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict
from citizen.extensions import db
from citizen.volunteers.models import Booking
from citizen.volunteers.queries.clashes import clash_of
from citizen.volunteers.rules.booking import BookingState, By
from citizen.volunteers.services.booking import accept, answering, cancel, decline
from citizen.volunteers.services.line import waiting_line
from citizen.volunteers.services.places import lock_booking, lock_shifts, lock_volunteers, note


def suits(booking_id: int, *, by: By) -> Booking:
    """Write down that the new time of a moved shift suits; saying so twice changes nothing."""
    booking, _shift = lock_booking(booking_id)
    if booking.state == BookingState.CONFIRMED and booking.ask_again:
        booking.ask_again = False
        note(booking, "ask_again", by=by, reason="suits")
    return booking


def keep_this(booking_id: int, other_shift_id: int, *, by: By) -> Booking:
    """Take the place that is kept and give up the other shift, in one step; both or nothing.

    ``other_shift_id`` is the shift that was named when the choice was made. Raises Conflict when things changed meanwhile.
    """
    shift_id = db.session.execute(db.select(Booking.shift_id).where(Booking.id == booking_id)).scalar_one()
    shifts = lock_shifts({shift_id, other_shift_id})
    booking, shift = lock_booking(booking_id)
    line = {row.volunteer_id for each in shifts.values() for row in waiting_line(each)}
    lock_volunteers({row.volunteer_id for row in answering(booking, shift)} | line)
    other = clash_of(booking.volunteer_id, shift)
    if other is None or other.id != other_shift_id:
        raise Conflict(_l("Your shifts have changed in the meantime. Please look at them again."))
    held = db.select(Booking).where(Booking.shift_id == other.id, Booking.volunteer_id == booking.volunteer_id)
    row = db.session.execute(
        held.where(Booking.state.in_((BookingState.CONFIRMED, BookingState.OFFERED)))
    ).scalar_one_or_none()
    if row is None:
        raise Conflict(_l("You are at the other shift already, so it cannot be given up."))
    if row.state == BookingState.OFFERED:
        decline(row.id, by=by)
    else:
        cancel(row.id, by=by, reason="moved")
    db.session.flush()
    return accept(booking.id, by=by)
