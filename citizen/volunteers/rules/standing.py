"""How somebody stands to a shift: in it already, able to take it, or not, and why.

The same reasons in the same order as when booking (`citizen.volunteers.services.booking.book`), so that a list greys exactly
what booking would refuse. Only a race can still make a difference; the lock decides then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from citizen.volunteers.rules.booking import HOLDING, BookingState
from citizen.volunteers.rules.eligibility import CAN_WAIT, Facts, Needs, Reason, obstacles
from citizen.volunteers.rules.shifts import BOOKING_OPENS, ShiftStatus, overlap


class Slot(NamedTuple):
    """What counts of a shift. ``drawing``: its places are still to be drawn, so nobody finds it full."""

    id: int
    starts_at: datetime
    ends_at: datetime
    status: str
    free: int
    drawing: bool
    needs: Needs


@dataclass(frozen=True, slots=True)
class Held:
    """An active booking of a person, with what its shift is called; the place of a home visit is its kind's name."""

    booking_id: int
    shift_id: int
    state: BookingState
    starts_at: datetime
    ends_at: datetime
    #: Whether the shift takes place.
    open: bool
    ask_again: bool
    offered_until: datetime | None
    #: Number in the line, from 1; none for those who do not wait or wait for a draw.
    rank: int | None
    place_hans: str
    place_hant: str
    place_en: str

    @property
    def binds(self) -> bool:
        """Whether nothing else can be taken at its time; a place kept while its holder is asked again does not bind."""
        return self.open and self.state in HOLDING and not (self.state == BookingState.OFFERED and self.ask_again)


class Standing(NamedTuple):
    """``reason``: why the shift cannot be booked now, None when it can. ``booking``: the person's own active booking of it
    (the reason is ALREADY_IN then, unless the shift is cancelled or has begun). ``clash``: what it overlaps with.
    """

    reason: Reason | None
    booking: Held | None = None
    clash: Held | None = None

    @property
    def state(self) -> BookingState | None:
        """The state of the own booking."""
        return self.booking.state if self.booking else None

    @property
    def rank(self) -> int | None:
        """The own number in the line, from 1."""
        return self.booking.rank if self.booking else None

    @property
    def can_wait(self) -> bool:
        """Whether the line is open to this person."""
        return self.reason in CAN_WAIT


def standing(slot: Slot, facts: Facts | None, *, held: Iterable[Held], now: datetime) -> Standing:
    """How a person with these facts and active bookings stands to a shift; without facts only the shift itself counts."""
    bookings = list(held)
    own = next((one for one in bookings if one.shift_id == slot.id), None)
    reason = _of_the_shift(slot, now)
    if reason is not None or own is not None:
        return Standing(reason or Reason.ALREADY_IN, booking=own)
    against = obstacles(facts, slot.needs) if facts else _of_strangers(slot.needs)
    if against:
        return Standing(against[0])
    clash = next((one for one in bookings if one.binds and _overlaps(slot, one)), None)
    if clash is not None:
        return Standing(Reason.CLASH, clash=clash)
    return Standing(Reason.FULL if slot.free <= 0 and not slot.drawing else None)


def _of_the_shift(slot: Slot, now: datetime) -> Reason | None:
    if slot.status != ShiftStatus.OPEN:
        return Reason.CANCELLED
    if now >= slot.starts_at:
        return Reason.TOO_LATE
    return Reason.TOO_EARLY if now < slot.starts_at - BOOKING_OPENS else None


def _of_strangers(needs: Needs) -> list[Reason]:
    return [Reason.TEAM_ONLY] if needs.team_id is not None else []


def _overlaps(slot: Slot, other: Held) -> bool:
    return overlap((slot.starts_at, slot.ends_at), (other.starts_at, other.ends_at))
