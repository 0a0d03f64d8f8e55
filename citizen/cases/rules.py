"""The machine of a case: states, the one table of transitions, and the guards that need no database.

The same table draws the buttons, guards the door (`citizen.cases.services.door`) and feeds the property test that walks it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput, MissingVersion


class CaseState(StrEnum):
    """Where a case stands; publication and photos are other machines."""

    SUBMITTED = "submitted"
    NEED_INFO = "need_info"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    SUSPENDED = "suspended"
    TO_VERIFY = "to_verify"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"


class Resolution(StrEnum):
    """How a case ended; only the first two may be called solved."""

    FIXED = "fixed"
    SELF_RESOLVED = "self_resolved"
    NOT_FOUND = "not_found"
    CANNOT_FIX = "cannot_fix"
    EDUCATED = "educated"


class Actor(StrEnum):
    """Who may make a transition."""

    REPORTER = "reporter"
    MODERATOR = "moderator"
    CLERK = "clerk"
    WORKER = "worker"
    VERIFIER = "verifier"
    LEADER = "leader"
    HEAD = "head"
    SYSTEM = "system"


S, A = CaseState, Actor
SOLVED = frozenset({Resolution.FIXED, Resolution.SELF_RESOLVED})
OPEN = frozenset({S.SUBMITTED, S.NEED_INFO, S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS, S.SUSPENDED, S.TO_VERIFY})
#: No clock of ours runs in these.
PAUSED = frozenset({S.NEED_INFO, S.SUSPENDED})

ANSWER_WITHIN = timedelta(days=5)
OBJECT_WITHIN_WORKING_DAYS = 5
REVIVE_WITHIN = timedelta(days=15)
DISPUTE_WITHIN = timedelta(days=15)
UNMERGE_WITHIN = timedelta(days=30)
INTAKE_WORKING_DAYS = 1
VERIFY_WORKING_DAYS = 1
SIGN_WITHIN_WORKING_MINUTES = 120
LEASE = timedelta(minutes=10)
#: What is marked "at once" is looked at within this time, by night and on holidays too.
EMERGENCY_INTAKE = timedelta(minutes=30)
#: Another case within this distance and time, of the same group, may be the same problem …
NEAR_METRES = 250
NEAR_WITHIN = timedelta(days=30)
#: … and this near and of the same category it very likely is.
STRONG_METRES = 50
#: Rework of this number goes to the leader.
REWORK_ALARM = 3


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: ``name`` is its verb in code, addresses and events."""

    number: int
    name: str
    sources: frozenset[CaseState]
    #: None where the target depends on the case's past (unmerge).
    target: CaseState | None
    actors: frozenset[Actor]


def _row(number: int, name: str, sources: set[CaseState], *, to: CaseState | None, by: set[Actor]) -> Transition:
    return Transition(number, name, frozenset(sources), to, frozenset(by))


TRANSITIONS: dict[str, Transition] = {
    row.name: row
    for row in (
        _row(2, "ask", {S.SUBMITTED}, to=S.NEED_INFO, by={A.MODERATOR}),
        _row(3, "answer", {S.NEED_INFO}, to=S.SUBMITTED, by={A.REPORTER}),
        _row(4, "give_up", {S.NEED_INFO}, to=S.REJECTED, by={A.SYSTEM, A.MODERATOR}),
        _row(5, "accept", {S.SUBMITTED}, to=S.ACCEPTED, by={A.MODERATOR}),
        _row(6, "reject", {S.SUBMITTED}, to=S.REJECTED, by={A.MODERATOR}),
        _row(7, "revive", {S.REJECTED}, to=S.SUBMITTED, by={A.LEADER, A.REPORTER}),
        _row(
            8,
            "merge",
            {S.SUBMITTED, S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS},
            to=S.MERGED,
            by={A.MODERATOR, A.LEADER},
        ),
        _row(9, "unmerge", {S.MERGED}, to=None, by={A.LEADER}),
        _row(10, "refer", {S.SUBMITTED, S.ACCEPTED}, to=S.REFERRED, by={A.MODERATOR}),
        _row(11, "withdraw", {S.SUBMITTED, S.NEED_INFO, S.ACCEPTED}, to=S.WITHDRAWN, by={A.REPORTER}),
        _row(12, "dispatch", {S.ACCEPTED}, to=S.DISPATCHED, by={A.MODERATOR, A.SYSTEM}),
        _row(13, "sign", {S.DISPATCHED}, to=S.IN_PROGRESS, by={A.CLERK, A.WORKER, A.SYSTEM}),
        _row(14, "return", {S.DISPATCHED, S.IN_PROGRESS}, to=S.ACCEPTED, by={A.LEADER}),
        _row(16, "suspend", {S.IN_PROGRESS}, to=S.SUSPENDED, by={A.HEAD}),
        _row(17, "resume", {S.SUSPENDED}, to=S.IN_PROGRESS, by={A.CLERK, A.LEADER, A.SYSTEM}),
        _row(18, "finish", {S.IN_PROGRESS}, to=S.TO_VERIFY, by={A.CLERK, A.WORKER}),
        _row(19, "close", {S.TO_VERIFY}, to=S.CLOSED, by={A.VERIFIER}),
        _row(20, "rework", {S.TO_VERIFY}, to=S.IN_PROGRESS, by={A.VERIFIER}),
        _row(21, "confirm_close", {S.TO_VERIFY}, to=S.CLOSED, by={A.SYSTEM}),
        _row(22, "reopen", {S.CLOSED}, to=S.IN_PROGRESS, by={A.LEADER, A.HEAD}),
        _row(23, "correct_end", {S.CLOSED, S.REJECTED, S.REFERRED}, to=S.SUBMITTED, by={A.HEAD}),
    )
}


def ensure_transition(name: str, state: CaseState, actor: Actor) -> Transition:
    """The row for ``name`` when ``actor`` may make it from ``state``; raises Conflict otherwise."""
    row = TRANSITIONS.get(name)
    if row is None or state not in row.sources or actor not in row.actors:
        raise Conflict(_l("This step is not possible any more: the case has moved on."))
    return row


def possible(state: CaseState, actor: Actor) -> list[str]:
    """The verbs that ``actor`` has for a case in ``state``, in the order of the table."""
    return [row.name for row in TRANSITIONS.values() if state in row.sources and actor in row.actors]


def ensure_version(sent: object, current: int) -> None:
    """Raise MissingVersion when a decision carries none, Conflict when the case changed since its author looked."""
    text = str(sent or "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise MissingVersion(_l("This page is incomplete. Please load it again; what you typed is below."))
    if int(text) != current:
        raise Conflict(_l("Somebody changed this case while you were working on it."))


def rework_deadline(now: datetime, old_deadline: datetime, half_limit_from_now: datetime) -> datetime:
    """The new deadline after failed verification: the later of what was left and half the limit from now."""
    return max(now, old_deadline, half_limit_from_now)


def ensure_independent(verifier: tuple[int, str | None], *, fixer_unit: str | None, reporters: frozenset[int]) -> None:
    """Raise Conflict unless the verifier (person id, unit) is of another unit than the fixer and reported none of it."""
    person_id, unit = verifier
    if unit is None or unit == fixer_unit or person_id in reporters:
        raise Conflict(_l("A fix is verified by somebody of another unit who did not report it."))


def ensure_resolution(resolution: str, *, has_after_photo: bool, reason: str) -> Resolution:
    """The resolution a unit may claim: a fix needs an after-photo, anything unsolved a reason."""
    try:
        found = Resolution(resolution)
    except ValueError as error:
        raise InvalidInput(_l("Choose what the result is"), "resolution") from error
    if found is Resolution.FIXED and not has_after_photo:
        raise InvalidInput(_l("Take a photo of the place after the repair"), "photos")
    if found not in SOLVED and len(reason.strip()) < 2:
        raise InvalidInput(_l("Say why it cannot be fixed; the reporter will read it"), "note")
    return found


@dataclass(frozen=True, slots=True)
class Hint:
    """A stretch of a text, from ``start`` up to ``end``, that may name or reach a person."""

    start: int
    end: int
    #: phone, identity or plate.
    kind: str


#: Every alternative is bounded and starts at a place where no digit or letter went before: linear time.
_HINTS = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"(?P<identity>[1-9][0-9]{5}(?:18|19|20)[0-9]{2}[0-9]{2}[0-9]{2}[0-9]{3}[0-9Xx])"
    r"|(?P<phone>(?:\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}|0[0-9]{2,3}[- ]?[0-9]{5,8})"
    r")(?![0-9A-Za-z])"
    r"|(?P<plate>[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·• ]?[A-HJ-NP-Z0-9]{5,6})"
    r"(?![0-9A-Za-z])"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B))}


def find_hints(words: str) -> list[Hint]:
    """Where ``words`` seem to hold a phone, identity or plate number, in order and without overlaps.

    Full-width digits count as digits; positions are those of ``words`` itself.
    """
    found = _HINTS.finditer(words.translate(_FULL_WIDTH))
    return [Hint(match.start(), match.end(), match.lastgroup or "") for match in found]
