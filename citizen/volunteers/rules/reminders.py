"""When somebody is reminded of a shift; pure.

Twice: on the eve at six in the evening, and two hours before the start. A reminder whose moment lay before the place was certain
is not made up for: who has just booked knows. One that the worker missed is made up for until the next one is due, and never
after the start.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum

from citizen.core.clock import COUNTY_ZONE, local

EVENING = time(18, 0)
DAY_BEFORE = timedelta(hours=24)
SHORTLY = timedelta(hours=2)
#: The evening of the day before lies at most so long before a shift.
EARLIEST = timedelta(hours=30)


class Reminder(StrEnum):
    """Which of the two reminders."""

    EVE = "eve"
    SHORTLY = "shortly"


def eve_of(starts_at: datetime) -> datetime:
    """Six in the evening of the county's day before."""
    return datetime.combine(local(starts_at).date() - timedelta(days=1), EVENING, COUNTY_ZONE)


def due(starts_at: datetime, *, sure_since: datetime, now: datetime) -> Reminder | None:
    """The reminder that somebody whose place is certain ``sure_since`` should have by ``now``, or None.

    Who booked after the eve's six o'clock is reminded twenty-four hours before the start, if that is still to come then.
    """
    shortly = starts_at - SHORTLY
    if now >= starts_at:
        return None
    if now >= shortly:
        return Reminder.SHORTLY if sure_since <= shortly else None
    moments = (eve_of(starts_at), starts_at - DAY_BEFORE)
    moment = next((moment for moment in moments if sure_since <= moment), None)
    return Reminder.EVE if moment is not None and moment <= now else None


def key_of(reminder: Reminder, booking_id: int, *, starts_at: datetime) -> str:
    """Names a reminder: another time of the shift calls for another one."""
    return f"reminder:{reminder}:{booking_id}:{int(starts_at.timestamp())}"
