"""Teams: founded, joined by a code, left, handed over; the list of members is the leader's."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Team, TeamMember, Volunteer
from citizen.volunteers.services import teams
from tests.volunteers.making import fresh, make_volunteer, sign_in_as


@pytest.fixture
def me(client: FlaskClient) -> Volunteer:
    """A grown-up with everything on record, signed in."""
    volunteer = make_volunteer("王小明")
    sign_in_as(client, volunteer)
    return volunteer


def found(leader: Volunteer, name: str = "红马甲队", kind: str = "family") -> Team:
    with transaction():
        team_id = teams.create(leader, teams.TeamDraft(name, kind)).id
    return db.session.get_one(Team, team_id)


def enter(member: Volunteer, team: Team) -> None:
    with transaction():
        teams.join(member, fresh(team).join_code or "")


def members(team: Team) -> set[int]:
    db.session.rollback()
    return set(db.session.execute(db.select(TeamMember.volunteer_id).where(TeamMember.team_id == team.id)).scalars())


def test_a_team_is_founded_and_joined_by_page(client: FlaskClient, me: Volunteer, app: Flask) -> None:
    data = {"name": "云沚一家", "kind": "family", "area_code": "A1"}
    places = {client.submit("/volunteer/teams/new", data).headers["Location"] for _ in range(2)}
    assert len(places) == 1, "sent twice it is one team"
    page = client.get(places.pop()).get_data(as_text=True)
    code = re.search(r"<b>([0-9A-Z]{4}-[0-9A-Z]{4})</b>", page)
    assert code and "Only you see this list" in page
    other = make_volunteer("李四")
    browser = app.test_client()
    sign_in_as(browser, other)
    typed = f" {code[1].lower().replace('-', ' ')} "
    answer = browser.submit("/volunteer/teams/join", {"code": typed}, page="/volunteer/teams/")
    inside = browser.get(answer.headers["Location"]).get_data(as_text=True)
    assert "云沚一家" in inside and "2 members" in inside
    assert "王小明" not in inside and code[1] not in inside, "names and the code are the leader's"
    assert "李四" in client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "云沚一家" in browser.get("/volunteer/teams/").get_data(as_text=True)


def test_bad_input_keeps_what_was_typed(client: FlaskClient, me: Volunteer) -> None:
    for name, kind, field in (
        ("", "family", "name"),
        ("队", "", "kind"),
        ("队", "army", "kind"),
        ("长" * 31, "family", "name"),
    ):
        answer = client.submit("/volunteer/teams/new", {"name": name, "kind": kind, "area_code": ""})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422 and f'id="{field}-error"' in page and f'value="{name}"' in page


def test_a_name_belongs_to_one_team(client: FlaskClient, me: Volunteer) -> None:
    found(make_volunteer(), "红马甲队")
    answer = client.submit("/volunteer/teams/new", {"name": "红马甲队", "kind": "company"})
    assert answer.status_code == 422 and "a team with this name already" in answer.get_data(as_text=True)


def test_codes_are_not_guessed_for_long(client: FlaskClient, me: Volunteer) -> None:
    token = client.token("/volunteer/teams/")
    data = {"csrf_token": token, "code": "0000-0000"}
    codes = [client.post("/volunteer/teams/join", data=data).status_code for _ in range(21)]
    assert codes == [422] * 20 + [429]


def test_the_leader_hands_over_before_leaving(client: FlaskClient, me: Volunteer) -> None:
    team, other = found(me), make_volunteer("李四")
    enter(other, team)
    leave = f"/volunteer/teams/{team.id}/leave"
    assert client.submit(leave).status_code == 409
    assert client.submit(f"/volunteer/teams/{team.id}/members/{other.id}/lead").status_code == 303
    assert fresh(team).leader_id == other.id
    assert "李四" not in client.get(f"/volunteer/teams/{team.id}").get_data(as_text=True)
    assert client.submit(leave).status_code == 303 and members(team) == {other.id}
    assert client.get(f"/volunteer/teams/{team.id}").status_code == 404


def test_the_last_one_ends_the_team(client: FlaskClient, me: Volunteer) -> None:
    team = found(me)
    assert "so the team ends" in client.get(f"/volunteer/teams/{team.id}/leave").get_data(as_text=True)
    client.submit(f"/volunteer/teams/{team.id}/leave")
    assert fresh(team).ended_at is not None and fresh(team).join_code is None
    late = make_volunteer()
    with pytest.raises(InvalidInput), transaction():
        teams.join(late, "")


def test_the_code_is_changed_or_taken_away(client: FlaskClient, me: Volunteer) -> None:
    team, old = found(me), found(me).join_code or ""
    page = f"/volunteer/teams/{team.id}"
    client.submit(f"{page}/code", {"open": "1"}, page=page)
    assert fresh(team).join_code != old
    late = make_volunteer()
    with pytest.raises(InvalidInput), transaction():
        teams.join(late, old)
    client.submit(f"{page}/code", {"open": "0"}, page=page)
    assert fresh(team).join_code is None and "Joining is closed" in client.get(page).get_data(as_text=True)


def test_a_member_is_taken_out_by_the_leader(client: FlaskClient, me: Volunteer) -> None:
    team, other = found(me), make_volunteer("李四")
    enter(other, team)
    assert client.submit(f"/volunteer/teams/{team.id}/members/{other.id}/out").status_code == 303
    assert members(team) == {me.id}


@pytest.mark.parametrize("role", ["member", "outsider", "coordinator"])
def test_what_is_the_leaders_does_not_exist_for_others(client: FlaskClient, role: str) -> None:
    leader, third = make_volunteer(), make_volunteer()
    team = found(leader)
    enter(third, team)
    if role == "coordinator":
        client.sign_in("coordinator@demo.invalid")  # type: ignore[attr-defined]
    else:
        viewer = make_volunteer()
        sign_in_as(client, viewer)
        if role == "member":
            enter(viewer, team)
    token, code = client.token("/account/"), fresh(team).join_code
    for id_ in (team.id, 987654, 2**31, 10**15):
        for what in ("lead", "out"):
            assert client.get(f"/volunteer/teams/{id_}/members/{third.id}/{what}").status_code == 404
            answer = client.post(f"/volunteer/teams/{id_}/members/{third.id}/{what}", data={"csrf_token": token})
            assert answer.status_code == 404
        assert client.post(f"/volunteer/teams/{id_}/code", data={"csrf_token": token}).status_code == 404
        inside = role == "member" and id_ == team.id
        for page in ("", "/leave"):
            assert client.get(f"/volunteer/teams/{id_}{page}").status_code == (200 if inside else 404)
    assert fresh(team).join_code == code and len(members(team)) == (3 if role == "member" else 2)


@pytest.mark.both_databases
def test_joining_twice_is_joining_once(app: Flask) -> None:
    leader, member = make_volunteer(), make_volunteer()
    team = found(leader)
    for _ in range(2):
        enter(member, team)
    assert members(team) == {leader.id, member.id}
    with pytest.raises(InvalidInput), transaction():
        teams.create(member, teams.TeamDraft("红马甲队", "family"))
    with pytest.raises(NotFound), transaction():
        teams.hand_over(member, team.id, leader.id)
    for n in range(4):
        found(leader, f"队{n}")
    with pytest.raises(Conflict), transaction():
        teams.create(leader, teams.TeamDraft("第六", "family"))


def test_without_a_profile_there_is_no_team(client: FlaskClient) -> None:
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    client.get("/?lang=en")
    assert "not registered as a volunteer yet" in client.get("/volunteer/teams/").get_data(as_text=True)
    assert client.get("/volunteer/teams/new").headers["Location"].startswith("/volunteer/join?next=")
    assert client.submit("/volunteer/teams/join", {"code": "x"}, page="/account/").status_code == 404
