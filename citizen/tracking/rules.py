"""What the sender of a report may do with it at a given moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from citizen.cases.rules import DISPUTE_WITHIN, OPEN, REVIVE_WITHIN, TRANSITIONS, CaseState

#: Failed look-ups, for one visitor and for one number.
TRIES_PER_VISITOR, TRIES_PER_NUMBER = "10/hour", "20/hour"
ACTIONS_PER_HOUR = "30/hour"
JOINS_PER_HOUR = "30/hour"
#: How long number and code open a report on one device, and how many of them at a time.
OPEN_FOR = timedelta(hours=24)
MOST_OPEN = 20

MAX_PHOTOS = 3
MAX_WORDS = 2_000

#: Refusals for want of facts: more facts bring the report back, once.
REVIVABLE = frozenset({"no_reply", "not_enough_facts"})
#: So many people besides the first reporter must have seen that it is fixed.
CONFIRMING = 3
CONFIRMABLE = frozenset(
    {
        CaseState.ACCEPTED,
        CaseState.DISPATCHED,
        CaseState.IN_PROGRESS,
        CaseState.SUSPENDED,
        CaseState.TO_VERIFY,
    }
)
#: Everything a sender may do, in the order of the buttons.
VERBS = ("answer", "add", "confirm", "revive", "object", "dispute", "withdraw")


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides the sender's rights: the case's state and moments, and what the sender did before."""

    state: CaseState
    reason_code: str | None = None
    rejected_at: datetime | None = None
    closed_at: datetime | None = None
    #: The end of the last day to object to a refusal.
    object_until: datetime | None = None
    revived: bool = False
    #: Whether this sender has objected to the present refusal, or to the present result.
    objected: bool = False
    disputed: bool = False
    #: Whether this sender said that it is fixed since the unit last handed in.
    confirmed: bool = False
    #: Whether this sender took the report back while others keep the case going.
    taken_back: bool = False


def possible(standing: Standing, now: datetime) -> list[str]:
    """The verbs that the sender has at ``now``, in the order of `VERBS`."""
    if standing.taken_back:
        return []
    state = standing.state
    rights = {
        "answer": state in TRANSITIONS["answer"].sources,
        "add": state in OPEN and state != CaseState.NEED_INFO,
        "confirm": state in CONFIRMABLE and not standing.confirmed,
        "revive": _may_revive(standing, now),
        "object": state == CaseState.REJECTED and not standing.objected and _before(now, standing.object_until),
        "dispute": state == CaseState.CLOSED and not standing.disputed and _before(now, dispute_until(standing)),
        "withdraw": state in TRANSITIONS["withdraw"].sources,
    }
    return [verb for verb in VERBS if rights[verb]]


def _may_revive(standing: Standing, now: datetime) -> bool:
    if standing.state != CaseState.REJECTED or standing.revived or standing.reason_code not in REVIVABLE:
        return False
    return _before(now, standing.rejected_at + REVIVE_WITHIN if standing.rejected_at else None)


def dispute_until(standing: Standing) -> datetime | None:
    """Until when a result may be disputed."""
    return standing.closed_at + DISPUTE_WITHIN if standing.closed_at else None


def _before(now: datetime, end: datetime | None) -> bool:
    return end is not None and now <= end


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as people say it: days and hours, or hours and minutes; never negative."""

    days: int
    hours: int
    minutes: int


def span(start: datetime, end: datetime) -> Span:
    """The time from ``start`` to ``end`` in whole minutes; nothing when ``end`` is not later."""
    minutes = max(0, int((end - start).total_seconds() // 60))
    return Span(minutes // 1440, minutes % 1440 // 60, minutes % 60)
