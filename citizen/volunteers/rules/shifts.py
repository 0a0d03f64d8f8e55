"""When a shift can be booked, and what may be done to it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.clock import COUNTY_ZONE
from citizen.core.errors import Conflict, InvalidInput


class ShiftStatus(StrEnum):
    """Full, under way and over are not stored: they follow from the places and the clock."""

    OPEN = "open"
    CANCELLED = "cancelled"


#: So long before its start a shift can be booked.
BOOKING_OPENS = timedelta(days=30)
#: A pattern makes its shifts so far ahead.
HORIZON = timedelta(days=42)
MAX_CAPACITY = 500
MIN_MINUTES, MAX_MINUTES = 30, 960
#: The address of a home visit is shown so long before the start.
CARE_ADDRESS_BEFORE = timedelta(hours=2)
#: A home visit is made by so many, never alone.
CARE_PAIR = 2


def moment_of(day: date, wall: str) -> datetime:
    """The moment of "HH:MM" on the county's clock; the county has no summer time, so each exists exactly once."""
    hours, minutes = (int(part) for part in wall.split(":"))
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=COUNTY_ZONE)


def days_of(weekdays: list[int], *, first: date, last: date, exceptions: frozenset[date]) -> list[date]:
    """The days from ``first`` to ``last`` that fall on ``weekdays`` (0 = Monday) and are no exception, in order."""
    span = (last - first).days + 1
    days = (first + timedelta(days=n) for n in range(max(span, 0)))
    return [day for day in days if day.weekday() in weekdays and day not in exceptions]


def overlap(a: tuple[datetime, datetime], b: tuple[datetime, datetime]) -> bool:
    """Whether two half-open spans [start, end) share a moment; one that ends when the other begins does not."""
    return a[0] < b[1] and b[0] < a[1]


def ensure_span(starts_at: datetime, ends_at: datetime) -> None:
    """Raise InvalidInput unless the span is between half an hour and sixteen hours."""
    minutes = (ends_at - starts_at).total_seconds() / 60
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise InvalidInput(_l("A shift lasts between 30 minutes and 16 hours."), "ends")


def ensure_capacity(capacity: int, *, taken: int) -> None:
    """Raise InvalidInput for a size no shift has, Conflict for one below the places that people hold."""
    if not 1 <= capacity <= MAX_CAPACITY:
        raise InvalidInput(_l("A shift has between 1 and 500 places."), "capacity")
    if capacity < taken:
        words = _l(
            "%(taken)s people hold a place, so there cannot be fewer places. Ask some of them first.", taken=taken
        )
        raise Conflict(words)
