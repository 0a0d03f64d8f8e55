"""Who may read the address of a home visit, and when: one decision, asked each time it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.shifts import CARE_ADDRESS_BEFORE, CARE_PAIR, ShiftStatus

#: So long after the end of the visit the address is wiped; a cancelled visit's at once.
WIPED_AFTER = timedelta(hours=24)
#: These go: who is only asked or waits is told nothing, and who left early needs nothing any more.
GOING = frozenset({BookingState.CONFIRMED, BookingState.ATTENDED})


class Sight(StrEnum):
    """What somebody finds at the address's page."""

    #: As if the page did not exist.
    HIDDEN = "hidden"
    TOO_EARLY = "too_early"
    #: The second person is missing; nobody visits alone.
    ALONE = "alone"
    #: The coordinator has not written it down yet.
    NOT_SET = "not_set"
    OVER = "over"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class Visit:
    """What counts of a shift: ``going`` is the number of bookings in `GOING`."""

    care: bool
    status: str
    starts_at: datetime
    ends_at: datetime
    going: int
    has_address: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """What counts of whoever asks: the state of the own booking (none without one), and what the coordinator decided.

    ``approved``: may make home visits, or a coordinator set that aside for this booking.
    """

    state: str | None
    suspended: bool
    approved: bool


def sight(visit: Visit, visitor: Visitor, *, now: datetime) -> Sight:
    """What ``visitor`` finds ``now``. The address itself is shown to those who go, in time, as a pair, and to nobody else."""
    if not visit.care or visitor.state not in GOING or visitor.suspended or not visitor.approved:
        return Sight.HIDDEN
    if visit.status != ShiftStatus.OPEN:
        return Sight.HIDDEN
    if now >= visit.ends_at:
        return Sight.OVER
    if now < shown_from(visit.starts_at):
        return Sight.TOO_EARLY
    if visit.going < CARE_PAIR:
        return Sight.ALONE
    return Sight.SHOWN if visit.has_address else Sight.NOT_SET


def shown_from(starts_at: datetime) -> datetime:
    """From when the address is shown."""
    return starts_at - CARE_ADDRESS_BEFORE
