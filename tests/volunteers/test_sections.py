"""Sections that teams adopt: one team at a time, shifts of their own, a record from the ledger."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from flask import Flask

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.volunteers.jobs.sections import end_seasons
from citizen.volunteers.models import Adoption, HoursEntry, Section, Shift, ShiftTemplate, Team, TeamMember, Volunteer
from citizen.volunteers.queries.sections import Given, given_in, seasons_of
from citizen.volunteers.queries.teams import members_of
from citizen.volunteers.rules import sections as rules
from citizen.volunteers.rules.sections import Season
from citizen.volunteers.services import adoptions
from citizen.volunteers.services.sections import SectionDraft, create_section, draft_of, edit_section, mark
from tests.client import PageClient
from tests.county import people as county_people
from tests.volunteers.making import by, coordinator, fresh, make_booking, make_post, make_volunteer

TODAY = date(2026, 9, 4)


def season(today: date, **more: Any) -> Season:
    values: dict[str, Any] = {
        "weekday": 5,
        "starts": "08:30",
        "minutes": 90,
        "capacity": 10,
        "from_day": today,
        "until_day": today + timedelta(days=60),
        **more,
    }
    return Season(**values)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekday": None}, "weekday"),
        ({"minutes": 29}, "minutes"),
        ({"minutes": 241}, "minutes"),
        ({"minutes": None}, "minutes"),
        ({"starts": "04:59"}, "starts"),
        ({"starts": "20:31"}, "starts"),
        ({"starts": "24:00"}, "starts"),
        ({"starts": "abc"}, "starts"),
        ({"capacity": 1}, "capacity"),
        ({"capacity": 51}, "capacity"),
        ({"from_day": TODAY - timedelta(days=1)}, "from_day"),
        ({"from_day": TODAY + timedelta(days=61)}, "from_day"),
        ({"from_day": None}, "from_day"),
        ({"until_day": TODAY + timedelta(days=26)}, "until_day"),
        ({"until_day": TODAY + timedelta(days=184)}, "until_day"),
        ({"until_day": None}, "until_day"),
    ],
)
def test_a_season_has_limits(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules.ensure_season(season(TODAY, **changes), TODAY)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"starts": "05:00", "minutes": 30, "capacity": 2, "until_day": TODAY + timedelta(days=27)},
        {"starts": "18:00", "minutes": 240, "capacity": 50, "until_day": TODAY + timedelta(days=183)},
    ],
)
def test_at_its_limits_a_season_is_fine(changes: dict[str, Any]) -> None:
    rules.ensure_season(season(TODAY, **changes), TODAY)


def make_section(name: str = "汀浦巷") -> Section:
    draft = SectionDraft("road", name, "Tingpu Lane", "学校门口到桥头", "", 800, make_post("env_steward").id)
    with transaction():
        section = create_section(draft, by=coordinator())
    return db.session.get_one(Section, section.id)


def make_team(leader: Volunteer | None = None, *, approved: bool = True, members: int = 0) -> Team:
    leader = leader or make_volunteer("队长")
    people = [leader, *(make_volunteer() for _ in range(members))]
    with transaction() as session:
        team = Team(
            name=f"队{secrets.token_hex(3)}",
            kind="company",
            leader_id=leader.id,
            approved_at=clock.now() if approved else None,
            created_at=clock.now(),
        )
        session.add(team)
        session.flush()
        session.add_all(TeamMember(team_id=team.id, volunteer_id=one.id, joined_at=clock.now()) for one in people)
    return db.session.get_one(Team, team.id)


def leader_of(team: Team) -> Volunteer:
    return db.session.get_one(Volunteer, fresh(team).leader_id)


def ask(section: Section, team: Team, **more: Any) -> Adoption:
    with transaction():
        row = adoptions.ask(section.id, team.id, season(clock.today(), **more), by=by(leader_of(team)))
    return db.session.get_one(Adoption, row.id)


def approve(row: Adoption) -> None:
    with transaction():
        adoptions.approve(row.id, version=fresh(row).version, by=coordinator())


def shifts_of(row: Adoption) -> list[Shift]:
    query = db.select(Shift).where(Shift.template_id == fresh(row).template_id).order_by(Shift.starts_at)
    return list(db.session.execute(query).scalars())


@pytest.mark.both_databases
def test_an_approved_season_has_shifts_for_the_team_and_ends_early(app: Flask) -> None:
    section, team = make_section(), make_team(members=2)
    row = ask(section, team)
    assert (row.state, row.template_id) == ("asked", None)
    approve(row)
    shifts = shifts_of(row)
    assert fresh(row).state == "running" and 5 <= len(shifts) <= 7
    assert {shift.team_id for shift in shifts} == {team.id} and {shift.capacity for shift in shifts} == {10}
    assert {clock.local(shift.starts_at).strftime("%w %H:%M") for shift in shifts} == {"6 08:30"}
    booked = make_booking(shifts[1], leader_of(team))
    for words, version, error in (("", 2, InvalidInput), ("天凉了", 1, Conflict)):
        with pytest.raises(error), transaction():
            adoptions.end(row.id, words, version=version, by=coordinator())
    with transaction():
        n = adoptions.end(row.id, "天凉了", version=fresh(row).version, by=coordinator())
    assert n == len(shifts) - 1 and fresh(booked).state == "confirmed"
    assert {fresh(shift).status for shift in shifts if shift.id != booked.shift_id} == {"cancelled"}
    assert db.session.get_one(Shift, booked.shift_id).status == "open"
    assert (fresh(row).state, fresh(row).until_day, fresh(row).words) == ("ended", clock.today(), "天凉了")
    assert db.session.get_one(ShiftTemplate, fresh(row).template_id).ended_at is not None
    assert ask(section, make_team()).state == "asked"  # the section is free again
    told = [job.payload for job in db.session.execute(db.select(Job).where(Job.kind == "volunteers.say")).scalars()]
    ended = [(one["volunteer"], one["values"]["words"]) for one in told if one["event"] == "adoption_ended"]
    assert sorted(ended) == sorted((member.id, "天凉了") for member in members_of(team.id)) and len(ended) == 3
    assert [one["volunteer"] for one in told if one["event"] == "adoption_approved"] == [leader_of(team).id]


@pytest.mark.usefixtures("english")
@pytest.mark.both_databases
def test_a_section_has_one_team_at_a_time(app: Flask) -> None:
    section, first, second = make_section(), make_team(), make_team()
    row = ask(section, first)
    with pytest.raises(Conflict, match="faster"):
        ask(section, second)
    with pytest.raises(Conflict, match="faster"), transaction() as session:  # the index alone holds it, too
        values = {name: getattr(row, name) for name in Season.__slots__}
        session.add(
            Adoption(section_id=section.id, team_id=second.id, state="running", created_at=clock.now(), **values)
        )
    with transaction():
        adoptions.withdraw(row.id, version=1, by=by(leader_of(first)))
    assert fresh(row).state == "withdrawn" and ask(section, second).state == "asked"


@pytest.mark.both_databases
def test_of_teams_that_ask_at_once_one_gets_the_section(app: Flask) -> None:
    section = make_section()
    tries = [(team.id, by(leader_of(team))) for team in (make_team() for _ in range(6))]
    number, today, start = section.id, clock.today(), Barrier(len(tries))

    def one(team_id: int, me: Any) -> str:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    adoptions.ask(number, team_id, season(today), by=me)
                return "asked"
            except Conflict:
                return "conflict"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(tries)) as pool:
        results = list(pool.map(lambda pair: one(*pair), tries))
    assert sorted(results) == ["asked"] + ["conflict"] * 5
    db.session.rollback()
    assert len(db.session.execute(db.select(Adoption)).scalars().all()) == 1


@pytest.mark.usefixtures("english")
def test_who_may_ask_and_who_decides(app: Flask) -> None:
    section, team = make_section(), make_team()
    stranger = make_volunteer()
    with pytest.raises(NotFound), transaction():
        adoptions.ask(section.id, team.id, season(clock.today()), by=by(stranger))
    with pytest.raises(Conflict, match="approve the team"):
        ask(section, make_team(approved=False))
    row = ask(section, team)
    with pytest.raises(NotFound), transaction():
        adoptions.withdraw(row.id, version=1, by=by(stranger))
    with transaction():
        adoptions.refuse(row.id, "这里有物业", version=1, by=coordinator())
    assert (fresh(row).state, fresh(row).words) == ("refused", "这里有物业")
    for act in (lambda: approve(row), lambda: ask(section, team) and approve(row)):
        with pytest.raises(Conflict):
            act()
    others = [make_section(f"路{n}") for n in range(3)]
    for other in others[:2]:
        ask(other, team)
    with pytest.raises(Conflict, match="three sections"):
        ask(others[2], team)
    mine = make_team(make_volunteer(person=county_people()["coordinator"]))
    own = ask(others[2], mine)
    with pytest.raises(Conflict, match="Another coordinator"):
        approve(own)


@pytest.mark.usefixtures("english")
@pytest.mark.both_databases
def test_a_season_is_renewed_in_its_last_days_and_ends_by_itself(app: Flask) -> None:
    section, team = make_section(), make_team()
    row = ask(section, team)
    approve(row)
    until = fresh(row).until_day
    later = until + timedelta(days=90)

    def renew(day: date | None = later) -> Adoption:
        with transaction():
            return adoptions.ask_renewal(row.id, day, by=by(leader_of(team)))

    with pytest.raises(Conflict, match="last 30 days"):
        renew()
    near = clock.now() + timedelta(days=40)
    with time_machine.travel(near, tick=False):
        with pytest.raises(InvalidInput):
            renew(until + timedelta(days=184))
        renewal = renew()
        assert renew().id == renewal.id  # the same once more
        with pytest.raises(Conflict, match="already"):
            renew(later + timedelta(days=1))
        approve(renewal)
        assert (fresh(renewal).state, fresh(row).until_day) == ("granted", later)
        template = db.session.get_one(ShiftTemplate, fresh(row).template_id)
        assert template.until_day == later
        assert max(shift.template_day for shift in shifts_of(row) if shift.template_day) > until
    with time_machine.travel(near + timedelta(days=105), tick=False):
        end_seasons({})
        assert fresh(row).state == "running"
    with time_machine.travel(near + timedelta(days=120), tick=False):
        end_seasons({})
        end_seasons({})
        assert fresh(row).state == "ended" and ask(section, make_team()).state == "asked"


@pytest.mark.both_databases
def test_the_record_is_the_sum_of_the_ledger(app: Flask) -> None:
    section, team = make_section(), make_team(members=1)
    row = ask(section, team)
    approve(row)
    shifts = shifts_of(row)
    first, second = make_booking(shifts[0], leader_of(team)), make_booking(shifts[1], leader_of(team))
    head, other = coordinator().person_id, county_people()["head"].id
    for booking, minutes in ((first, (90,)), (second, (90, -30))):
        with transaction() as session:
            session.merge(fresh(booking)).state = "attended"
            for n, value in enumerate(minutes):
                kind: dict[str, Any] = {"kind": "auto"} if n == 0 else {"kind": "adjust", "approved_by": other}
                session.add(
                    HoursEntry(
                        volunteer_id=booking.volunteer_id,
                        booking_id=booking.id,
                        minutes=value,
                        day=clock.today(),
                        entered_by=head,
                        created_at=clock.now(),
                        **kind,
                    )
                )
    seasons = [adoption for adoption, _team in seasons_of(section.id)]
    assert given_in(seasons) == {row.id: Given(shifts=2, minutes=150)}
    assert given_in([]) == {}


def test_a_section_is_written_and_changed_by_the_coordinator(app: Flask) -> None:
    section = make_section("云漪大道")
    assert section.name_hant == "雲漪大道"
    before = draft_of(section)
    for wrong, field in (
        ({"kind": "sea"}, "kind"),
        ({"metres": 0}, "metres"),
        ({"post_id": None}, "post_id"),
        ({"post_id": make_post("env_steward", care=True).id}, "post_id"),
    ):
        with pytest.raises(InvalidInput) as caught, transaction():
            edit_section(section.id, replace(before, **wrong), seen=mark(before), by=coordinator())
        assert caught.value.field == field
    with transaction():
        edit_section(section.id, replace(before, metres=900), seen=mark(before), by=coordinator())
    with pytest.raises(Conflict), transaction():
        edit_section(section.id, replace(before, metres=700), seen=mark(before), by=coordinator())
    assert fresh(section).metres == 900


def email_of(volunteer: Volunteer) -> str:
    return db.session.get_one(Person, volunteer.person_id).email or ""


def test_from_the_list_to_a_season_by_pages_alone(app: Flask, client: PageClient) -> None:
    section, team = make_section(), make_team()
    me = leader_of(team)
    path = f"/volunteer/sections/{section.id}"
    assert "汀浦巷" in client.get("/volunteer/sections/?area=A1&kind=road&state=free").get_data(as_text=True)
    assert "汀浦巷" not in client.get("/volunteer/sections/?state=taken").get_data(as_text=True)
    assert client.get(path).status_code == 200 and client.get(f"{path}/adopt").status_code == 303
    client.sign_in(email_of(me))
    page = client.get(f"{path}/adopt").get_data(as_text=True)
    key = page.split('name="key" type="hidden" value="')[1].split('"')[0]
    today = clock.today()
    values = {
        "key": key,
        "team_id": str(team.id),
        "weekday": "5",
        "starts": "8:30",
        "minutes": "90",
        "capacity": "10",
        "from_day": today.isoformat(),
        "until_day": (today + timedelta(days=60)).isoformat(),
    }
    wrong = client.submit(f"{path}/adopt", {**values, "capacity": "99"})
    assert wrong.status_code == 422 and 'value="99"' in wrong.get_data(as_text=True)
    for _ in range(2):
        assert client.submit(f"{path}/adopt", values, page=path).status_code == 303
    rows = db.session.execute(db.select(Adoption)).scalars().all()
    assert [row.state for row in rows] == ["asked"]
    assert client.submit(f"{path}/adopt", {**values, "key": "0" * 32}, page=path).status_code == 409
    assert team.name not in app.test_client().get(path).get_data(as_text=True)
    staff = app.test_client()
    staff.sign_in("coordinator@demo.invalid")
    assert team.name in staff.get("/office/sections/").get_data(as_text=True)
    desk, act = f"/office/sections/{section.id}", f"/office/sections/adoptions/{rows[0].id}"
    assert staff.submit(f"{act}/refuse", {"version": "1", "words": ""}, page=desk).status_code == 422
    assert staff.submit(f"{act}/approve", {"version": "1"}, page=desk).status_code == 303
    assert staff.submit(f"{act}/approve", {"version": "1"}, page=desk).status_code == 409
    assert team.name in app.test_client().get(path).get_data(as_text=True)
    assert staff.submit(f"{act}/end", {"version": "2", "words": "天凉了"}, page=desk).status_code == 303
    draft = {"kind": "road", "name_hans": "新路", "post_id": str(section.post_id), "active": "y"}
    page = staff.get("/office/sections/new").get_data(as_text=True)
    draft["key"] = page.split('name="key" type="hidden" value="')[1].split('"')[0]
    answers = {staff.submit("/office/sections/new", draft).headers["Location"] for _ in range(2)}
    assert len(answers) == 1
    new = answers.pop()
    seen = staff.get(new).get_data(as_text=True).split('name="seen" type="hidden" value="')[1].split('"')[0]
    assert staff.submit(f"{new}/edit", {**draft, "seen": seen, "metres": "x"}, page=new).status_code == 422
    assert staff.submit(f"{new}/edit", {**draft, "seen": seen, "metres": "30"}, page=new).status_code == 303
    assert staff.submit(f"{new}/edit", {**draft, "seen": seen, "metres": "40"}, page=new).status_code == 409
