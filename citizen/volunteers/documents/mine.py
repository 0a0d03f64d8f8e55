"""The page "My volunteering"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.volunteers.documents.bookings import booking_rows
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries.hours import total_minutes
from citizen.volunteers.queries.mine import coming, minutes_by_booking, past
from citizen.volunteers.queries.volunteers import children_of
from citizen.volunteers.rules.booking import BookingState

#: So long before a shift the way to sign in stands at the top.
SOON = timedelta(hours=1)


def mine_page(me: Volunteer) -> dict[str, Any]:
    """What waits for an answer, what comes, what was; with the children's shifts among them, each under its name."""
    now = clock.now()
    ids = {me.id, *(child.id for child in children_of(me.id))}
    ahead, behind = coming(ids, now), past(ids, now)
    rows = booking_rows(ahead, me, minutes={})
    on_site = [row for row in ahead if row.state == BookingState.CONFIRMED and row.shift.starts_at - now <= SOON]
    return {
        "asking": [row for row in rows if row["asks"]],
        "coming": [row for row in rows if not row["asks"]],
        "past": booking_rows(behind, me, minutes=minutes_by_booking(behind)),
        "on_site": bool(on_site),
        "minutes": total_minutes(me.id),
        "suspended": me.suspended_at is not None,
        "suspend_words": me.suspend_words,
    }
