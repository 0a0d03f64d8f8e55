"""What a visitor of the demonstration should find: a line, an offer, a moved shift, a home visit, a day of one's own."""

from __future__ import annotations

from datetime import timedelta

from citizen.accounts.services.secrets import seal
from citizen.core.clock import local
from citizen.demo.volunteering.booking import Demand
from citizen.demo.volunteering.people import Helper, People
from citizen.demo.volunteering.posts import Posts
from citizen.demo.volunteering.roster import Row, by_volunteer, span_of
from citizen.volunteers.rules.booking import Actor, By, offer_ends

#: Past shifts of the demonstration's volunteer, and how many shifts have a line.
SERVED, LINES = 9, 6
MINUTE = timedelta(minutes=1)


class Scenes:
    """Sets scenes among the shifts that are still free; ``spoken_for`` are those that other scenes use."""

    def __init__(self, demand: Demand, people: People, posts: Posts) -> None:
        self.demand, self.people, self.posts = demand, people, posts
        self.now, self.today = demand.ground.now, demand.ground.today
        self.spoken_for: set[int] = set()

    def fitting(self, first: int, last: int) -> list[Row]:
        """Ordinary shifts from ``first`` to ``last`` days from today that the star may take, by start."""
        days = (self.today + timedelta(days=first), self.today + timedelta(days=last))
        found = [row for row in self.posts.shifts if days[0] <= local(row["starts_at"]).date() <= days[1]]
        return sorted(filter(self._fits, found), key=lambda row: (row["starts_at"], row["id"]))

    def _fits(self, row: Row) -> bool:
        ordinary = row["team_id"] is None and row["draw_at"] is None and row["taken"] == 0
        if row["id"] in self.spoken_for or not ordinary:
            return False
        return self.demand.may(self.people.star, row, self.posts.places[row["post_id"]])

    def _take(self, rows: list[Row]) -> Row:
        """The first of the rows, not to be used again; raises LookupError when there is none."""
        if not rows:
            raise LookupError("the county has too few shifts for the demonstration's scenes")
        self.spoken_for.add(rows[0]["id"])
        return rows[0]

    def served(self) -> list[Row]:
        """Shifts of the past two months in which the star served."""
        found = []
        for number in range(SERVED):
            first = -57 + number * 6
            row = self._take(self.fitting(first, first + 5))
            self._fill(row, must=[self.people.star])
            found.append(row)
        return found

    def tomorrow(self) -> Row:
        """The star's shift of tomorrow."""
        row = self._take(self.fitting(1, 1) or self.fitting(1, 3))
        self._fill(row, must=[self.people.star])
        return row

    def _fill(self, row: Row, *, must: list[Helper], wanted: int | None = None) -> None:
        place = self.posts.places[row["post_id"]]
        self.demand.fill(row, place, wanted or row["capacity"], pool=self.people.grown, must=must)

    def lines(self) -> list[Row]:
        """Full shifts with people waiting; in the first the star waits, in the second a place is offered to the star."""
        rows: list[Row] = []
        while len(rows) < LINES:
            row = self._take([row for row in self.fitting(5, 14) if row["capacity"] <= 4])
            self._fill(row, must=[])
            if row["taken"] == row["capacity"]:
                rows.append(row)
        self._queue(rows[0], [*self._waiters(rows[0], 1), self.people.star, *self._waiters(rows[0], 3)[1:]])
        self._offer(rows[1])
        for row in rows[2:]:
            self._queue(row, self._waiters(row, 1 + row["id"] % 3))
        return rows

    def _waiters(self, row: Row, number: int) -> list[Helper]:
        inside = {helper.id for _booking, helper in self.demand.roster.of.get(row["id"], ())}
        place = self.posts.places[row["post_id"]]
        crowd = self.demand.round(self.people.grown, row["id"] + 1)
        return [helper for helper in crowd if helper.id not in inside and self.demand.may(helper, row, place)][:number]

    def _queue(self, row: Row, people: list[Helper]) -> list[Row]:
        """Let people join the line one after another, after the last place went."""
        last = max(booking["created_at"] for booking, _helper in self.demand.roster.of[row["id"]])
        step = (self.now - 40 * MINUTE - last) / (len(people) + 1)
        at = [(last + step * (n + 1)).replace(microsecond=0) for n in range(len(people))]
        return [
            self.demand.roster.open(row, helper, "wait", at=moment) for helper, moment in zip(people, at, strict=True)
        ]

    def _offer(self, row: Row) -> None:
        """Somebody cannot come, twenty minutes ago: the place is kept for the star, who waited first."""
        at, roster = self.now - 20 * MINUTE, self.demand.roster
        first = self._queue(row, [self.people.star, *self._waiters(row, 1)])[0]
        booking, helper = next(pair for pair in roster.of[row["id"]] if pair[0]["party_id"] is None)
        roster.move(booking, row, "cancel", at=at, by=by_volunteer(helper))
        helper.let_go(span_of(row))
        roster.move(first, row, "offer", at=at)
        first["offered_until"] = offer_ends(at, row["starts_at"])
        self.people.star.bind(span_of(row))

    def moved(self) -> Row:
        """A shift that was put off by two hours yesterday; those who had booked stay and are asked."""
        at, by = self.now - timedelta(hours=22), By(self.demand.ground.staff.coordinators[0], Actor.COORDINATOR)
        rows = [row for row in self.fitting(4, 12) if row["capacity"] > 2]
        row = self._take([row for row in rows if local(row["starts_at"]).hour in range(7, 16)])
        moments = self.demand.moments(row, 2, until=at - timedelta(hours=1))
        was = span_of(row)
        new = (was[0] + timedelta(hours=2), was[1] + timedelta(hours=2))
        free = [helper for helper in self._waiters(row, 40) if helper.is_free(new)][: len(moments)]
        booked = [self.demand.roster.open(row, helper, "book", at=on) for helper, on in zip(free, moments, strict=True)]
        row |= {"starts_at": new[0], "ends_at": new[1], "version": row["version"] + 1}
        for booking, helper in zip(booked, free, strict=True):
            helper.let_go(was)
            helper.bind(new)
            booking["ask_again"] = True
            self.demand.roster.note(booking, "ask_again", at=at, by=by, reason="moved")
        spans = {"from": [m.isoformat() for m in was], "to": [m.isoformat() for m in new]}
        detail: dict[str, object] = {
            **spans,
            "kept": [row["id"] for row in booked],
            "asked": {},
            "offered": [],
            "waiting": [],
        }
        self._record(int(at.timestamp()), "shift.moved", row, detail)
        return row

    def _record(self, at: int, action: str, row: Row, detail: dict[str, object]) -> None:
        actor = (self.demand.ground.staff.coordinators[0], "coordinator")
        self.demand.ledger.note(at, action, of=("shift", row["id"]), actor=actor, detail=detail)

    def visits(self, rows: list[Row]) -> None:
        """Home visits go in pairs; the next two have their address written down, sealed."""
        coming = [row for row in rows if row["starts_at"] > self.now]
        for number, row in enumerate(coming[:2]):
            row["care_address"] = seal(self.demand.ground.words["care"]["address"])
            row["version"] += 1
            at = int((self.now - timedelta(hours=30 - number)).timestamp())
            self._record(at, "shift.address_set", row, {"set": True})
