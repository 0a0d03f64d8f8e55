"""Reminding somebody of a shift, as long as it is true."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import joinedload

from citizen.extensions import db
from citizen.volunteers.models import Booking, Post, Shift, Volunteer
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.reminders import due, key_of
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services import messages


def remind(booking_id: int, *, now: datetime) -> bool:
    """Remind the volunteer of a booking if that is due ``now``; returns whether it was. Once for each time of the shift.

    Looks at the rows as they are in this transaction: whoever cancelled and whatever was moved in the meantime counts.
    """
    query = db.select(Booking).where(Booking.id == booking_id).execution_options(populate_existing=True)
    whole = joinedload(Booking.shift).joinedload(Shift.post).joinedload(Post.kind)
    booking = db.session.execute(query.options(whole)).scalar_one_or_none()
    if booking is None or booking.state != BookingState.CONFIRMED or booking.shift.status != ShiftStatus.OPEN:
        return False
    shift = booking.shift
    reminder = due(shift.starts_at, sure_since=booking.changed_at, now=now)
    if reminder is None:
        return False
    volunteer = db.session.get_one(Volunteer, booking.volunteer_id)
    key = key_of(reminder, booking.id, starts_at=shift.starts_at)
    messages.say("reminder", volunteer, values=messages.shift_values(shift), key=key, until=shift.starts_at)
    return True
