"""Who volunteers in the demonstration, and in which team."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from citizen.core.clock import COUNTY_ZONE, local
from citizen.demo.chance import pick, u
from citizen.demo.ledger import Ledger, body
from citizen.demo.volunteering.ground import Ground
from citizen.volunteers.rules.eligibility import Facts
from citizen.volunteers.rules.volunteers import SKILLS, TIMES

GROWN_UPS = 92
#: Positions, from 0, of those of fourteen to seventeen, of whom the last has no guardian's consent yet.
TEENS = (40, 47, 53, 59, 66, 73)
UNBRIEFED, UNINSURED, PAUSED = (12, 31), (22, 57), 84
CARE = frozenset(range(2, 92, 8))
JOINED = timedelta(days=150)
Span = tuple[datetime, datetime]


@dataclass(slots=True)
class Helper:
    """One volunteer of the plan, with what they are bound to."""

    id: int
    person_id: int | None
    name: str
    birth_day: date
    joined: datetime
    guardian: Helper | None = None
    consent_on: date | None = None
    briefed_on: date | None = None
    insured_until: date | None = None
    care_on: date | None = None
    suspended_at: datetime | None = None
    teams: set[int] = field(default_factory=set)
    children: list[Helper] = field(default_factory=list)
    busy: dict[date, list[Span]] = field(default_factory=dict)
    #: Minutes credited by day, and beginnings of the shifts that were won in draws.
    credited: dict[date, int] = field(default_factory=dict)
    won: list[datetime] = field(default_factory=list)

    def facts(self, *, at: datetime, with_guardian: bool = False) -> Facts:
        """What counts of the volunteer for a shift that begins ``at``."""
        return Facts(
            birth_day=self.birth_day,
            has_account=self.person_id is not None,
            consent_on=self.consent_on,
            briefed_on=self.briefed_on,
            insured_until=self.insured_until,
            care_approved_on=self.care_on,
            suspended=self.suspended_at is not None and at >= self.suspended_at,
            teams=frozenset(self.teams),
            with_guardian=with_guardian,
        )

    def is_free(self, span: Span) -> bool:
        """Whether nothing that was agreed overlaps ``span``."""
        day = local(span[0]).date()
        near = (day - timedelta(days=1), day, day + timedelta(days=1))
        return not any(a < span[1] and span[0] < b for on in near for a, b in self.busy.get(on, ()))

    def bind(self, span: Span) -> None:
        """Be there then."""
        self.busy.setdefault(local(span[0]).date(), []).append(span)

    def let_go(self, span: Span) -> None:
        """Not be there after all."""
        self.busy[local(span[0]).date()].remove(span)

    @property
    def account(self) -> int:
        """The person who acts for the volunteer."""
        whose = self if self.person_id is not None else self.guardian
        if whose is None or whose.person_id is None:
            raise LookupError("a child without guardian")
        return whose.person_id


@dataclass(frozen=True, slots=True)
class Team:
    """A team with its members, the leader first."""

    id: int
    name: str
    members: tuple[Helper, ...]
    approved: bool


class People:
    """Writes volunteers and teams; ``star`` is the demonstration's own volunteer, whose shifts are set apart."""

    def __init__(self, ground: Ground, ledger: Ledger) -> None:
        self.ground, self.ledger = ground, ledger
        today = ground.today
        self.star = self.write(
            Helper(
                ledger.new_id("volunteers"),
                ground.staff.star,
                ground.staff.star_name,
                date(today.year - 34, 5, 3),
                self.joined(0),
                briefed_on=today - timedelta(days=120),
                insured_until=today + timedelta(days=200),
            ),
            number=0,
        )
        self.grown = [self._grown_up(number) for number in range(GROWN_UPS)]
        self.teams = [self._team(number, row) for number, row in enumerate(ground.words["teams"])]

    def joined(self, number: int) -> datetime:
        """When somebody became a volunteer, five months ago or more."""
        day = self.ground.today - JOINED - timedelta(days=int(40 * u("joined", number)))
        return datetime(day.year, day.month, day.day, 9 + number % 9, 5, tzinfo=COUNTY_ZONE)

    def _grown_up(self, number: int) -> Helper:
        today, teen = self.ground.today, number in TEENS
        age = 15 + number % 3 if teen else 19 + int(54 * u("age", number) ** 1.2)
        helper = Helper(
            self.ledger.new_id("volunteers"),
            self.account(number, f"v{number + 1:03d}"),
            self.name_of(number),
            date(today.year - age, 1 + number % 12, 1 + number % 28) - timedelta(days=366 if teen else 0),
            self.joined(number),
            consent_on=today - timedelta(days=130) if teen and number != TEENS[-1] else None,
            briefed_on=None if number in UNBRIEFED else today - timedelta(days=100 + number % 30),
            insured_until=today - timedelta(days=8) if number in UNINSURED else today + timedelta(days=60 + number),
            care_on=today - timedelta(days=90) if number in CARE and not teen else None,
            suspended_at=self.ground.now - timedelta(days=9) if number == PAUSED else None,
        )
        return self.write(helper, number=number)

    def name_of(self, number: int, given: str = "given") -> str:
        """A made-up name; nobody of the first nine hundred shares one."""
        words = self.ground.words
        surnames, names = words["surnames"], words[given]
        return str(surnames[number % len(surnames)] + names[(number // len(surnames) * 7 + number * 3) % len(names)])

    def account(self, number: int, word: str) -> int:
        """A new account with the demonstration's password; returns its id."""
        row: dict[str, Any] = {
            "id": self.ledger.new_id("people"),
            "name": self.name_of(number),
            "email": f"{word}@demo.invalid",
            "phone": None,
            "password_hash": self.ground.staff.password_hash,
            "unit_code": None,
            "post": "",
            "language": None,
            "totp_secret": None,
            "totp_last_step": 0,
            "must_change_password": False,
            "shortcuts": True,
            "demo": True,
            "created_at": self.joined(number).astimezone(UTC),
            "disabled_at": None,
        }
        self.ledger.add("people", row)
        return int(row["id"])

    def write(self, helper: Helper, *, number: int) -> Helper:
        """The volunteer's row and the event of joining."""
        teen = helper.guardian is None and helper.birth_day > self.ground.today - timedelta(days=18 * 365)
        paused = helper.suspended_at is not None
        self.ledger.add(
            "volunteers",
            {
                "id": helper.id,
                "person_id": helper.person_id,
                "guardian_id": helper.guardian.id if helper.guardian else None,
                "name": helper.name,
                "birth_day": helper.birth_day,
                "guardian_name": self.name_of(number + 300) if teen else "",
                "guardian_phone": f"0000-00{int(u('guardian', number) * 1000):03d}" if teen else "",
                "consent_on": helper.consent_on,
                "briefed_on": helper.briefed_on,
                "insured_until": helper.insured_until,
                "care_approved_on": helper.care_on,
                **self._wishes(number),
                "suspended_at": helper.suspended_at,
                "suspend_words": self.ground.words["words"]["suspended"] if paused else "",
                "feed_nonce": None,
                "feed_hash": None,
                "created_at": helper.joined.astimezone(UTC),
                "version": 2 if paused else 1,
            },
        )
        self._note(helper)
        return helper

    def _note(self, helper: Helper) -> None:
        at, of = int(helper.joined.timestamp()), ("volunteer", helper.id)
        if helper.guardian is not None:
            self.ledger.note(at, "volunteer.child_added", of=of, actor=(helper.account, "self"))
        else:
            self.ledger.note(at, "volunteer.joined", of=of, actor=(helper.account, "self"), detail={"agreed": True})

    def _wishes(self, number: int) -> dict[str, Any]:
        return {
            "skills": [code for code in SKILLS if u("skill", code, number) < 0.22],
            "areas": [pick(self.ground.areas, "area", number)],
            "times": [code for code in TIMES if u("time", code, number) < 0.35],
            "emergency_contact": "",
            "on_call": u("on call", number) < 0.4,
            "reminders": u("reminders", number) < 0.9,
        }

    def _team(self, number: int, row: dict[str, Any]) -> Team:
        first = number * 7
        members = self.grown[first : first + 2] if row["kind"] == "family" else self._members(first, row["members"])
        if row["kind"] == "family":
            members = [*members, *(self._child(members[0], number * 3 + n) for n in range(3 if number else 2))]
        team = Team(self.ledger.new_id("teams"), row["name"], tuple(members), not row.get("pending"))
        self._write_team(team, number, row["kind"])
        return team

    def _members(self, first: int, size: int) -> list[Helper]:
        """Neighbours in the list, without those of whom something is missing."""
        wanted = [helper for helper in self.grown[first:] + self.grown if helper.insured_until and helper.briefed_on]
        return [helper for helper in wanted if helper.suspended_at is None][:size]

    def _child(self, guardian: Helper, number: int) -> Helper:
        today = self.ground.today
        child = Helper(
            self.ledger.new_id("volunteers"),
            None,
            guardian.name[0] + str(pick(self.ground.words["children"], "child", number)),
            date(today.year - 7 - number % 6, 1 + number % 12, 11),
            guardian.joined + timedelta(hours=1),
            guardian=guardian,
            insured_until=today + timedelta(days=150),
        )
        guardian.children.append(child)
        return self.write(child, number=number)

    def _write_team(self, team: Team, number: int, kind: str) -> None:
        made = max(member.joined for member in team.members) + timedelta(hours=2)
        approved = made + timedelta(days=2)
        boss = self.ground.staff.coordinators[0]
        row = {
            "id": team.id,
            "name": team.name,
            "kind": kind,
            "leader_id": team.members[0].id,
            "area_code": pick(self.ground.areas, "team", number),
            "join_code": body(number, 8, 0x51F15EED),
            "approved_at": approved.astimezone(UTC) if team.approved else None,
            "approved_by": boss if team.approved else None,
            "ended_at": None,
            "created_at": made.astimezone(UTC),
            "version": 1 + team.approved,
        }
        self.ledger.add("teams", row)
        of = ("team", team.id)
        self.ledger.note(int(made.timestamp()), "team.created", of=of, actor=(team.members[0].account, "self"))
        if team.approved:
            self.ledger.note(int(approved.timestamp()), "team.approved", of=of, actor=(boss, "coordinator"))
        for member in team.members:
            member.teams.add(team.id)
            joined = {"team_id": team.id, "volunteer_id": member.id, "joined_at": made.astimezone(UTC)}
            self.ledger.add("team_members", joined)
