"""The order in which the demonstration's volunteering happens; the same every time for the same county and moment."""

from __future__ import annotations

from datetime import timedelta

from citizen.demo.chance import u
from citizen.demo.ledger import Ledger
from citizen.demo.volunteering.booking import Demand
from citizen.demo.volunteering.draws import Draws
from citizen.demo.volunteering.ground import Ground
from citizen.demo.volunteering.hours import Hours
from citizen.demo.volunteering.people import People
from citizen.demo.volunteering.posts import Posts, leads_of
from citizen.demo.volunteering.roster import Roster, Row
from citizen.demo.volunteering.scenes import Scenes
from citizen.demo.volunteering.sections import Sections
from citizen.demo.volunteering.service import Service
from citizen.demo.volunteering.stops import Stops

#: People book for the coming two weeks; later shifts are still empty.
BOOKED_AHEAD = timedelta(days=14)
#: How full shifts are, at least and at most: those that are over, and those to come.
PAST, COMING = (0.45, 1.0), (0.1, 0.75)
#: So long after its end a shift counts as over.
OVER = timedelta(minutes=20)


class Volunteering:
    """Everything that was done until ``ground.now``, written into the ledger."""

    def __init__(self, ground: Ground, ledger: Ledger) -> None:
        self.ground, self.ledger, self.roster = ground, ledger, Roster(ledger)
        self.people = People(ground, ledger)
        self.demand = Demand(ground, ledger, self.roster)
        self.posts = Posts(ground, ledger, leads_of(ground, self.people.grown))
        self.service = Service(ground, ledger, self.roster)

    def tell(self) -> None:
        """From the posts to the certificates."""
        self.posts.usual()
        drawn, visits = self.posts.drawn(), self.posts.care()
        Sections(self.ground, self.ledger, self.posts).add(self.people.teams)
        stops = Stops(self.ground, self.ledger, self.roster)
        stopped = stops.plan(self.posts)
        kept = {row["id"] for row in drawn + visits}
        self._draw([row for row in drawn if not _in(row, stopped)])
        scenes = Scenes(self.demand, self.people, self.posts)
        scenes.spoken_for |= kept | {row["id"] for _stop, rows in stopped for row in rows}
        mine = scenes.served()
        scenes.tomorrow()
        scenes.lines()
        scenes.moved()
        scenes.spoken_for -= {row["id"] for _stop, rows in stopped for row in rows} | {row["id"] for row in visits}
        self._book(scenes.spoken_for, {row["id"]: stop for stop, rows in stopped for row in rows})
        scenes.visits(visits)
        for stop, rows in stopped:
            stops.call(stop, rows)
        self._hold({row["id"] for row in mine})
        Hours(self.ground, self.ledger, self.service.credits).add(self.people.star)

    def _draw(self, rows: list[Row]) -> None:
        draws = Draws(self.demand)
        for row in sorted(rows, key=lambda row: row["starts_at"]):
            draws.play(row, self.posts.places[row["post_id"]], pool=self.people.grown)

    def _book(self, spoken_for: set[int], stopped: dict[int, Row]) -> None:
        """Fill what is left, the past more than the future; nobody books what is stopped already."""
        last = self.ground.now + BOOKED_AHEAD
        for row in sorted(self.posts.shifts, key=lambda row: (row["starts_at"], row["id"])):
            if row["id"] in spoken_for or row["starts_at"] > last:
                continue
            place = self.posts.places[row["post_id"]]
            least, most = PAST if row["starts_at"] <= self.ground.now else COMING
            share = 1.0 if row["care_address"] or place.row["care"] else least + (most - least) * u("full", row["id"])
            team = self.posts.teams.get(row["team_id"] or 0)
            pool = [helper for helper in team.members if helper.guardian is None] if team else self.people.grown
            stop = stopped.get(row["id"])
            self.demand.fill(
                row, place, round(share * row["capacity"]), pool=pool, until=stop["created_at"] if stop else None
            )

    def _hold(self, faithful: set[int]) -> None:
        for row in sorted(self.posts.shifts, key=lambda row: (row["starts_at"], row["id"])):
            if row["status"] == "open" and row["ends_at"] + OVER <= self.ground.now:
                mine = (self.people.star.id,) if row["id"] in faithful else ()
                self.service.hold(row, self.posts.places[row["post_id"]], faithful=mine)


def _in(row: Row, stopped: list[tuple[Row, list[Row]]]) -> bool:
    return any(row["id"] == other["id"] for _stop, rows in stopped for other in rows)
