"""Bookings as the services would have made them: the same table of transitions, the same counters, one event for each step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from citizen.demo.ledger import Ledger
from citizen.demo.volunteering.people import Helper
from citizen.volunteers.rules.booking import HOLDING, SYSTEM, Actor, BookingState, By, ensure_transition

Row = dict[str, Any]


def span_of(shift: Row) -> tuple[datetime, datetime]:
    """When a shift is."""
    return shift["starts_at"], shift["ends_at"]


def by_volunteer(helper: Helper) -> By:
    """The volunteer acting, or the guardian for a child."""
    return By(helper.account, Actor.VOLUNTEER)


class Roster:
    """Writes bookings and their events; what `citizen.volunteers.services.places` is to the site."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        #: Shift → its bookings with their volunteers, in the order in which they were made.
        self.of: dict[int, list[tuple[Row, Helper]]] = {}

    def open(self, shift: Row, helper: Helper, name: str, *, at: datetime, numbered: bool = True, **more: Any) -> Row:
        """A booking born by the transition ``name``; a waiting one has its number unless a draw will give it."""
        target = ensure_transition(name, None, Actor.VOLUNTEER).target
        waiting = target is BookingState.WAITING
        id_ = self.ledger.new_id("bookings")
        row: Row = {
            "id": id_,
            "shift_id": shift["id"],
            "volunteer_id": helper.id,
            "party_id": None,
            "state": target.value,
            "wait_no": None,
            "offered_until": None,
            "key": f"demo:{id_}",
            "override": "",
            "ask_again": False,
            "weight": 1,
            "created_at": at,
            "changed_at": at,
            **more,
        }
        if waiting and numbered:
            self.give_number(shift, row)
        self.ledger.add("bookings", row)
        self.of.setdefault(shift["id"], []).append((row, helper))
        if target in HOLDING:
            helper.bind(span_of(shift))
        self._count(shift, None, target)
        self._event(row, name, source=None, at=at, by=by_volunteer(helper))
        return row

    def give_number(self, shift: Row, booking: Row) -> None:
        """Put a booking at the end of the line."""
        booking["wait_no"], shift["next_wait_no"] = shift["next_wait_no"], shift["next_wait_no"] + 1

    def move(self, booking: Row, shift: Row, name: str, *, at: datetime, by: By = SYSTEM, reason: str = "") -> None:
        """Make the transition ``name``; raises Conflict when the table forbids it."""
        source = BookingState(booking["state"])
        target = ensure_transition(name, source, by.actor).target
        booking["state"], booking["changed_at"] = target.value, at
        booking["offered_until"], booking["ask_again"] = None, False
        self._count(shift, source, target)
        self._event(booking, name, source=source, at=at, by=by, reason=reason)

    def note(self, booking: Row, name: str, *, at: datetime, by: By, reason: str) -> None:
        """Write down something that changes no state."""
        self._event(booking, name, source=BookingState(booking["state"]), at=at, by=by, reason=reason)

    def _count(self, shift: Row, source: BookingState | None, target: BookingState) -> None:
        shift["taken"] += (target in HOLDING) - (source in HOLDING)
        shift["waiting"] += (target is BookingState.WAITING) - (source is BookingState.WAITING)
        shift["version"] += 1

    def _event(
        self, booking: Row, name: str, *, source: BookingState | None, at: datetime, by: By, reason: str = ""
    ) -> None:
        row = {
            "id": self.ledger.new_id("booking_events"),
            "booking_id": booking["id"],
            "name": name,
            "from_state": source.value if source is not None else None,
            "to_state": booking["state"],
            "actor_id": by.person_id,
            "actor_role": by.actor.value,
            "reason": reason,
            "at": at,
        }
        self.ledger.add("booking_events", row)
