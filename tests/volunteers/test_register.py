"""The register: who is found, what a coordinator puts on record, and who may not."""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.core import clock
from citizen.core.audit import Event, history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion
from citizen.extensions import db
from citizen.volunteers.models import Team, Volunteer
from citizen.volunteers.queries.register import Wanted, register_page
from citizen.volunteers.rules import approvals as rules
from citizen.volunteers.rules.approvals import AgeGroup
from citizen.volunteers.rules.eligibility import age_on
from citizen.volunteers.services import approvals, suspension, team_approvals
from citizen.volunteers.services.approvals import Decision, Outcome
from tests.client import PageClient
from tests.county import people as county_people
from tests.volunteers.making import (
    coordinator,
    fresh,
    make_booking,
    make_person,
    make_post,
    make_shift,
    make_volunteer,
)

COORDINATOR = "coordinator@demo.invalid"


def decision(volunteer: Volunteer, version: object = None) -> Decision:
    return Decision(volunteer.id, volunteer.version if version is None else version, coordinator())


def found(**wanted: str) -> set[str]:
    rows, _more = register_page(Wanted(**wanted), before=None, today=clock.today())
    return {row.name for row in rows}


def make_team(leader: Volunteer, name: str = "") -> Team:
    with transaction() as session:
        team = Team(
            name=name or f"队{secrets.token_hex(3)}", kind="company", leader_id=leader.id, created_at=clock.now()
        )
        session.add(team)
    return db.session.get_one(Team, team.id)


@pytest.mark.parametrize("today", [date(2028, 2, 29), date(2027, 2, 28), date(2027, 3, 1), date(2026, 11, 22)])
def test_the_last_birth_day_of_an_age_is_that_of_the_rule_of_ages(today: date) -> None:
    for years in (14, 18, 60):
        last = rules.born_by(today, years)
        assert age_on(last, today) >= years > age_on(last + timedelta(days=1), today)


@pytest.mark.parametrize(
    ("age", "group"),
    [(13, AgeGroup.CHILD), (14, AgeGroup.MINOR), (17, AgeGroup.MINOR), (18, AgeGroup.ADULT), (60, AgeGroup.SENIOR)],
)
def test_ages_are_told_as_groups(age: int, group: AgeGroup) -> None:
    today = date(2026, 9, 4)
    assert rules.age_group(date(today.year - age, 9, 4), today) is group


@pytest.mark.both_databases
def test_people_are_found_by_name_phone_and_mail_and_children_by_their_guardian(app: Flask) -> None:
    person = make_person()
    with transaction() as session:
        session.merge(person).phone = "13800138021"
    parent = make_volunteer("歐陽靖", person=person)
    make_volunteer("小靖", guardian_id=parent.id, age=9)
    make_volunteer("林晓_100%", briefed_on=None)
    minor = make_volunteer("何苗", age=16, guardian_phone="0000-00456", insured_until=clock.today() + timedelta(days=9))
    assert found(words="欧阳") == found(words="歐陽") == {"歐陽靖"}
    assert found(words="138 0013 8021") == found(words="8021") == {"歐陽靖", "小靖"}
    assert found(words=(person.email or "").upper()) == {"歐陽靖", "小靖"} and found(words="@nowhere") == set()
    assert found(words="0000-00456") == {"何苗"}
    assert found(words="_1") == {"林晓_100%"} and found(words="%") == {"林晓_100%"}
    assert found(narrow="consent") == {"何苗"} and found(narrow="minors") == {"何苗", "小靖"}
    assert found(narrow="briefing") == {"林晓_100%"} and found(narrow="insurance") == {"何苗"}
    with transaction() as session:
        row = session.merge(minor)
        row.areas, row.skills, row.on_call, row.suspended_at = ["A1", "A2"], ["first_aid"], True, clock.now()
    for wanted in ({"area": "A2"}, {"skill": "first_aid"}, {"narrow": "on_call"}, {"narrow": "suspended"}):
        assert found(**wanted) == {"何苗"}
    assert found(area="A") == set() and found(words="何", area="A1", skill="first_aid") == {"何苗"}


def test_pages_follow_each_other_without_gap_or_repetition(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citizen.volunteers.queries.register.PAGE", 2)
    ids = [make_volunteer().id for _ in range(5)]
    seen, before = [], None
    while True:
        rows, before = register_page(Wanted(), before=before, today=clock.today())
        seen += [row.id for row in rows]
        if before is None:
            break
    assert seen == ids[::-1]


def record_of(volunteer: Volunteer) -> tuple[Any, ...]:
    row = fresh(volunteer)
    return (row.briefed_on, row.insured_until, row.consent_on, row.care_approved_on, row.version)


@pytest.mark.both_databases
def test_each_approval_is_kept_versioned_and_audited(app: Flask) -> None:
    today = clock.today()
    person = make_volunteer(age=30, briefed_on=None, insured_until=None)
    acts = (
        lambda d: approvals.set_briefing(d, today),
        lambda d: approvals.set_insurance(d, today + timedelta(days=200)),
        lambda d: approvals.set_care(d, approved=True),
    )
    for act in acts:
        with transaction():
            act(decision(fresh(person)))
    assert record_of(person) == (today, today + timedelta(days=200), None, today, 4)
    with transaction():  # the same once more is no change
        approvals.set_briefing(decision(fresh(person)), today)
    assert fresh(person).version == 4
    actions = [event.action for event in history("volunteer", person.id)]
    assert actions == ["volunteer.briefed_on", "volunteer.insured_until", "volunteer.care_approved_on"]
    for stale, error in ((3, Conflict), ("", MissingVersion), ("x", MissingVersion)):
        with pytest.raises(error), transaction():
            approvals.set_briefing(decision(person, stale), None)


def test_what_cannot_be_is_refused(app: Flask) -> None:
    today = clock.today()
    adult, minor = make_volunteer(), make_volunteer(age=16)
    child = make_volunteer(guardian_id=adult.id, age=9)
    cases: list[tuple[Any, type[Exception]]] = [
        (lambda: approvals.set_briefing(decision(adult), today + timedelta(days=1)), InvalidInput),
        (lambda: approvals.set_insurance(decision(adult), today - timedelta(days=1)), InvalidInput),
        (lambda: approvals.set_insurance(decision(adult), date(2206, 1, 1)), InvalidInput),
        (lambda: approvals.set_consent(decision(adult), today, name="母", phone="13800138000"), Conflict),
        (lambda: approvals.set_consent(decision(child), today, name="母", phone="13800138000"), Conflict),
        (lambda: approvals.set_consent(decision(minor), today, name="", phone="13800138000"), InvalidInput),
        (lambda: approvals.set_consent(decision(minor), today, name="母", phone=""), InvalidInput),
        (lambda: approvals.set_consent(decision(minor), today, name="母", phone="12"), InvalidInput),
        (lambda: approvals.set_care(decision(minor), approved=True), Conflict),
        (lambda: suspension.suspend(decision(adult), " ", call_off_bookings=False), InvalidInput),
        (lambda: suspension.resume(decision(adult), "好"), Conflict),
        (lambda: approvals.correct(decision(adult), name="甲", birth_day=adult.birth_day, reason=""), InvalidInput),
        (
            lambda: approvals.correct(decision(adult), name="\u200b", birth_day=adult.birth_day, reason="字"),
            InvalidInput,
        ),
        (lambda: approvals.correct(decision(adult), name="甲", birth_day=today, reason="字"), InvalidInput),
        (lambda: approvals.correct(decision(adult), name="甲", birth_day=None, reason="字"), InvalidInput),
    ]
    for act, error in cases:
        with pytest.raises(error), transaction():
            act()
    assert fresh(adult).version == fresh(minor).version == fresh(child).version == 1


def test_a_correction_leaves_its_reason_and_not_the_values(app: Flask) -> None:
    person = make_volunteer("林小")
    with transaction():
        approvals.correct(decision(person), name="林晓", birth_day=date(1990, 5, 3), reason="身份证核对")
    assert (fresh(person).name, fresh(person).birth_day) == ("林晓", date(1990, 5, 3))
    (event,) = history("volunteer", person.id)
    assert event.detail == {"changed": ["name", "birth_day"], "words": "身份证核对"}


@pytest.mark.usefixtures("english")
def test_nobody_decides_on_their_own_record_nor_on_their_child_s(app: Flask) -> None:
    me = make_volunteer("叶青禾", person=county_people()["coordinator"])
    child = make_volunteer(guardian_id=me.id, age=9)
    with transaction() as session:
        session.merge(county_people()["coordinator"]).phone = "13900139000"
    ward = make_volunteer(age=16, guardian_phone="13900139000")
    for row in (me, child, ward):
        with pytest.raises(Conflict, match="Another coordinator"), transaction():
            approvals.set_insurance(decision(fresh(row)), clock.today())
    with pytest.raises(Conflict, match="Another coordinator"), transaction():
        suspension.suspend(decision(fresh(me)), "words", call_off_bookings=True)
    team = make_team(me)
    for act in (team_approvals.approve, lambda id_, **more: team_approvals.refuse(id_, "words", **more)):
        with pytest.raises(Conflict, match="Another coordinator"), transaction():
            act(team.id, version=team.version, by=coordinator())
    with transaction():
        results = approvals.brief_all([(me.id, "1"), (child.id, "1")], clock.today(), by=coordinator())
    assert [outcome for _id, outcome in results] == [Outcome.OWN, Outcome.OWN]


@pytest.mark.both_databases
def test_a_pause_gives_the_places_to_the_next_in_line_and_can_end(app: Flask) -> None:
    shift = make_shift(make_post("env_steward"), capacity=2)
    parent = make_volunteer()
    child = make_volunteer(guardian_id=parent.id, age=9)
    booking = make_booking(shift, parent)
    with_child = make_booking(shift, child)
    nexts = [make_booking(shift) for _ in range(2)]
    assert [row.state for row in nexts] == ["waiting", "waiting"]
    with transaction():
        n = suspension.suspend(decision(fresh(parent)), "多次未到", call_off_bookings=True)
    assert n == 2
    assert {fresh(booking).state, fresh(with_child).state} == {"cancelled_by_organiser"}
    assert [fresh(row).state for row in nexts] == ["offered", "offered"] and fresh(shift).taken == 2
    assert (fresh(parent).suspend_words, fresh(parent).version) == ("多次未到", 2)
    with pytest.raises(Conflict), transaction():
        suspension.suspend(decision(fresh(parent)), "再", call_off_bookings=True)
    with transaction():
        suspension.resume(decision(fresh(parent)), "谈过了")
    assert fresh(parent).suspended_at is None and fresh(booking).state == "cancelled_by_organiser"


@pytest.mark.both_databases
def test_a_team_is_approved_or_refused_once(app: Flask) -> None:
    first, second = make_team(make_volunteer()), make_team(make_volunteer())
    with transaction():
        team_approvals.approve(first.id, version=1, by=coordinator())
        team_approvals.refuse(second.id, "名称不对", version=1, by=coordinator())
    assert fresh(first).approved_by == coordinator().person_id and fresh(second).ended_at is not None
    for team in (first, second):
        with pytest.raises(Conflict), transaction():
            team_approvals.approve(team.id, version=fresh(team).version, by=coordinator())


def test_the_pages_of_the_register(app: Flask, client: PageClient) -> None:
    minor = make_volunteer("何苗", age=16, briefed_on=None)
    done, gone = make_volunteer("周到"), make_volunteer("吴迟", briefed_on=None)
    own = make_volunteer("叶青禾", person=county_people()["coordinator"])
    team = make_team(make_volunteer(), "云漪骑行社")
    client.sign_in(COORDINATOR)
    page = client.get("/office/volunteers/").get_data(as_text=True)
    assert "云漪骑行社" in page and page.count("何苗") >= 2
    assert f'value="{own.id}-' not in page
    assert client.get("/office/volunteers/?q=何&view=minors&area=A1&skill=x").status_code == 200
    path = f"/office/volunteers/{minor.id}"
    client.get(path)
    values = {
        "version": "1",
        "guardian_name": "何妈",
        "guardian_phone": "13800138000",
        "consent_on": clock.today().isoformat(),
    }
    assert client.submit(f"{path}/consent", {**values, "guardian_phone": "12"}, page=path).status_code == 422
    assert client.submit(f"{path}/consent", values, page=path).status_code == 303
    stale = client.submit(f"{path}/consent", {**values, "guardian_name": "何爸"}, page=path)
    text = stale.get_data(as_text=True)
    assert stale.status_code == 409 and "何爸" in text and 'name="version" type="hidden" value="2"' in text
    looks = db.select(Event).where(Event.action == "volunteer.viewed", Event.subject_id == minor.id)
    assert (
        len(db.session.execute(looks).scalars().all()) == 6
    )  # opened once; fetched and answered by each form but the kept one
    assert 'action="/office/volunteers/' not in client.get(f"/office/volunteers/{own.id}").get_data(as_text=True)
    ticked = [f"{minor.id}-1", f"{done.id}-1", f"{gone.id}-1", f"{own.id}-1", "999999-1", "x"]
    today = clock.today().isoformat()
    sent = client.submit("/office/volunteers/", {"person": ticked, "briefed_on": today})
    assert sent.status_code == 303
    text = client.get(sent.headers["Location"]).get_data(as_text=True)
    assert text.count("tag--done") == 2 and "999999" in text and text.count("tag--overdue") == 2
    assert fresh(gone).briefed_on == fresh(done).briefed_on == clock.today() and fresh(minor).briefed_on is None
    assert client.submit("/office/volunteers/", {"briefed_on": today}).status_code == 422
    many = [f"{n}-1" for n in range(1, 52)]
    assert client.submit("/office/volunteers/", {"person": many, "briefed_on": today}).status_code == 422
    assert (
        client.submit(f"/office/volunteers/teams/{team.id}", {"version": "1"}, page="/office/volunteers/").status_code
        == 422
    )
    values = {"version": "1", "verdict": "approve"}
    assert client.submit(f"/office/volunteers/teams/{team.id}", values, page="/office/volunteers/").status_code == 303
    assert client.submit(f"/office/volunteers/teams/{team.id}", values, page="/office/volunteers/").status_code == 409


@pytest.mark.parametrize("who", ["moderator", "volunteer", "resident"])
def test_others_do_not_open_the_register(app: Flask, client: PageClient, who: str) -> None:
    row = make_volunteer()
    client.sign_in(f"{who}@demo.invalid")
    for path in ("/office/volunteers/", f"/office/volunteers/{row.id}", "/office/volunteers/export"):
        assert client.get(path).status_code in (403, 404)


def test_a_file_of_the_register_asks_why_and_holds_no_birth_day(app: Flask, client: PageClient) -> None:
    person = make_person()
    with transaction() as session:
        session.merge(person).phone = "13800138021"
    make_volunteer("=cmd|何苗", person=person, birth_day=date(1987, 6, 5), skills=["first_aid"], areas=["A1"])
    make_volunteer("别人", age=16)
    client.sign_in(COORDINATOR)
    assert client.submit("/office/volunteers/export", {"kind": "csv"}).status_code == 422
    values = {"kind": "csv", "reason": "年度保险名单"}
    text = client.submit("/office/volunteers/export?q=何苗", values, page="/office/volunteers/export").get_data(
        as_text=True
    )
    assert "'=cmd|何苗" in text and "别人" not in text and ("18至59岁" in text or "18 to 59" in text)
    for secret in ("1987", "13800138021", person.email or ""):
        assert secret not in text
    (event,) = db.session.execute(db.select(Event).where(Event.action == "register.exported")).scalars()
    assert event.detail == {"reason": "年度保险名单", "kind": "csv", "searched": True}
    data = client.submit("/office/volunteers/export", {**values, "kind": "xlsx"}).data
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and re.search(r"别人", sheet) and "1987" not in sheet
