"""People who did not come are marked absent, without punishing a place that has no network.

Half an hour after the start everybody without sign-in is absent if the lead has called the roll on the spot. Without a roll
call nobody knows whether the rest is away or only offline; then it happens when the lead confirms the shift, or twelve hours
after its end, when no code read without network can arrive any more. Each shift is a transaction of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import aliased

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict
from citizen.core.worker import every
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, Shift
from citizen.volunteers.rules.booking import SYSTEM, BookingState
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.sign_in import NO_SHOW_AFTER, OFFLINE, Direction, Method
from citizen.volunteers.services.roll_call import close

BATCH = 200
MINUTE = timedelta(minutes=1)


@every(MINUTE)
def mark_absent(_payload: dict[str, Any]) -> None:
    """Whoever has a place at a shift that is known to be complete and did not sign in did not come."""
    now = clock.now()
    for shift_id in db.session.execute(_due(now)).scalars().all():
        try:
            with transaction():
                close(shift_id, by=SYSTEM, now=now)
        except Conflict:
            continue  # the shift was moved between the look and the lock


def _due(now: datetime) -> Select[int]:
    """Shifts with people who have not signed in and are known to be absent by now."""
    there = aliased(Booking)
    called = exists(
        select(Attendance.id)
        .join(there, there.id == Attendance.booking_id)
        .where(
            there.shift_id == Shift.id,
            Attendance.direction == Direction.IN,
            Attendance.method == Method.ROLL_CALL,
        )
    )
    return (
        select(Shift.id)
        .join(Booking, Booking.shift_id == Shift.id)
        .where(
            Booking.state == BookingState.CONFIRMED,
            Shift.status == ShiftStatus.OPEN,
            Shift.starts_at <= now - NO_SHOW_AFTER,
            or_(Shift.ends_at <= now - OFFLINE, called),
        )
        .distinct()
        .order_by(Shift.id)
        .limit(BATCH)
    )
