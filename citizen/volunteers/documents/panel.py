"""What a viewer can do with a shift right now: one step, or a sentence that says why there is none."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from citizen.core.clock import local
from citizen.volunteers.documents.cards import clash_words, in_already, why_not
from citizen.volunteers.models import Shift, Volunteer
from citizen.volunteers.queries.standing import family
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.draw import ticket_of
from citizen.volunteers.rules.eligibility import Reason
from citizen.volunteers.rules.shifts import BOOKING_OPENS
from citizen.volunteers.rules.standing import Standing
from citizen.web.idempotency import new_key
from citizen.web.templating import day, when

#: Nothing can be done about these by anybody any more.
_OVER = (Reason.CANCELLED, Reason.TOO_LATE)
#: These a call to the office can change.
_CALL = (Reason.SUSPENDED, Reason.NOT_BRIEFED, Reason.NOT_INSURED, Reason.NOT_APPROVED, Reason.TEAM_ONLY)


def panel(shift: Shift, volunteer: Volunteer | None, standing: Standing, *, signed_in: bool) -> dict[str, Any]:
    """The step that is open to the viewer (``step``) with everything its form needs.

    ``step``: book, wait or enter (a draw); mine, asked (answer an offer) or waiting; stranger (with the step they would
    take after signing up, in ``then``); none, with ``why``.
    """
    drawing = shift.draw_at is not None and shift.drawn_at is None
    free = "enter" if drawing else "book"
    if standing.booking is not None and standing.reason not in _OVER:
        return _mine(shift, volunteer, standing)
    step = "wait" if standing.can_wait else "none" if standing.reason else free
    page = {"step": step, "why": _why(shift, standing), "call": standing.reason in _CALL}
    if step == "none":
        return {**page, "clash": _clash(standing)}
    if volunteer is None:
        return {**page, "step": "stranger", "then": step, "signed_in": signed_in}
    return {**page, "key": new_key(), "children": _children(volunteer, shift)}


def _why(shift: Shift, standing: Standing) -> str:
    if standing.reason is Reason.TOO_EARLY:
        opens = day(local(shift.starts_at - BOOKING_OPENS))
        return str(_("Booking opens 30 days before the shift, on %(day)s.", day=opens))
    if standing.reason in _OVER:
        return ""
    return why_not(standing)


def _clash(standing: Standing) -> dict[str, str]:
    if standing.clash is None:
        return {}
    return {"text": clash_words(standing.clash), "url": url_for("volunteers.shift", shift_id=standing.clash.shift_id)}


def _mine(shift: Shift, volunteer: Volunteer | None, standing: Standing) -> dict[str, Any]:
    """The viewer is in: what they have, and what they can still do."""
    own = standing.booking
    if own is None or volunteer is None:
        raise ValueError("only somebody with a booking has one")
    steps = {BookingState.CONFIRMED: "mine", BookingState.WAITING: "waiting", BookingState.OFFERED: "asked"}
    children = _children(volunteer, shift) if own.state == BookingState.CONFIRMED else []
    return {
        "step": steps.get(own.state, "none"),
        "why": in_already(own),
        "booking_id": own.booking_id,
        "moved": own.ask_again,
        "until": when(own.offered_until) if own.offered_until else "",
        "ticket": ticket_of(shift.post.qr_secret, shift.id, volunteer.id) if shift.draw_at else "",
        "key": new_key(),
        "children": children if any(child["able"] for child in children) else [],
    }


def _children(volunteer: Volunteer, shift: Shift) -> list[dict[str, Any]]:
    """The viewer's own children, with the reason for those who cannot come along."""
    return [
        {
            "id": child.id,
            "name": child.name,
            "able": standing.reason is None or standing.can_wait,
            "why": _child_words(standing),
        }
        for child, standing in family(volunteer, shift)
    ]


def _child_words(standing: Standing) -> str:
    if standing.booking is not None:
        return str(_("Is in already."))
    return "" if standing.can_wait else why_not(standing)
