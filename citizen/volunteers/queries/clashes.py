"""What a volunteer is bound to at a time."""

from __future__ import annotations

from datetime import datetime

from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift
from citizen.volunteers.rules.booking import HOLDING, BookingState
from citizen.volunteers.rules.shifts import ShiftStatus


def clash_of(volunteer_id: int, shift: Shift) -> Shift | None:
    """The first other shift that the volunteer is bound to and that overlaps ``shift``; None when there is none."""
    return clash_in(volunteer_id, (shift.starts_at, shift.ends_at), but=shift.id)


def clash_in(volunteer_id: int, span: tuple[datetime, datetime], *, but: int) -> Shift | None:
    """The first shift other than ``but`` that the volunteer is bound to within the half-open ``span``.

    A place that is only kept while somebody is asked about a moved shift does not bind.
    """
    query = (
        db.select(Shift)
        .join(Booking, Booking.shift_id == Shift.id)
        .where(
            Booking.volunteer_id == volunteer_id,
            Booking.state.in_(HOLDING),
            ~((Booking.state == BookingState.OFFERED) & Booking.ask_again),
            Shift.id != but,
            Shift.status == ShiftStatus.OPEN,
            Shift.starts_at < span[1],
            Shift.ends_at > span[0],
        )
        .order_by(Shift.starts_at)
        .limit(1)
    )
    return db.session.execute(query).scalar_one_or_none()
