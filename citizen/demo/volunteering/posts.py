"""Posts at the county's places, their weekly patterns, and the shifts that these make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from citizen.core.clock import local
from citizen.core.content import to_traditional
from citizen.demo.chance import u
from citizen.demo.ledger import Ledger, body
from citizen.demo.volunteering.ground import AHEAD, BEHIND, Ground, Kind
from citizen.demo.volunteering.people import Helper, Team
from citizen.demo.volunteering.roster import Row
from citizen.demo.world import Spot
from citizen.volunteers.rules.eligibility import Needs
from citizen.volunteers.rules.patterns import Pattern

#: Patterns were drawn up so long before the first shift.
DRAWN_UP = timedelta(days=12)
RUNS = timedelta(days=200)


@dataclass(frozen=True, slots=True)
class Place:
    """A post of the plan: its row, its kind and its lead."""

    row: Row
    kind: Kind
    lead: int

    def needs(self, shift: Row) -> Needs:
        """What a shift of the post asks of its volunteers."""
        kind = self.kind
        return Needs(
            day=local(shift["starts_at"]).date(),
            min_age=max(kind.min_age, self.row["min_age"] or 0),
            guardian_consent=kind.consent,
            briefing=kind.briefing,
            insurance=kind.insurance,
            care=self.row["care"],
            team_id=shift["team_id"],
        )


class Posts:
    """Writes posts, patterns and shifts; ``leads`` are ids of people."""

    def __init__(self, ground: Ground, ledger: Ledger, leads: list[int]) -> None:
        self.ground, self.ledger, self.leads = ground, ledger, leads
        self.places: dict[int, Place] = {}
        self.shifts: list[Row] = []
        self.teams: dict[int, Team] = {}
        self._used: set[tuple[str, str]] = set()

    def usual(self) -> None:
        """The posts that the county's file of the demonstration asks for, each with one pattern."""
        for wanted in self.ground.words["posts"]:
            for _number in range(wanted["count"]):
                self._with_pattern(wanted)
        self._with_pattern(self.ground.words["night"])

    def drawn(self) -> list[Row]:
        """The post whose places are drawn; returns its shifts."""
        return self._with_pattern(self.ground.words["drawn"], drawn=True)

    def care(self) -> list[Row]:
        """The home visits; returns their shifts."""
        return self._with_pattern(self.ground.words["care"], care=True)

    def _with_pattern(self, wanted: Row, *, care: bool = False, drawn: bool = False) -> list[Row]:
        place = self.post(wanted["kind"], care=care)
        slot = place.kind.slots[wanted.get("slot", 0)]
        first = self.ground.today - BEHIND
        capacity = wanted.get("capacity", place.kind.capacity)
        pattern = Pattern(
            tuple(wanted["weekdays"]),
            wanted.get("starts", slot[:5]),
            wanted.get("minutes", _length(slot)),
            capacity,
            min(capacity, 2) if capacity > 1 else 1,
            first,
            self.ground.today + RUNS,
        )
        return self.pattern(place, pattern, drawn=drawn)

    def post(self, kind_code: str, *, care: bool = False) -> Place:
        """A new post of a kind, at a fitting place that has none of it yet."""
        kind, number = self.ground.kinds[kind_code], len(self.places)
        fitting = [spot for spot in self.ground.spots if spot.type_code in kind.place_types]
        fresh = [spot for spot in fitting if (kind_code, spot.code) not in self._used] or fitting
        spot = min(fresh, key=lambda spot: u("post", kind_code, spot.code))
        self._used.add((kind_code, spot.code))
        row = self._row(kind, spot, number, care=care)
        place = Place(row, kind, row["lead_id"])
        self.places[row["id"]] = place
        self.ledger.add("posts", row)
        at = int((self.ground.now - BEHIND - 2 * DRAWN_UP).timestamp()) + number
        actor = (self.ground.staff.coordinators[0], "coordinator")
        self.ledger.note(at, "post.created", of=("post", row["id"]), actor=actor, detail={"kind": kind.code})
        return place

    def _row(self, kind: Kind, spot: Spot, number: int, *, care: bool) -> Row:
        home = self.ground.words["care"]["place"]
        hans, en = (home[0], home[1]) if care else (spot.names[0], spot.names[2])
        warned, warned_en = self.ground.words["hazards"].get(kind.risk, ("", ""))
        hazards = {"hans": warned, "hant": to_traditional(warned), "en": warned_en} if warned else {}
        return {
            "id": self.ledger.new_id("posts"),
            "kind_code": kind.code,
            "area_code": spot.area,
            "point_code": None if care else spot.code,
            "place_hans": hans,
            "place_hant": to_traditional(hans),
            "place_en": en,
            "lon": spot.lon,
            "lat": spot.lat,
            "radius_m": 200,
            "hazards": hazards,
            "min_age": None,
            "lead_id": self.leads[number % len(self.leads)],
            "qr_secret": self.ground.hidden(f"post:{number}"),
            "slug": body(number, 11, 0x7A3C19).lower(),
            "care": care,
            "active": True,
            "note": "",
            "version": 1,
        }

    def pattern(self, place: Place, pattern: Pattern, *, team: Team | None = None, drawn: bool = False) -> list[Row]:
        """A pattern with all its shifts from sixty days ago to six weeks ahead; returns these."""
        row = {
            "id": self.ledger.new_id("shift_templates"),
            "post_id": place.row["id"],
            "weekdays": list(pattern.weekdays),
            "starts": pattern.starts,
            "minutes": pattern.minutes,
            "capacity": pattern.capacity,
            "min_needed": pattern.min_needed,
            "from_day": pattern.from_day,
            "until_day": pattern.until_day,
            "exceptions": [],
            "drawn": drawn,
            "team_id": team.id if team else None,
            "made_until": self.ground.today + AHEAD,
            "ended_at": None,
            "version": 1,
        }
        self.ledger.add("shift_templates", row)
        if team is not None:
            self.teams[team.id] = team
        days = pattern.days(self.ground.today - BEHIND, self.ground.today + AHEAD)
        made = [self.shift(place, pattern.span(day), template=row, day=day) for day in days]
        self._note_pattern(row, made=len(made), from_day=pattern.from_day)
        return made

    def _note_pattern(self, row: Row, *, made: int, from_day: date) -> None:
        start = datetime(from_day.year, from_day.month, from_day.day, 2, tzinfo=self.ground.now.tzinfo) - DRAWN_UP
        detail = {"post": row["post_id"], "weekdays": row["weekdays"], "starts": row["starts"], "shifts": made}
        actor = (self.ground.staff.coordinators[0], "coordinator")
        self.ledger.note(
            int(start.timestamp()), "template.created", of=("template", row["id"]), actor=actor, detail=detail
        )

    def shift(self, place: Place, span: tuple[datetime, datetime], *, template: Row, day: date | None) -> Row:
        """One open shift that nobody has booked."""
        post, utc = place.row, self.ground.now.tzinfo
        row: Row = {
            "id": self.ledger.new_id("shifts"),
            "post_id": post["id"],
            "template_id": template.get("id"),
            "template_day": day,
            "area_code": post["area_code"],
            "kind_code": post["kind_code"],
            "starts_at": span[0].astimezone(utc),
            "ends_at": span[1].astimezone(utc),
            "capacity": template["capacity"],
            "min_needed": template["min_needed"],
            "team_id": template.get("team_id"),
            **_UNTOUCHED,
        }
        self.ledger.add("shifts", row)
        self.shifts.append(row)
        return row


#: The columns of a shift that nobody has booked, moved, drawn or cancelled.
_UNTOUCHED: Row = {
    "taken": 0,
    "waiting": 0,
    "next_wait_no": 1,
    "status": "open",
    "cancelled_at": None,
    "cancel_words": "",
    "stop_id": None,
    "lead_id": None,
    "draw_at": None,
    "draw_seed": "",
    "drawn_at": None,
    "care_address": "",
    "note": "",
    "version": 1,
}


def _length(slot: str) -> int:
    """The minutes of "07:00-08:30"."""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in slot.split("-"))
    return end - start


def leads_of(ground: Ground, grown: list[Helper]) -> list[int]:
    """Who leads posts: field workers, and volunteers of long standing."""
    return [*ground.staff.workers, *(helper.account for helper in grown[1::13])]
