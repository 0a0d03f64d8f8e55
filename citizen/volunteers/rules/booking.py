"""The machine of a booking: states, the one table of transitions, and the times that go with them.

The same table draws the buttons, guards the door (`citizen.volunteers.services.places.move`) and feeds the property test.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict


class BookingState(StrEnum):
    """Where a booking stands."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    CANCELLED_BY_ORGANISER = "cancelled_by_organiser"
    ATTENDED = "attended"
    LEFT_EARLY = "left_early"
    NO_SHOW = "no_show"
    EXCUSED = "excused"


class Actor(StrEnum):
    """In which capacity somebody acts."""

    VOLUNTEER = "volunteer"
    LEAD = "lead"
    COORDINATOR = "coordinator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: a person's id (None for the system) and the capacity."""

    person_id: int | None
    actor: Actor

    @property
    def pair(self) -> tuple[int | None, str]:
        """What an event stores."""
        return (self.person_id, self.actor.value)


SYSTEM = By(None, Actor.SYSTEM)

S, A = BookingState, Actor
#: These hold a place: their number is the shift's ``taken``.
HOLDING = frozenset({S.CONFIRMED, S.OFFERED, S.ATTENDED, S.LEFT_EARLY})
#: One person has at most one of these at a shift.
ACTIVE = HOLDING | {S.WAITING}
#: The person was there.
PRESENT = frozenset({S.ATTENDED, S.LEFT_EARLY})
_STAFF = frozenset({A.LEAD, A.COORDINATOR})


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: ``name`` is its verb in code and events; no source means that a booking is born."""

    name: str
    sources: frozenset[BookingState]
    target: BookingState
    actors: frozenset[Actor]

    def places(self, source: BookingState | None) -> int:
        """How many places it takes (1), frees (-1) or leaves alone (0)."""
        return (self.target in HOLDING) - (source in HOLDING)


def _row(name: str, sources: set[BookingState], *, to: BookingState, by: set[Actor] | frozenset[Actor]) -> Transition:
    return Transition(name, frozenset(sources), to, frozenset(by))


TRANSITIONS: dict[str, Transition] = {
    row.name: row
    for row in (
        _row("book", set(), to=S.CONFIRMED, by={A.VOLUNTEER, A.LEAD, A.COORDINATOR}),
        _row("wait", set(), to=S.WAITING, by={A.VOLUNTEER, A.COORDINATOR}),
        _row("offer", {S.WAITING}, to=S.OFFERED, by={A.SYSTEM}),
        _row("win", {S.WAITING}, to=S.CONFIRMED, by={A.SYSTEM}),
        _row("accept", {S.OFFERED}, to=S.CONFIRMED, by={A.VOLUNTEER, A.COORDINATOR}),
        _row("decline", {S.OFFERED}, to=S.DECLINED, by={A.VOLUNTEER, A.COORDINATOR}),
        _row("expire", {S.OFFERED, S.WAITING}, to=S.EXPIRED, by={A.SYSTEM}),
        _row("cancel", {S.CONFIRMED, S.WAITING}, to=S.CANCELLED, by={A.VOLUNTEER, A.COORDINATOR}),
        _row(
            "call_off",
            {S.CONFIRMED, S.WAITING, S.OFFERED},
            to=S.CANCELLED_BY_ORGANISER,
            by={A.COORDINATOR, A.SYSTEM},
        ),
        _row("sign_in", {S.CONFIRMED}, to=S.ATTENDED, by={A.VOLUNTEER, A.LEAD, A.COORDINATOR}),
        _row("leave_early", {S.ATTENDED}, to=S.LEFT_EARLY, by=_STAFF),
        _row("miss", {S.CONFIRMED}, to=S.NO_SHOW, by=_STAFF | {A.SYSTEM}),
        _row("excuse", {S.CONFIRMED, S.NO_SHOW}, to=S.EXCUSED, by=_STAFF),
        _row("come_late", {S.NO_SHOW, S.EXCUSED}, to=S.ATTENDED, by=_STAFF),
        # The shift was moved onto something else that the person does: the place is kept while they are asked.
        _row("question", {S.CONFIRMED}, to=S.OFFERED, by={A.COORDINATOR}),
        _row("undo_sign_in", {S.ATTENDED, S.LEFT_EARLY}, to=S.CONFIRMED, by=_STAFF),
    )
}

#: An offer is open for a quarter of the time that is left, within these bounds, and never beyond the start.
OFFER_SHORTEST = timedelta(minutes=15)
OFFER_LONGEST = timedelta(hours=24)


def offer_ends(now: datetime, starts_at: datetime) -> datetime:
    """Until when a place offered ``now`` is kept."""
    quarter = (starts_at - now) / 4
    return min(now + min(max(quarter, OFFER_SHORTEST), OFFER_LONGEST), starts_at)


def ensure_transition(name: str, source: BookingState | None, actor: Actor) -> Transition:
    """The row called ``name``; raises Conflict when it does not lead from ``source`` or ``actor`` may not make it."""
    row = TRANSITIONS[name]
    if (source is None) != (not row.sources) or (source is not None and source not in row.sources):
        raise Conflict(_l("The booking has changed in the meantime. Please look at it again."))
    if actor not in row.actors:
        raise Conflict(_l("This step is not yours to take."))
    return row


def steps_from(source: BookingState, actor: Actor) -> list[str]:
    """The transitions that ``actor`` could make from ``source``, in the table's order."""
    return [row.name for row in TRANSITIONS.values() if source in row.sources and actor in row.actors]
