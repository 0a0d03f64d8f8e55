"""Streets and compounds to adopt, with the teams that have them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from citizen.core.content import to_traditional
from citizen.demo.ledger import Ledger
from citizen.demo.volunteering.ground import Ground
from citizen.demo.volunteering.people import Team
from citizen.demo.volunteering.posts import Place, Posts
from citizen.demo.volunteering.roster import Row
from citizen.volunteers.rules.patterns import Pattern
from citizen.volunteers.rules.shifts import moment_of

KIND = "env_steward"
MINUTES, CAPACITY = 90, 6
#: (from, until) in days from today, by what became of it.
SEASONS = {"running": (-40, 60), "asked": (7, 97), "ended": (-150, -61)}


class Sections:
    """Writes the sections of the county's file and who has them."""

    def __init__(self, ground: Ground, ledger: Ledger, posts: Posts) -> None:
        self.ground, self.ledger, self.posts = ground, ledger, posts

    def add(self, teams: list[Team]) -> None:
        """All sections; a running season has a pattern whose shifts are the team's own."""
        places = [place for place in self.posts.places.values() if place.kind.code == KIND]
        for number, wanted in enumerate(self.ground.words["sections"]):
            place = places[number % len(places)]
            section = self._section(wanted, place)
            if wanted["state"] in SEASONS:
                self._adoption(section, wanted, place=place, team=teams[wanted["team"]])

    def _section(self, wanted: Row, place: Place) -> Row:
        (name, name_en), (extent, extent_en) = wanted["name"], wanted["extent"]
        row: Row = {
            "id": self.ledger.new_id("sections"),
            "kind": wanted["kind"],
            "name_hans": name,
            "name_hant": to_traditional(name),
            "name_en": name_en,
            "extent_hans": extent,
            "extent_hant": to_traditional(extent),
            "extent_en": extent_en,
            "metres": wanted["metres"],
            "post_id": place.row["id"],
            "active": True,
        }
        self.ledger.add("sections", row)
        self._note("section.created", ("section", row["id"]), self._moment(-170), detail={"post": place.row["id"]})
        return row

    def _moment(self, days: int) -> datetime:
        return moment_of(self.ground.today + timedelta(days=days), "10:00").astimezone(self.ground.now.tzinfo)

    def _adoption(self, section: Row, wanted: Row, *, place: Place, team: Team) -> None:
        state = wanted["state"]
        first, last = (self.ground.today + timedelta(days=days) for days in SEASONS[state])
        decided = None if state == "asked" else moment_of(first - timedelta(days=3), "15:00")
        row = {
            "id": self.ledger.new_id("adoptions"),
            "section_id": section["id"],
            "team_id": team.id,
            "state": state,
            "from_day": first,
            "until_day": last,
            "weekday": wanted["weekday"],
            "starts": wanted["starts"],
            "minutes": MINUTES,
            "capacity": CAPACITY,
            "template_id": self._pattern(wanted, place, team, days=(first, last)) if state == "running" else None,
            "decided_by": self.ground.staff.coordinators[0] if decided else None,
            "decided_at": decided.astimezone(self.ground.now.tzinfo) if decided else None,
            "words": self.ground.words["words"]["season"] if state == "ended" else "",
            "created_at": self._moment(-2 if decided is None else (first - self.ground.today).days - 6),
            "version": {"asked": 1, "running": 2, "ended": 3}[state],
        }
        self.ledger.add("adoptions", row)
        self._tell(row, team)

    def _pattern(self, wanted: Row, place: Place, team: Team, *, days: tuple[date, date]) -> int:
        pattern = Pattern((wanted["weekday"],), wanted["starts"], MINUTES, CAPACITY, 2, *days)
        made = self.posts.pattern(place, pattern, team=team)
        return int(made[0]["template_id"])

    def _tell(self, row: Row, team: Team) -> None:
        of = ("adoption", row["id"])
        leader = (team.members[0].account, "volunteer")
        self._note("adoption.asked", of, row["created_at"], actor=leader, states=(None, "asked"))
        if row["decided_at"] is not None:
            self._note("adoption.running", of, row["decided_at"], states=("asked", "running"))
        if row["state"] == "ended":
            self._note("adoption.ended", of, self._moment(-60), actor=(None, "system"), states=("running", "ended"))

    def _note(
        self,
        action: str,
        of: tuple[str, int],
        at: datetime,
        *,
        actor: tuple[int | None, str] | None = None,
        **more: Any,
    ) -> None:
        who = actor or (self.ground.staff.coordinators[0], "coordinator")
        self.ledger.note(int(at.timestamp()), action, of=of, actor=who, **more)
