"""Shifts whose places are drawn: people enter, the draw is held in time, who lost waits in the order drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from citizen.demo.chance import u
from citizen.demo.volunteering.booking import Demand
from citizen.demo.volunteering.people import Helper
from citizen.demo.volunteering.posts import Place
from citizen.demo.volunteering.roster import Row, span_of
from citizen.volunteers.rules.booking import SYSTEM
from citizen.volunteers.rules.draw import Entry, chances, order, ticket_of, winners
from citizen.volunteers.rules.patterns import DRAW_BEFORE

RECENT = timedelta(days=90)


class Draws:
    """Plays the drawn shifts of one post, in the order of their days."""

    def __init__(self, demand: Demand) -> None:
        self.demand, self.roster, self.ledger = demand, demand.roster, demand.ledger
        self.now = demand.ground.now

    def play(self, shift: Row, place: Place, *, pool: Sequence[Helper]) -> None:
        """Announce the draw, let people enter, hold it when its time has come, and end the line with the start."""
        self._announce(shift)
        moments = self.demand.moments(
            shift, shift["capacity"] * 2 + int(3 * u("entrants", shift["id"])), until=shift["draw_at"]
        )
        people = [helper for helper in self.demand.round(pool, shift["id"]) if self.demand.may(helper, shift, place)]
        entered = [
            (self._enter(shift, helper, at), helper)
            for at, helper in zip(moments, people[: len(moments)], strict=False)
        ]
        if shift["draw_at"] <= self.now:
            self._draw(shift, entered, place.row["qr_secret"])
        if shift["starts_at"] <= self.now:
            for row, _helper in entered:
                if row["state"] == "waiting":
                    self.roster.move(row, shift, "expire", at=shift["starts_at"], reason="begun")

    def _announce(self, shift: Row) -> None:
        shift["draw_at"] = shift["starts_at"] - DRAW_BEFORE
        shift["draw_seed"] = self.demand.ground.hidden(f"draw:{shift['id']}")[:32]
        shift["version"] += 1
        made = shift["starts_at"] - timedelta(days=42)
        detail = {"draw_at": shift["draw_at"].isoformat(), "seed": shift["draw_seed"]}
        self._record(made, "shift.draw_announced", shift, detail)

    def _record(self, at: datetime, action: str, shift: Row, detail: dict[str, object]) -> None:
        self.ledger.note(
            int(min(at, self.now).timestamp()), action, of=("shift", shift["id"]), actor=SYSTEM.pair, detail=detail
        )

    def _enter(self, shift: Row, helper: Helper, at: datetime) -> Row:
        recent = sum(shift["starts_at"] - RECENT <= start for start in helper.won)
        return self.roster.open(shift, helper, "wait", at=at, numbered=False, weight=chances(recent))

    def _draw(self, shift: Row, entered: list[tuple[Row, Helper]], secret: str) -> None:
        rows = {ticket_of(secret, shift["id"], helper.id): (row, helper) for row, helper in entered}
        entries = [Entry(ticket, row["weight"], 1) for ticket, (row, _helper) in rows.items()]
        ordered = order(shift["draw_seed"], entries)
        lucky = {entry.ticket for entry in winners(ordered, places=shift["capacity"])}
        shift["drawn_at"] = shift["draw_at"]
        for entry in ordered:
            row, helper = rows[entry.ticket]
            if entry.ticket in lucky:
                self.roster.move(row, shift, "win", at=shift["drawn_at"])
                helper.bind(span_of(shift))
                helper.won.append(shift["starts_at"])
            else:
                self.roster.give_number(shift, row)
        detail = {
            "seed": shift["draw_seed"],
            "tickets": [entry.ticket for entry in ordered],
            "places": shift["capacity"],
        }
        self._record(shift["drawn_at"], "shift.drawn", shift, detail)
