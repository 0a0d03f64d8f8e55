"""Words of the coordinator's desk: states, reasons and events, said of others and not to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from citizen.volunteers.models import Shift
from citizen.volunteers.rules.booking import Actor, BookingState
from citizen.volunteers.rules.eligibility import Reason
from citizen.volunteers.rules.shifts import ShiftStatus

S = BookingState
#: State → (look of the tag, words).
BOOKINGS: dict[str, tuple[str, Any]] = {
    S.CONFIRMED: ("done", _l("Confirmed")),
    S.OFFERED: ("waiting", _l("Place offered, no answer yet")),
    S.WAITING: ("none", _l("Waiting")),
    S.ATTENDED: ("done", _l("Signed in")),
    S.LEFT_EARLY: ("working", _l("Left early")),
    S.NO_SHOW: ("overdue", _l("Did not come")),
    S.EXCUSED: ("none", _l("Excused")),
    S.DECLINED: ("none", _l("Declined the offer")),
    S.EXPIRED: ("none", _l("Offer lapsed")),
    S.CANCELLED: ("none", _l("Cancelled")),
    S.CANCELLED_BY_ORGANISER: ("none", _l("Called off by the office")),
}
OBSTACLES: dict[str, Any] = {
    Reason.NO_PROFILE: _l("no volunteer profile"),
    Reason.SUSPENDED: _l("volunteering is paused"),
    Reason.TOO_YOUNG: _l("too young for this post"),
    Reason.NO_CONSENT: _l("the guardian's consent is not on record"),
    Reason.GUARDIAN_MISSING: _l("a child under 14 needs the guardian at the same shift"),
    Reason.NOT_BRIEFED: _l("no briefing"),
    Reason.NOT_INSURED: _l("not insured on that day"),
    Reason.NOT_APPROVED: _l("not approved for home visits"),
    Reason.TEAM_ONLY: _l("not in the team of this shift"),
    Reason.CANCELLED: _l("the shift is cancelled"),
    Reason.TOO_EARLY: _l("booking opens 30 days before"),
    Reason.TOO_LATE: _l("the shift has begun"),
    Reason.ALREADY_IN: _l("in this shift already"),
    Reason.CLASH: _l("busy with another shift then"),
    Reason.FULL: _l("the shift is full"),
    Reason.NEXT_IN_LINE: _l("others wait for the place"),
}
REASONS: dict[str, Any] = {
    **OBSTACLES,
    "party_too_big": _l("the group is larger than the room left"),
    "stand_in": _l("a stand-in took over"),
    "no_answer": _l("no answer in time"),
    "begun": _l("the shift began"),
    "moved": _l("the shift was moved"),
    "stop_heat": _l("stopped: heat"),
    "stop_storm": _l("stopped: storm"),
    "stop_air": _l("stopped: bad air"),
    "stop_other": _l("stopped"),
}
EVENTS: dict[str, Any] = {
    "book": _l("booked"),
    "wait": _l("joined the line"),
    "offer": _l("was offered a place"),
    "win": _l("won a place in the draw"),
    "accept": _l("accepted the place"),
    "decline": _l("declined the place"),
    "expire": _l("did not answer in time"),
    "cancel": _l("cancelled"),
    "call_off": _l("was taken out"),
    "sign_in": _l("signed in"),
    "leave_early": _l("left early"),
    "miss": _l("did not come"),
    "excuse": _l("was excused"),
    "come_late": _l("came after all"),
    "question": _l("must choose after the shift was moved"),
    "undo_sign_in": _l("sign-in taken back"),
    "skip": _l("was passed over in the line"),
    "ask_again": _l("was asked whether the new time suits"),
}
ACTORS: dict[str, Any] = {
    Actor.VOLUNTEER: _l("The volunteer"),
    Actor.LEAD: _l("Lead"),
    Actor.COORDINATOR: _l("Coordinator"),
    Actor.SYSTEM: _l("System"),
}


def reason_word(code: str) -> str:
    """The words for a code; a coordinator's own words stay as they are."""
    return str(REASONS.get(code, code))


def shift_tag(shift: Shift, now: datetime) -> tuple[str, str]:
    """Look and words of a shift's state, worked out from its places and the clock."""
    if shift.status != ShiftStatus.OPEN:
        return "held", _("Stopped") if shift.stop_id else _("Cancelled")
    if shift.starts_at > now:
        return _fill_tag(shift)
    return ("none", _("Over")) if shift.ends_at <= now else ("working", _("Under way"))


def _fill_tag(shift: Shift) -> tuple[str, str]:
    """How full a coming shift is."""
    if shift.taken == 0:
        return "overdue", _("Nobody has booked yet")
    if shift.taken < shift.min_needed:
        return "waiting", _("%(n)s too few", n=shift.min_needed - shift.taken)
    if shift.free == 0:
        return "done", _("Full")
    return "working", ngettext("%(num)d place free", "%(num)d places free", shift.free)
