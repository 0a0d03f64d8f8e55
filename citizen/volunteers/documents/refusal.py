"""The page that says why a shift could not be taken, what to do about it, and what could be taken instead."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from citizen.core.clock import local
from citizen.core.errors import DomainError
from citizen.extensions import db
from citizen.volunteers.documents.briefings import next_briefings
from citizen.volunteers.documents.cards import cards_of, full_span, shift_title
from citizen.volunteers.models import Shift, Volunteer
from citizen.volunteers.queries.alternatives import alternatives
from citizen.volunteers.queries.volunteers import children_of
from citizen.volunteers.rules.eligibility import CAN_WAIT, WORDS, Reason, Refused
from citizen.volunteers.rules.shifts import BOOKING_OPENS
from citizen.web.idempotency import new_key
from citizen.web.templating import day

#: A call to the office can change these.
CALL = frozenset(
    {Reason.SUSPENDED, Reason.NO_CONSENT, Reason.NOT_BRIEFED, Reason.NOT_INSURED, Reason.NOT_APPROVED, Reason.TEAM_ONLY}
)
#: The same said of a child.
OF_A_CHILD = {
    Reason.TOO_YOUNG: _l("%(name)s is not old enough for this post yet."),
    Reason.NO_CONSENT: _l("The guardian's consent for %(name)s is not on record yet."),
    Reason.NOT_BRIEFED: _l("%(name)s has not been to the briefing yet."),
    Reason.NOT_INSURED: _l("%(name)s is not insured on that day."),
    Reason.ALREADY_IN: _l("%(name)s is in already."),
    Reason.CLASH: _l("%(name)s has another shift at that time."),
}
#: Of a member of a team the leader learns no more than this.
OF_A_MEMBER = {Reason.ALREADY_IN: OF_A_CHILD[Reason.ALREADY_IN], Reason.CLASH: OF_A_CHILD[Reason.CLASH]}


def refusal_page(
    shift: Shift, me: Volunteer, refused: DomainError, *, people: Collection[int] = (), myself: bool = True
) -> dict[str, Any]:
    """Everything on the page: the sentence, what to do, the button for the line when it is open, three other shifts.

    ``people`` and ``myself`` are who was asked for, so that joining the line asks for the same people.
    """
    reason = refused.reason if isinstance(refused, Refused) else None
    size = len(people) + myself
    waits = reason in CAN_WAIT
    return {
        "shift": shift,
        "title": shift_title(shift),
        "span": full_span(shift.starts_at, shift.ends_at),
        "heading": _("Just filled up") if reason is Reason.FULL else _("Not booked"),
        "sentence": _sentence(shift, me, refused, size=size),
        "advice": _advice(shift, me, reason),
        "clash": _clash(refused),
        "call": reason in CALL,
        "can_wait": waits,
        "waiting": shift.waiting,
        "key": new_key() if waits else "",
        "people": sorted(people),
        "myself": myself,
        "instead": cards_of(alternatives(shift, me)),
    }


def _sentence(shift: Shift, me: Volunteer, refused: DomainError, *, size: int) -> str:
    if not isinstance(refused, Refused):
        return str(refused.message)
    if refused.reason is Reason.NEXT_IN_LINE and size > 1 and shift.free:
        few = ngettext("Only %(num)d place is free", "Only %(num)d places are free", shift.free)
        words = _(
            "%(few)s, and you are %(m)s. You come together or not at all, so nothing was booked.", few=few, m=size
        )
        return str(words)
    if not refused.name or refused.name == me.name or refused.reason is Reason.GUARDIAN_MISSING:
        return str(WORDS[refused.reason])
    mine = refused.name in {child.name for child in children_of(me.id)}
    words = (OF_A_CHILD if mine else OF_A_MEMBER).get(refused.reason)
    if words is None:
        words = _l("%(name)s cannot take this shift. Signed in, %(name)s sees on its page what is missing.")
    return str(words) % {"name": refused.name}


def _advice(shift: Shift, me: Volunteer, reason: Reason | None) -> str:
    """What can be done about it."""
    texts = {
        Reason.SUSPENDED: me.suspend_words,
        Reason.TOO_YOUNG: _("This post is for people of %(age)s and older.", age=shift.post.lowest_age),
        Reason.NO_CONSENT: _("The coordinator asks your guardian for it; a call speeds it up."),
        Reason.NOT_BRIEFED: next_briefings(before=shift.starts_at) or _("Ask the coordinator for the next date."),
        Reason.NOT_INSURED: _("The office takes it out for you and pays for it; it needs to know in time."),
        Reason.TEAM_ONLY: _("Members of the team can book it. Its leader has the code to join."),
        Reason.TOO_EARLY: _("Come back on %(day)s.", day=day(local(shift.starts_at - BOOKING_OPENS))),
        Reason.FULL: _("You can join the line: a place that comes free is offered to those who wait, in order."),
        Reason.NEXT_IN_LINE: _(
            "You can join the line: a place that comes free is offered to those who wait, in order."
        ),
    }
    return texts.get(reason, "") if reason else ""


def _clash(refused: DomainError) -> dict[str, str]:
    """The shift that overlaps, by name; only one's own, since what others do is nobody's business."""
    if not isinstance(refused, Refused) or refused.shift_id is None or refused.name:
        return {}
    other = db.session.get_one(Shift, refused.shift_id)
    words = f"{shift_title(other)}, {full_span(other.starts_at, other.ends_at)}"
    return {"text": words, "url": url_for("volunteers.shift", shift_id=other.id)}
