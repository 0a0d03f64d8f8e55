"""Why somebody may not take a shift: one list of reasons, asked on every path.

The reasons of a person (age, consent, briefing, insurance, leave for home visits, suspension) and those of the moment (full,
clash, too early …) have one code and one sentence each. A coordinator may set some aside, by name and with a reason.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput

#: Younger volunteers come with a guardian or a group and have no account of their own.
OWN_ACCOUNT_AGE = 14
ADULT = 18
MAX_AGE = 100


class Reason(StrEnum):
    """Why a shift cannot be taken."""

    NO_PROFILE = "no_profile"
    SUSPENDED = "suspended"
    TOO_YOUNG = "too_young"
    NO_CONSENT = "no_consent"
    GUARDIAN_MISSING = "guardian_missing"
    NOT_BRIEFED = "not_briefed"
    NOT_INSURED = "not_insured"
    NOT_APPROVED = "not_approved"
    TEAM_ONLY = "team_only"
    CANCELLED = "cancelled"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    ALREADY_IN = "already_in"
    CLASH = "clash"
    FULL = "full"
    NEXT_IN_LINE = "next_in_line"


WORDS: dict[Reason, Any] = {
    Reason.NO_PROFILE: _l("Tell us first who you are; it takes a minute."),
    Reason.SUSPENDED: _l("Your volunteering is paused. Please call the coordinator."),
    Reason.TOO_YOUNG: _l("You are not old enough for this post yet."),
    Reason.NO_CONSENT: _l("Your guardian's consent is not on record yet."),
    Reason.GUARDIAN_MISSING: _l("Children under 14 come together with their guardian."),
    Reason.NOT_BRIEFED: _l("This post needs the briefing first."),
    Reason.NOT_INSURED: _l("This post needs accident insurance, and yours is not on record for that day."),
    Reason.NOT_APPROVED: _l("Home visits need the coordinator's approval first."),
    Reason.TEAM_ONLY: _l("This shift belongs to a team."),
    Reason.CANCELLED: _l("This shift is cancelled."),
    Reason.TOO_EARLY: _l("Booking opens 30 days before the shift."),
    Reason.TOO_LATE: _l("This shift has begun or is over."),
    Reason.ALREADY_IN: _l("You are in already."),
    Reason.CLASH: _l("It overlaps with another shift of yours."),
    Reason.FULL: _l("Just filled up: all places are taken."),
    Reason.NEXT_IN_LINE: _l("Others wait for this place; it goes to them in turn."),
}

#: What a coordinator may set aside with a reason. Age and a guardian's consent are law and never set aside.
OVERRIDABLE = frozenset(
    {Reason.NOT_BRIEFED, Reason.NOT_INSURED, Reason.NOT_APPROVED, Reason.TEAM_ONLY, Reason.TOO_EARLY}
)
#: With these the line is still open.
CAN_WAIT = frozenset({Reason.FULL, Reason.NEXT_IN_LINE})


class Refused(Conflict):
    """A shift cannot be taken; ``reason`` says why, ``shift_id`` names the one that clashes."""

    def __init__(self, reason: Reason, *, shift_id: int | None = None, name: str = "") -> None:
        super().__init__(WORDS[reason])
        self.reason, self.shift_id, self.name = reason, shift_id, name


@dataclass(frozen=True, slots=True)
class Override:
    """Reasons that a coordinator sets aside, and why. Raises InvalidInput without words or for what nobody may set aside."""

    reasons: frozenset[Reason]
    words: str

    def __post_init__(self) -> None:
        if not self.words.strip():
            raise InvalidInput(_l("Say why the condition is set aside."), "override_words")
        if not self.reasons <= OVERRIDABLE:
            raise InvalidInput(_l("This condition cannot be set aside."), "override")


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts of a volunteer."""

    birth_day: date
    has_account: bool
    consent_on: date | None = None
    briefed_on: date | None = None
    insured_until: date | None = None
    care_approved_on: date | None = None
    suspended: bool = False
    teams: frozenset[int] = frozenset()
    #: For a child without account: whether the guardian comes along.
    with_guardian: bool = False


class Needs(NamedTuple):
    """What a shift on ``day`` asks of its volunteers."""

    day: date
    min_age: int
    guardian_consent: bool
    briefing: bool
    insurance: bool
    care: bool = False
    team_id: int | None = None


def age_on(birth_day: date, day: date) -> int:
    """Full years; somebody born on 29 February has the birthday on 1 March in other years (GB/T and civil practice)."""
    return day.year - birth_day.year - ((day.month, day.day) < (birth_day.month, birth_day.day))


def obstacles(facts: Facts, needs: Needs) -> list[Reason]:
    """Every reason of the person against taking the shift, the gravest first; empty when there is none."""
    age = age_on(facts.birth_day, needs.day)
    child = age < OWN_ACCOUNT_AGE
    checks = (
        (Reason.SUSPENDED, facts.suspended),
        # A child may come along wherever somebody of fourteen may.
        (Reason.TOO_YOUNG, needs.min_age > (OWN_ACCOUNT_AGE if child else age)),
        (Reason.GUARDIAN_MISSING, child and not facts.with_guardian),
        (
            Reason.NO_CONSENT,
            OWN_ACCOUNT_AGE <= age < ADULT and needs.guardian_consent and not _by(facts.consent_on, needs.day),
        ),
        (Reason.NOT_BRIEFED, needs.briefing and not child and not _by(facts.briefed_on, needs.day)),
        (Reason.NOT_INSURED, needs.insurance and (facts.insured_until is None or facts.insured_until < needs.day)),
        (Reason.NOT_APPROVED, needs.care and not _by(facts.care_approved_on, needs.day)),
        (Reason.TEAM_ONLY, needs.team_id is not None and needs.team_id not in facts.teams),
    )
    return [reason for reason, holds in checks if holds]


def _by(on: date | None, day: date) -> bool:
    return on is not None and on <= day


def ensure_eligible(facts: Facts, needs: Needs, *, override: Override | None = None, name: str = "") -> None:
    """Raise Refused for the gravest reason that is not set aside; ``name`` tells of whom in a party."""
    aside: Collection[Reason] = override.reasons if override else ()
    for reason in obstacles(facts, needs):
        if reason not in aside:
            raise Refused(reason, name=name)
