"""Where somebody stands in the line."""

from __future__ import annotations

from sqlalchemy import func

from citizen.core.errors import Conflict
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift
from citizen.volunteers.rules.booking import BookingState


def rank_of(booking: Booking) -> int:
    """How many stand before a waiting booking, plus one; raises Conflict when it does not wait."""
    if booking.state != BookingState.WAITING or booking.wait_no is None:
        raise Conflict()
    ahead = db.select(func.count()).where(
        Booking.shift_id == booking.shift_id,
        Booking.state == BookingState.WAITING,
        Booking.wait_no < booking.wait_no,
    )
    return int(db.session.execute(ahead).scalar_one()) + 1


_PLACE = db.select(Booking.id).where(
    Booking.shift_id == db.bindparam("shift"),
    Booking.volunteer_id == db.bindparam("volunteer"),
    Booking.state == BookingState.CONFIRMED,
)


def has_place(volunteer_id: int | None, shift: Shift) -> bool:
    """Whether somebody is confirmed at the shift: a guardian who is lets a child come along."""
    if volunteer_id is None:
        return False
    return db.session.execute(_PLACE, {"shift": shift.id, "volunteer": volunteer_id}).first() is not None
