"""Heat and storm: the shifts within reach are cancelled, and whoever had booked is told so."""

from __future__ import annotations

from datetime import datetime, timedelta

from citizen.core.clock import local
from citizen.demo.ledger import Ledger
from citizen.demo.volunteering.ground import Ground
from citizen.demo.volunteering.posts import Posts
from citizen.demo.volunteering.roster import Roster, Row, span_of
from citizen.volunteers.rules.shifts import moment_of


class Stops:
    """Calls stops of the present plan."""

    def __init__(self, ground: Ground, ledger: Ledger, roster: Roster) -> None:
        self.ground, self.ledger, self.roster = ground, ledger, roster

    def plan(self, posts: Posts) -> list[tuple[Row, list[Row]]]:
        """A stop of the whole county twelve days ago, and one of an area in two days, with the shifts within reach."""
        today = self.ground.today
        heat = self._row("past", days=-12, hours=("11:00", "21:00"), called=datetime.min, area=None)
        coming = [
            row for row in posts.shifts if self._day(row) == today + timedelta(days=2) and self._outdoors(posts, row)
        ]
        area = max(coming, key=lambda row: (row["starts_at"], row["id"]))["area_code"] if coming else None
        storm = self._row("coming", days=2, hours=("05:00", "22:00"), called=self.ground.now, area=area)
        return [(stop, [row for row in posts.shifts if self._reaches(stop, row, posts)]) for stop in (heat, storm)]

    def _day(self, shift: Row) -> object:
        return local(shift["starts_at"]).date()

    def _outdoors(self, posts: Posts, shift: Row) -> bool:
        return posts.places[shift["post_id"]].kind.outdoors

    def _row(self, name: str, *, days: int, hours: tuple[str, str], called: datetime, area: str | None) -> Row:
        reason, words = self.ground.words["stops"][name]
        day, utc = self.ground.today + timedelta(days=days), self.ground.now.tzinfo
        eve = moment_of(day - timedelta(days=1), "18:00").astimezone(utc)
        at = eve if called is datetime.min else self.ground.now - timedelta(hours=2)
        row = {
            "id": self.ledger.new_id("stops"),
            "reason": reason,
            "words": words,
            "starts_at": moment_of(day, hours[0]).astimezone(utc),
            "ends_at": moment_of(day, hours[1]).astimezone(utc),
            "area_code": area,
            "outdoors_only": True,
            "created_by": self.ground.staff.coordinators[0],
            "created_at": at,
            "lifted_at": None,
        }
        self.ledger.add("stops", row)
        return row

    def _reaches(self, stop: Row, shift: Row, posts: Posts) -> bool:
        begins, ends = span_of(shift)
        inside = begins < stop["ends_at"] and ends > stop["starts_at"] and begins > stop["created_at"]
        return inside and stop["area_code"] in (None, shift["area_code"]) and self._outdoors(posts, shift)

    def call(self, stop: Row, shifts: list[Row]) -> None:
        """Cancel the shifts and end their bookings, as `citizen.volunteers.services.stops` does."""
        at: datetime = stop["created_at"]
        for shift in shifts:
            shift |= {"status": "cancelled", "cancelled_at": at, "cancel_words": stop["words"], "stop_id": stop["id"]}
            shift["version"] += 1
            for booking, helper in self.roster.of.get(shift["id"], ()):
                if booking["state"] in ("confirmed", "waiting", "offered"):
                    if booking["state"] != "waiting":
                        helper.let_go(span_of(shift))
                    told = at + timedelta(minutes=1)
                    self.roster.move(booking, shift, "call_off", at=told, reason=f"stop_{stop['reason']}")
        detail = {
            "reason": stop["reason"],
            "shifts": len(shifts),
            "area": stop["area_code"],
            "outdoors_only": True,
            "starts_at": stop["starts_at"].isoformat(),
            "ends_at": stop["ends_at"].isoformat(),
        }
        actor = (stop["created_by"], "coordinator")
        self.ledger.note(int(at.timestamp()), "stop.called", of=("stop", stop["id"]), actor=actor, detail=detail)
