"""The machine of an attempt, its clock, and how an answer is judged; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput
from citizen.quizzes.rules.questions import Kind

#: An attempt without a limit is handed in by itself after this time.
LONGEST = timedelta(days=30)
#: A longer pause says nothing of the question.
LONGEST_SECONDS = 600
#: A limit may be lengthened once to this many times itself, as WCAG 2.2.1 asks for.
EXTENSION = 10
#: So long before the end of a limit the page says so.
WARNING = timedelta(minutes=5)
#: Attempts without an account are deleted so long after they ended.
KEEP_ANONYMOUS = timedelta(days=180)
#: With fewer results than these an average says little and may give away somebody's own.
FEWEST_COMPARED = 10
#: Beginnings from one network address without an account; a whole hall of phones may share one.
STARTS = "1000/hour"


class AttemptState(StrEnum):
    """Where an attempt stands."""

    OPEN = "open"
    #: Handed in by its taker.
    SUBMITTED = "submitted"
    #: Handed in by the clock with the answers it had.
    EXPIRED = "expired"
    #: Set aside by the office; counts for nothing.
    VOID = "void"


S = AttemptState
#: Verb → (from, to). Nothing leads back to open.
TRANSITIONS: dict[str, tuple[frozenset[AttemptState], AttemptState]] = {
    "hand_in": (frozenset({S.OPEN}), S.SUBMITTED),
    "expire": (frozenset({S.OPEN}), S.EXPIRED),
    "set_aside": (frozenset({S.SUBMITTED, S.EXPIRED}), S.VOID),
}
#: These have a result.
MARKED = frozenset({S.SUBMITTED, S.EXPIRED})


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes a quiz: an account, or a visitor's session."""

    key: str
    person_id: int | None
    #: See `models.attempt.Attempt.device`.
    device: str = ""
    #: Keys of the others that the same session stands for: the account, and the visitor that it was before it signed in.
    also: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key under which the attempts of this session may stand, the taker's own first."""
        return (self.key, *self.also)


def key_of(person_id: int) -> str:
    """The key under which the attempts of an account stand."""
    return f"p{person_id}"


@dataclass(frozen=True, slots=True)
class Times:
    """When an attempt's limit ends, and when it is handed in by itself."""

    limit_at: datetime | None
    ends_at: datetime


def times(started_at: datetime, *, limit: timedelta | None, grace: timedelta, closes_at: datetime | None) -> Times:
    """The clock of an attempt: the limit counts from the start, the quiz's closing bounds both, grace comes on top.

    An answer that was sent in time may arrive late: ``grace`` is what the network is forgiven.
    """
    limit_at = started_at + limit if limit is not None else None
    if closes_at is not None:
        limit_at = min(limit_at, closes_at) if limit_at is not None else None
    last = limit_at or closes_at
    return Times(limit_at, last + grace if last is not None else started_at + LONGEST)


def extended(started_at: datetime, limit: timedelta, *, grace: timedelta, closes_at: datetime | None) -> Times:
    """The clock after the one extension: ten times the limit from the start, still bounded by the closing."""
    return times(started_at, limit=limit * EXTENSION, grace=grace, closes_at=closes_at)


def ensure_transition(name: str, state: str) -> AttemptState:
    """The state that ``name`` leads to; raises Conflict when the attempt stands elsewhere."""
    sources, target = TRANSITIONS[name]
    if state not in sources:
        raise Conflict(_l("This attempt has been handed in already."))
    return target


def ensure_takes_answers(state: str, ends_at: datetime, *, arrived: datetime) -> None:
    """Raise Conflict unless an answer that arrived at ``arrived`` still counts; the last moment does."""
    if state != S.OPEN:
        raise Conflict(_l("This attempt has been handed in already."))
    if arrived > ends_at:
        raise Conflict(_l("The time is over. What you had answered was handed in."))


def ensure_answer(kind: str, chosen: Collection[str], *, offered: Collection[str]) -> list[str]:
    """The chosen ids, sorted, each once; raises InvalidInput for ids that were not offered or for too many of them."""
    found = sorted(set(chosen))
    if not set(found) <= set(offered):
        raise InvalidInput(_l("Choose one of the answers on this page"), "choice")
    if kind != Kind.MULTIPLE and len(found) > 1:
        raise InvalidInput(_l("Choose only one answer"), "choice")
    return found


def seconds_spent(since: datetime, arrived: datetime) -> int:
    """Whole seconds for one answer, at least 0 and at most `LONGEST_SECONDS`."""
    return max(0, min(LONGEST_SECONDS, int((arrived - since).total_seconds())))


def is_right(kind: str, chosen: Collection[str] | None, *, key: Collection[str]) -> bool | None:
    """Whether an answer is right; None for a question that counts for nobody (its key was corrected to nothing).

    A single choice is right with any option of the key (a correction may allow two), a multiple choice only with
    exactly the key.
    """
    if not key:
        return None
    found = set(chosen or ())
    if kind == Kind.MULTIPLE:
        return found == set(key)
    return len(found) == 1 and found <= set(key)


@dataclass(frozen=True, slots=True)
class Mark:
    """What came of an attempt."""

    score: int
    #: Questions that count.
    counted: int
    #: None where nobody passes or fails.
    passed: bool | None


def mark(results: Iterable[bool | None], *, pass_mark: int | None, size: int) -> Mark:
    """Count right answers. A question that counts for nobody lowers the pass mark in proportion, rounded up."""
    counted = [result for result in results if result is not None]
    score = sum(counted)
    if pass_mark is None:
        return Mark(score, len(counted), None)
    passed = score >= needed(pass_mark, counted=len(counted), size=size) and len(counted) > 0
    return Mark(score, len(counted), passed)


def needed(pass_mark: int, *, counted: int, size: int) -> int:
    """Right answers needed to pass when only ``counted`` of ``size`` questions count."""
    return -(-pass_mark * counted // size) if size else 0


def ran_out(state: str, *, submitted_at: datetime | None, limit_at: datetime | None) -> bool:
    """Whether the clock ended an attempt: it expired, or a page handed it in because its limit was over."""
    if state == S.EXPIRED:
        return True
    return submitted_at is not None and limit_at is not None and submitted_at >= limit_at
