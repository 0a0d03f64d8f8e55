"""What a calendar feed holds, and how a booking stands in it; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from citizen.volunteers.rules.booking import PRESENT, BookingState

#: The feed reaches so far back and so far ahead.
BACK, AHEAD = timedelta(days=90), timedelta(days=60)
#: So long a booking that came to nothing is sent as cancelled, so that every calendar has taken it out.
GONE_FOR = timedelta(days=30)

S = BookingState
#: Whoever waits holds no place: such a booking enters the feed when a place is offered.
PROMISED = frozenset({S.CONFIRMED, S.OFFERED})
#: Appointments; one that was missed stays in the calendar as what was agreed.
SHOWN = PROMISED | PRESENT | {S.NO_SHOW}
GONE = frozenset({S.CANCELLED, S.CANCELLED_BY_ORGANISER, S.DECLINED, S.EXPIRED, S.EXCUSED})


def window(now: datetime) -> tuple[datetime, datetime]:
    """From when to when shifts are in the feed."""
    return now - BACK, now + AHEAD


def status_of(state: str) -> str:
    """The STATUS of RFC 5545 for a booking: CONFIRMED, TENTATIVE while an offer is open, CANCELLED."""
    if state in GONE:
        return "CANCELLED"
    return "TENTATIVE" if state == S.OFFERED else "CONFIRMED"
