"""Who books which shift: people who may, who are free, and who come in the order of a day's chance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import gcd

from citizen.demo.chance import u
from citizen.demo.ledger import Ledger
from citizen.demo.volunteering.ground import Ground
from citizen.demo.volunteering.people import Helper
from citizen.demo.volunteering.posts import Place
from citizen.demo.volunteering.roster import Roster, Row, span_of
from citizen.volunteers.rules.eligibility import obstacles
from citizen.volunteers.rules.shifts import BOOKING_OPENS

#: Nobody books later than this before the start.
LATEST = timedelta(hours=3)


class Demand:
    """Books volunteers into shifts."""

    def __init__(self, ground: Ground, ledger: Ledger, roster: Roster) -> None:
        self.ground, self.ledger, self.roster = ground, ledger, roster

    def fill(
        self,
        shift: Row,
        place: Place,
        wanted: int,
        *,
        pool: Sequence[Helper],
        must: Sequence[Helper] = (),
        until: datetime | None = None,
    ) -> None:
        """Let ``must`` and then others of ``pool`` book until ``wanted`` places are taken; fewer when nobody else may."""
        people = [*must, *self._willing(shift, place, wanted - len(must), pool=pool, but=must)]
        for at, helper in zip(self.moments(shift, len(people), until=until), people, strict=False):
            children = [child for child in helper.children if child.is_free(span_of(shift))]
            room = wanted - shift["taken"] - 1
            if children and place.kind.min_age <= 14 and room >= len(children):
                self._family(shift, [helper, *children], at)
            elif shift["taken"] < wanted:
                self.roster.open(shift, helper, "book", at=at)

    def moments(self, shift: Row, number: int, *, until: datetime | None = None) -> list[datetime]:
        """When so many people booked, in order: since booking opened, and before now, ``until`` or the last hours."""
        first = shift["starts_at"] - BOOKING_OPENS + timedelta(hours=1)
        last = min(shift["starts_at"] - LATEST, self.ground.now - timedelta(minutes=5), until or self.ground.now)
        if last <= first:
            return []
        shares = sorted(u("booked", shift["id"], n) ** 0.7 for n in range(number))
        return [(first + (last - first) * share).replace(microsecond=0) for share in shares]

    def _willing(
        self, shift: Row, place: Place, number: int, *, pool: Sequence[Helper], but: Sequence[Helper]
    ) -> list[Helper]:
        if not self.moments(shift, 1):
            return []
        found: list[Helper] = []
        for helper in self.round(pool, shift["id"]):
            if len(found) >= number:
                break
            if helper not in but and self.may(helper, shift, place):
                found.append(helper)
        return found

    def round(self, pool: Sequence[Helper], number: int) -> list[Helper]:
        """All of ``pool`` in an order of its own for each shift."""
        size = len(pool)
        step = next(step for step in (7, 11, 13, 17, 19, 23) if gcd(step, size) == 1)
        start = int(u("first", number) * size)
        return [pool[(start + step * n) % size] for n in range(size)]

    def may(self, helper: Helper, shift: Row, place: Place) -> bool:
        """Whether somebody may take the shift and is free then."""
        if not helper.is_free(span_of(shift)):
            return False
        return not obstacles(helper.facts(at=shift["starts_at"]), place.needs(shift))

    def _family(self, shift: Row, family: list[Helper], at: datetime) -> None:
        """A guardian and the children, all or none."""
        party = {
            "id": self.ledger.new_id("parties"),
            "shift_id": shift["id"],
            "leader_id": family[0].id,
            "team_id": None,
            "created_at": at,
        }
        self.ledger.add("parties", party)
        for member in family:
            self.roster.open(shift, member, "book", at=at, party_id=party["id"])
