"""The roster of a shift as its lead reads it on a phone: who, whom to call, and how each person stands, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from citizen.core.clock import local
from citizen.volunteers.documents.cards import full_span, shift_title, span
from citizen.volunteers.models import Attendance, Shift
from citizen.volunteers.queries.attendance import Marks, credited, marks_of
from citizen.volunteers.queries.leads import OnRoster, here, roster
from citizen.volunteers.rules.booking import PRESENT, BookingState
from citizen.volunteers.rules.eligibility import ADULT, age_on
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.sign_in import NO_SHOW_AFTER, Direction, Method, Span
from citizen.volunteers.services.attendance import AWAY, span_of
from citizen.web.templating import clock

METHODS = {
    Method.QR: _l("by QR code"),
    Method.CODE: _l("by six-digit code"),
    Method.ROLL_CALL: _l("by roll call"),
    Method.LEAD: _l("entered by the lead"),
}

#: State → (look of the tag, words); those who are here are told apart by their sign-out.
STATES = {
    BookingState.CONFIRMED: ("waiting", _l("Not here yet")),
    BookingState.OFFERED: ("held", _l("Asked, no answer yet")),
    BookingState.ATTENDED: ("done", _l("Here")),
    BookingState.LEFT_EARLY: ("working", _l("Left early")),
    BookingState.NO_SHOW: ("overdue", _l("Did not come")),
    BookingState.EXCUSED: ("none", _l("Excused")),
}
#: The order on the roster: those the lead looks for stand first.
_ORDER = list(STATES)

#: What arrives so much later than it was read was read without network.
LATE_ARRIVAL_SECONDS = 900


def shift_head(shift: Shift) -> dict[str, Any]:
    """What stands above every page of a shift."""
    return {"id": shift.id, "title": shift_title(shift), "time": full_span(shift.starts_at, shift.ends_at)}


def roster_page(shift: Shift, now: datetime) -> dict[str, Any]:
    """Everything of the roster page."""
    rows = people(shift, roster(shift))
    confirmed = [row for row in rows if row["state"] == BookingState.CONFIRMED]
    there = [row for row in rows if row["act"] == Direction.OUT]
    cancelled = shift.status != ShiftStatus.OPEN
    times = span_of(shift)
    return {
        "shift": shift_head(shift),
        "rows": rows,
        "said": _said(rows),
        "waiting": shift.waiting,
        "free": shift.free,
        "cancelled": cancelled,
        "open_in": not cancelled and times.admits(Direction.IN, now),
        "open_out": not cancelled and times.admits(Direction.OUT, now),
        "opens": clock(times.opens_at) if now < times.opens_at else "",
        "can_close": not cancelled and bool(confirmed) and now >= shift.starts_at + NO_SHOW_AFTER,
        "can_confirm": not cancelled and now >= shift.starts_at,
        "not_here": len(confirmed),
        "there": len(there),
        "poster": None if shift.post.care else shift.post_id,
    }


def _said(rows: Sequence[dict[str, Any]]) -> str:
    came = sum(row["state"] in PRESENT for row in rows)
    return str(
        _("%(here)s of %(all)s have come", here=came, all=sum(row["state"] != BookingState.OFFERED for row in rows))
    )


def people(shift: Shift, rows: Sequence[OnRoster]) -> list[dict[str, Any]]:
    """The people of a roster, those who are still missing first."""
    ids = [row.booking.id for row in rows]
    marks, ledger = marks_of(ids), credited(ids)
    shown = [person(shift, row, marks[row.booking.id], ledger.get(row.booking.id)) for row in rows]
    return sorted(shown, key=lambda row: _ORDER.index(row["state"]))


def person(shift: Shift, row: OnRoster, marks: Marks, minutes: int | None) -> dict[str, Any]:
    """One of them."""
    state = BookingState(row.booking.state)
    look, words = STATES[state]
    if state is BookingState.ATTENDED and Direction.OUT in marks:
        look, words = "working", _l("Signed out")
    minor = age_on(row.volunteer.birth_day, local(shift.starts_at).date()) < ADULT
    times = span_of(shift)
    return {
        "id": row.booking.id,
        "name": row.volunteer.name,
        "state": state,
        "look": look,
        "word": str(words),
        "phone": row.phone,
        "minor": minor,
        "guardian": row.guardian_name if minor else "",
        "guardian_phone": row.guardian_phone if minor else "",
        "facts": [_fact(marks[d], d, times, shift.post.radius_m) for d in Direction if d in marks],
        "undecided": state in AWAY and Direction.IN in marks,
        "act": _act(state, marks),
        "came": marks.get(Direction.IN),
        "went": marks.get(Direction.OUT),
        "ledger": _("%(hours)s hours are in the ledger", hours=f"{minutes / 60:.1f}") if minutes is not None else "",
        "url": url_for("leads.person", shift_id=shift.id, booking_id=row.booking.id),
    }


def _act(state: BookingState, marks: Marks) -> str:
    """What one tap does: sign in, sign out, or nothing."""
    if state is BookingState.CONFIRMED:
        return Direction.IN
    if state is BookingState.ATTENDED and Direction.OUT not in marks:
        return Direction.OUT
    return ""


def _fact(mark: Attendance, direction: Direction, times: Span, radius: int) -> str:
    """When and how somebody came or went, and what a lead should look at."""
    said = {
        Direction.IN: _("In %(time)s, %(how)s", time=clock(mark.at), how=METHODS[Method(mark.method)]),
        Direction.OUT: _("Out %(time)s, %(how)s", time=clock(mark.at), how=METHODS[Method(mark.method)]),
    }[direction]
    more = [said]
    if direction is Direction.IN and times.is_late(mark.at):
        late = int((mark.at - times.starts_at).total_seconds() // 60)
        more.append(ngettext("%(num)d minute late", "%(num)d minutes late", late))
    if mark.distance_m is not None:
        near = mark.distance_m <= radius
        words = _("%(m)s m from the post", m=mark.distance_m)
        more.append(words if near else _("%(m)s m from the post, farther than usual", m=mark.distance_m))
    if mark.entered_by is None and (mark.received_at - mark.at).total_seconds() > LATE_ARRIVAL_SECONDS:
        more.append(_("arrived at %(time)s, read without network", time=clock(mark.received_at)))
    return " · ".join(more)


def shift_rows(shifts: Sequence[Shift]) -> list[dict[str, Any]]:
    """Shifts to choose from, with how many have come."""
    came = here([shift.id for shift in shifts])
    return [
        {
            **shift_head(shift),
            "hours": span(shift.starts_at, shift.ends_at),
            "url": url_for("leads.roster", shift_id=shift.id),
            "cancelled": shift.status != ShiftStatus.OPEN,
            "said": _("%(here)s of %(taken)s have come", here=came.get(shift.id, 0), taken=shift.taken),
        }
        for shift in shifts
    ]
