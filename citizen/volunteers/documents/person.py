"""One person of a shift as the lead sees them, with the steps that are possible from there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from citizen.volunteers.documents.roster import person, shift_head
from citizen.volunteers.models import Shift
from citizen.volunteers.queries.attendance import Marks, credited, marks_of
from citizen.volunteers.queries.leads import OnRoster
from citizen.volunteers.rules.booking import PRESENT, BookingState
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.sign_in import Direction
from citizen.volunteers.services.attendance import AWAY, span_of
from citizen.web.templating import clock


def person_page(shift: Shift, row: OnRoster, now: datetime) -> dict[str, Any]:
    """Everything of the page."""
    marks = marks_of([row.booking.id])[row.booking.id]
    minutes = credited([row.booking.id]).get(row.booking.id)
    shown = person(shift, row, marks, minutes)
    closed = minutes is not None or shift.status != ShiftStatus.OPEN
    return {
        "shift": shift_head(shift),
        "row": shown,
        "emergency": row.volunteer.emergency_contact,
        "tap": shown["act"] if not closed and _open(shift, shown["act"], now) else "",
        "notes": [
            mark.reason for mark in marks.values() if mark.reason and mark.entered_by and mark.reason != "walk_in"
        ],
        "steps": [] if closed else _steps(shift, BookingState(row.booking.state), marks, now),
        "closed": closed,
    }


def _open(shift: Shift, act: str, now: datetime) -> bool:
    return bool(act) and span_of(shift).admits(Direction(act), now)


def _steps(shift: Shift, state: BookingState, marks: Marks, now: datetime) -> list[dict[str, Any]]:
    """What can be entered, each as one form: its code, its words, whether it asks for a time and a reason."""
    begun, opened = now >= shift.starts_at, now >= span_of(shift).opens_at
    came, went = marks.get(Direction.IN), marks.get(Direction.OUT)
    away = state in AWAY
    possible = {
        "accept": (away and came is not None, _("Count the sign-in that arrived"), ""),
        "late": (away and came is None, _("Came after all"), clock(shift.starts_at)),
        "in": (
            opened and (state is BookingState.CONFIRMED or state in PRESENT),
            _("Correct the sign-in") if came else _("Enter the sign-in"),
            clock(came.at if came else shift.starts_at),
        ),
        "out": (
            begun and state in PRESENT,
            _("Correct the sign-out") if went else _("Enter the sign-out"),
            clock(went.at if went else shift.ends_at),
        ),
        "early": (begun and state is BookingState.ATTENDED, _("Left early"), clock(min(now, shift.ends_at))),
        "miss": (begun and state is BookingState.CONFIRMED, _("Did not come"), ""),
        "excuse": (state in (BookingState.CONFIRMED, BookingState.NO_SHOW), _("Could not come, and said so"), ""),
        "undo": (state in PRESENT, _("Take the sign-in back"), ""),
    }
    bare = ("accept", "miss")
    return [
        {"act": act, "word": word, "time": time, "reason": act not in bare}
        for act, (can, word, time) in possible.items()
        if can
    ]
