"""How a wave runs: its states, its cells, what becomes of invitations, and the response rate; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict

#: Age bands of the cells, youngest first. Nobody below 18 is asked.
AGES = ("18-44", "45-59", "60+")
AGE_WORDS: dict[str, Any] = {
    "18-44": _l("18 to 44 years"),
    "45-59": _l("45 to 59 years"),
    "60+": _l("60 years and over"),
}
MAX_POPULATION = 10_000_000
#: A public link lasts as long as its wave; nobody plans one for longer than this.
MAX_DAYS = 120


class WaveState(StrEnum):
    """Where a wave stands. Nothing about answers is visible to anybody before it is closed."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    RELEASED = "released"


WAVE_STATE_WORDS: dict[WaveState, Any] = {
    WaveState.DRAFT: _l("draft"),
    WaveState.OPEN: _l("taking answers"),
    WaveState.CLOSED: _l("closed, not released"),
    WaveState.RELEASED: _l("results public"),
}

#: Verb → (from, to). There is no way back: a wave that was closed stays closed.
TRANSITIONS: dict[str, tuple[WaveState, WaveState]] = {
    "open": (WaveState.DRAFT, WaveState.OPEN),
    "close": (WaveState.OPEN, WaveState.CLOSED),
    "release": (WaveState.CLOSED, WaveState.RELEASED),
}
#: Nobody does this with a wave that they made or wrote in.
SECOND_PERSON = frozenset({"release"})


class Channel(StrEnum):
    """How somebody is invited, and how an answer came in."""

    LINK = "link"
    CARD = "card"
    INTERVIEW = "interview"


#: What every answer of a closed wave has: how single ones came in is forgotten then.
ANY_CHANNEL = ""

CHANNEL_WORDS: dict[Channel, Any] = {
    Channel.LINK: _l("single-use link"),
    Channel.CARD: _l("door card"),
    Channel.INTERVIEW: _l("interviewer"),
}


class Disposition(StrEnum):
    """What became of an invitation, after the AAPOR Standard Definitions."""

    #: Nothing is known yet: unknown eligibility (3.0).
    UNUSED = "unused"
    #: Complete (1.1).
    ANSWERED = "answered"
    #: Refusal (2.11).
    REFUSED = "refused"
    #: Non-contact (2.2).
    NOT_REACHED = "not_reached"
    #: Not eligible (4.0): nobody of this age lives there.
    NOT_ELIGIBLE = "not_eligible"
    #: Not eligible (4.5): empty, no dwelling, does not exist.
    INVALID_ADDRESS = "invalid_address"


DISPOSITION_WORDS: dict[Disposition, Any] = {
    Disposition.UNUSED: _l("nothing known yet"),
    Disposition.ANSWERED: _l("answered"),
    Disposition.REFUSED: _l("does not want to take part"),
    Disposition.NOT_REACHED: _l("not reached"),
    Disposition.NOT_ELIGIBLE: _l("nobody of this age lives there"),
    Disposition.INVALID_ADDRESS: _l("no such address"),
}

#: Those who belong to the sample, or may: the denominator of the response rate.
ELIGIBLE = frozenset({Disposition.ANSWERED, Disposition.REFUSED, Disposition.NOT_REACHED, Disposition.UNUSED})
#: Somebody may still answer with these: who was out when we rang may find the card later.
USABLE = frozenset({Disposition.UNUSED, Disposition.NOT_REACHED})
#: What staff may note; "answered" is only ever set by an answer, and never taken back.
NOTABLE = tuple(found for found in Disposition if found is not Disposition.ANSWERED)


def response_rate(counts: Mapping[str, int]) -> float | None:
    """The response rate, 0 to 1, of invitations counted by disposition; None while nobody eligible was invited.

    As AAPOR's RR1, the strictest one: RR1 = answered / (answered + refused + not reached + nothing known yet). Whoever
    may be eligible counts as eligible; those known not to be (nobody of this age, no such address) are left out.
    Source: AAPOR, Standard Definitions, 10th edition 2023, "Response rate 1".
    """
    eligible = sum(counts.get(disposition, 0) for disposition in ELIGIBLE)
    return counts.get(Disposition.ANSWERED, 0) / eligible if eligible else None


def ensure_transition(name: str, state: str, *, own: bool = False) -> WaveState:
    """The state that ``name`` leads to; ``own`` says whether the actor made the wave or wrote in it.

    Raises Conflict when the wave stands elsewhere or when a second person is needed.
    """
    source, target = TRANSITIONS[name]
    if state != source:
        raise Conflict(_l("This is not possible from where the survey stands now. Please look again."))
    if own and name in SECOND_PERSON:
        raise Conflict(_l("Whoever made or changed a survey does not release it. A colleague has to look at it."))
    return target


def answerable(state: str, *, opens_on: date, closes_on: date, today: date) -> bool:
    """Whether residents may answer today, on the county's calendar."""
    return state == WaveState.OPEN and opens_on <= today <= closes_on


def day_of_interview(claimed: date, *, opens_on: date, closes_on: date, today: date) -> date | None:
    """The day that is stored for an interview that arrives today, None for one outside the wave's days.

    Devices come back from a day without a network after the last day, so the day they claim is what counts; a clock
    that runs ahead is put right.
    """
    day = min(claimed, today)
    return day if opens_on <= day <= closes_on else None
