"""What a volunteer can sign in to or out of now, on the page of the six digits and behind the QR code."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from citizen.volunteers.documents.cards import full_span, shift_title, span
from citizen.volunteers.models import Booking, Post, Shift, Volunteer
from citizen.volunteers.queries.attendance import Marks, children_at, marks_of, next_of, now_of
from citizen.volunteers.rules.sign_in import Direction, Method, Shown, matching_moment
from citizen.volunteers.services.attendance import AWAY, key_of, span_of
from citizen.web.templating import clock, when


def choices(volunteer: Volunteer, now: datetime, *, post: Post | None = None, token: str = "") -> list[dict[str, Any]]:
    """The volunteer's places that are open to sign-in or sign-out, the most likely one first.

    ``what`` is the next step: in, out, or nothing when both are done or the time is over; ``fits`` says whether ``token``
    is one that is shown for this shift now.
    """
    bookings = now_of(volunteer, now, post=post)
    children = children_at(volunteer, [row.shift_id for row in bookings]) if bookings else {}
    marks = marks_of([row.id for row in bookings])
    rows = []
    for booking in bookings:
        row = _choice(booking, marks[booking.id], children[booking.shift_id], now)
        shown = Shown(token, Method.QR, now)
        fits = bool(token) and matching_moment(key_of(booking.shift), shown, span_of(booking.shift)) is not None
        rows.append({**row, "fits": fits})
    return sorted(rows, key=lambda row: (not row["what"], row["far"]))


def _choice(booking: Booking, marks: Marks, children: list[tuple[Volunteer, Booking]], now: datetime) -> dict[str, Any]:
    shift = booking.shift
    what = _next(shift, marks, now)
    return {
        "id": booking.id,
        "shift_id": shift.id,
        "title": shift_title(shift),
        "time": full_span(shift.starts_at, shift.ends_at),
        "hours": span(shift.starts_at, shift.ends_at),
        "what": what,
        "ends": clock(shift.ends_at) if now < shift.ends_at else "",
        "said": _said(shift, marks, away=booking.state in AWAY, now=now),
        "children": [{"id": child.id, "name": child.name} for child, _row in children],
        "far": abs((shift.starts_at - now).total_seconds()),
    }


def _next(shift: Shift, marks: Marks, now: datetime) -> str:
    """The step that comes next. What was kept on a phone without network needs no button: it is sent by itself."""
    step = Direction.OUT if Direction.IN in marks else Direction.IN
    return step if step not in marks and span_of(shift).admits(step, now) else ""


def _said(shift: Shift, marks: Marks, *, away: bool, now: datetime) -> str:
    """How far somebody has come, in a sentence."""
    came, went = marks.get(Direction.IN), marks.get(Direction.OUT)
    if came is None and now > shift.ends_at:
        return str(_("No sign-in of yours has reached us. If you were there, please call the lead."))
    if came is None:
        return _("You were marked absent. If you are here, sign in; the lead decides.") if away else ""
    if away:
        arrived = clock(came.at)
        return str(
            _("Your sign-in at %(time)s has reached us. You had been marked absent; the lead decides.", time=arrived)
        )
    if went is None:
        return str(_("You signed in at %(time)s.", time=clock(came.at)))
    return str(_("You signed in at %(came)s and out at %(went)s.", came=clock(came.at), went=clock(went.at)))


def nothing_now(volunteer: Volunteer | None, now: datetime) -> str:
    """Why there is nothing to sign in to, and what comes next."""
    coming = next_of(volunteer, now) if volunteer else None
    if coming is None:
        return str(_("You have no shift today. The lead can add you while a place is free."))
    opens = when(span_of(coming).opens_at)
    return str(_("Your next shift is %(shift)s. Sign-in opens on %(when)s.", shift=shift_title(coming), when=opens))
