"""Whose shifts come soon, for reminders."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func
from sqlalchemy.orm import aliased

from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.reminders import EARLIEST
from citizen.volunteers.rules.shifts import ShiftStatus

#: Keys that one question names.
_CHUNK = 500


class Coming(NamedTuple):
    """A confirmed booking of a shift that begins soon."""

    booking_id: int
    shift_id: int
    #: The volunteer who reads: a child's guardian reads for the child.
    reader_id: int
    starts_at: datetime
    sure_since: datetime


def coming_soon(now: datetime) -> list[Coming]:
    """Confirmed bookings that somebody who wants reminders may have to be reminded of; one for each reader and shift.

    A guardian who comes along is reminded of the own booking, not once more for each child.
    """
    guardian, reader = aliased(Volunteer), func.coalesce(Volunteer.guardian_id, Volunteer.id)
    query = (
        db.select(Booking.id, Booking.shift_id, reader, Shift.starts_at, Booking.changed_at)
        .join(Shift, Shift.id == Booking.shift_id)
        .join(Volunteer, Volunteer.id == Booking.volunteer_id)
        .join(guardian, guardian.id == reader)
        .where(
            Booking.state == BookingState.CONFIRMED,
            Shift.status == ShiftStatus.OPEN,
            Shift.starts_at > now,
            Shift.starts_at <= now + EARLIEST,
            guardian.reminders,
        )
        .order_by(Shift.starts_at, Volunteer.guardian_id.is_not(None), Booking.id)
    )
    found: dict[tuple[int, int], Coming] = {}
    for row in db.session.execute(query):
        found.setdefault((row[2], row[1]), Coming(*row))
    return list(found.values())


def announced(keys: Collection[str]) -> set[str]:
    """Those of ``keys`` for which a job was written down."""
    found: set[str] = set()
    for chunk in _chunks(list(keys)):
        found.update(db.session.execute(db.select(Job.dedupe_key).where(Job.dedupe_key.in_(chunk))).scalars())
    return found


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
