"""Guardians with children and teams: all get a place or nobody does, and nobody is booked who did not agree."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from flask.testing import FlaskClient

from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Booking, Party, Shift, Volunteer
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.services import booking as service
from citizen.volunteers.services import team_approvals, teams
from tests.volunteers.making import coordinator, fresh, make_booking, make_post, make_shift, make_volunteer, sign_in_as


@pytest.fixture
def me(client: FlaskClient) -> Volunteer:
    """A grown-up with everything on record, signed in."""
    volunteer = make_volunteer("王小明")
    sign_in_as(client, volunteer)
    return volunteer


def send(client: FlaskClient, shift: Shift, *people: Volunteer, key: str = "", **more: str) -> Any:
    data = {"key": key or secrets.token_hex(16), "people": [str(person.id) for person in people], **more}
    return client.submit(f"/volunteer/shifts/{shift.id}/party", data, page="/account/")


def make_team(leader: Volunteer, *members: Volunteer, kind: str = "family") -> int:
    with transaction():
        team = teams.create(leader, teams.TeamDraft(f"队{secrets.token_hex(3)}", kind))
        team_id, code = team.id, team.join_code or ""
    for member in members:
        with transaction():
            teams.join(member, code)
    return team_id


def states() -> list[str]:
    db.session.rollback()
    return sorted(db.session.execute(db.select(Booking.state)).scalars())


def picnic(capacity: int) -> Shift:
    """A shift to which children come along."""
    return make_shift(make_post("env_steward"), capacity=capacity)


def test_a_guardian_brings_two_children(client: FlaskClient, me: Volunteer) -> None:
    children = [make_volunteer(name, guardian_id=me.id, age=9) for name in ("大宝", "小宝")]
    shift = picnic(3)
    page = client.get(f"/volunteer/shifts/{shift.id}/party").get_data(as_text=True)
    assert "大宝" in page and "小宝" in page and "All of you get a place, or nobody does" in page
    key = secrets.token_hex(16)
    answers = {send(client, shift, *children, key=key).headers["Location"] for _ in range(2)}
    assert len(answers) == 1 and states() == ["confirmed"] * 3
    party = db.session.execute(db.select(Party)).scalar_one()
    assert party.leader_id == me.id
    done = client.get(answers.pop()).get_data(as_text=True)
    assert "Together with:" in done and "大宝" in done


def test_too_little_room_books_nobody_and_the_line_takes_all_of_them(client: FlaskClient, me: Volunteer) -> None:
    child = make_volunteer("大宝", guardian_id=me.id, age=9)
    shift = picnic(2)
    first = make_booking(shift)
    answer = send(client, shift, child)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "Only 1 place is free, and you are 2" in page
    assert states() == ["confirmed"] and f'name="people" value="{child.id}"' in page
    assert send(client, shift, child, wait="1").status_code == 303
    assert states() == ["confirmed", "waiting", "waiting"]
    with transaction():
        service.cancel(first.id, by=coordinator())
    assert states() == ["cancelled", "offered", "offered"]
    mine = db.session.execute(db.select(Booking).where(Booking.volunteer_id == me.id)).scalar_one()
    client.submit(f"/volunteer/bookings/{mine.id}/accept", page="/account/")
    assert states() == ["cancelled", "confirmed", "confirmed"]


def test_a_party_larger_than_the_shift_is_refused(client: FlaskClient, me: Volunteer) -> None:
    children = [make_volunteer(guardian_id=me.id, age=9) for _ in range(2)]
    answer = send(client, picnic(2), *children, wait="1")
    assert answer.status_code == 422 and "2 places in all" in answer.get_data(as_text=True) and states() == []


def test_children_come_later_and_leave_with_their_guardian(client: FlaskClient, me: Volunteer) -> None:
    shift, child = picnic(3), make_volunteer("大宝", guardian_id=me.id, age=9)
    mine = make_booking(shift, me)
    assert "You have your place already" in client.get(f"/volunteer/shifts/{shift.id}/party").get_data(as_text=True)
    assert send(client, shift, child).headers["Location"] == f"/volunteer/bookings/{mine.id}"
    assert send(client, shift, child).status_code == 409, "who is in is not booked twice"
    client.submit(f"/volunteer/bookings/{mine.id}/cancel")
    assert states() == ["cancelled", "cancelled"] and fresh(shift).taken == 0


def test_what_stands_in_a_childs_way_is_said_with_its_name(client: FlaskClient, me: Volunteer) -> None:
    child = make_volunteer("大宝", guardian_id=me.id, age=9, insured_until=None)
    shift = make_shift(make_post("env_steward"))
    answer = send(client, shift, child)
    assert answer.status_code == 409 and "大宝 is not insured on that day" in answer.get_data(as_text=True)
    assert states() == []


def test_nobody_chosen_is_asked_again(client: FlaskClient, me: Volunteer) -> None:
    answer = send(client, picnic(3))
    assert answer.status_code == 422 and "Nobody to bring along yet" in answer.get_data(as_text=True)


def test_a_leader_signs_up_members_who_joined(client: FlaskClient, me: Volunteer) -> None:
    members = [make_volunteer(name) for name in ("李一", "李二")]
    team_id = make_team(me, *members)
    shift = make_shift()
    assert "李一" in client.get(f"/volunteer/shifts/{shift.id}/party").get_data(as_text=True)
    assert send(client, shift, *members).status_code == 303
    assert states() == ["confirmed"] * 3
    assert db.session.execute(db.select(Party.team_id)).scalar_one() == team_id
    mine = db.session.execute(db.select(Booking).where(Booking.volunteer_id == me.id)).scalar_one()
    question = client.get(f"/volunteer/bookings/{mine.id}/cancel").get_data(as_text=True)
    assert "The whole group cannot come" in question
    client.submit(f"/volunteer/bookings/{mine.id}/cancel", {"party": "1"})
    assert states() == ["cancelled"] * 3


def test_a_member_cancels_only_for_themselves(client: FlaskClient, me: Volunteer) -> None:
    leader = make_volunteer("带队人")
    make_team(leader, me)
    shift = make_shift()
    with transaction():
        wish = service.Wish(shift.id, (leader.id, me.id), key="k" * 16)
        service.book(wish, by=By(leader.person_id, Actor.VOLUNTEER))
    mine = db.session.execute(db.select(Booking).where(Booking.volunteer_id == me.id)).scalar_one()
    page = client.get(f"/volunteer/bookings/{mine.id}").get_data(as_text=True)
    assert "带队人" not in page, "members do not see who else is in the party"
    assert "whole group" not in client.get(f"/volunteer/bookings/{mine.id}/cancel").get_data(as_text=True)
    client.submit(f"/volunteer/bookings/{mine.id}/cancel", {"party": "1"})
    assert states() == ["cancelled", "confirmed"]


def test_members_do_not_sign_up_each_other_nor_strangers(client: FlaskClient, me: Volunteer) -> None:
    leader, stranger = make_volunteer(), make_volunteer()
    child = make_volunteer(guardian_id=leader.id, age=9)
    make_team(leader, me)
    shift = make_shift()
    for person in (leader, stranger, child):
        assert send(client, shift, person).status_code == 404
        data = {"key": secrets.token_hex(16), "people": str(person.id)}
        assert client.submit(f"/volunteer/shifts/{shift.id}/book", data, page="/account/").status_code == 404
    assert states() == []


def test_members_who_left_are_not_signed_up_any_more(client: FlaskClient, me: Volunteer) -> None:
    member = make_volunteer()
    team_id = make_team(me, member)
    with transaction():
        teams.leave(member, team_id)
    assert send(client, make_shift(), member).status_code == 404


def test_a_team_with_a_name_of_its_own_waits_for_approval(client: FlaskClient, me: Volunteer) -> None:
    member = make_volunteer("李一")
    team_id = make_team(me, member, kind="company")
    shift = make_shift()
    assert "李一" not in client.get(f"/volunteer/shifts/{shift.id}/party").get_data(as_text=True)
    assert send(client, shift, member).status_code == 404
    with transaction():
        team_approvals.approve(team_id, version=1, by=coordinator())
    assert send(client, shift, member).status_code == 303


def test_a_leader_learns_little_of_what_members_lack(client: FlaskClient, me: Volunteer) -> None:
    member = make_volunteer("李一", briefed_on=None)
    make_team(me, member)
    answer = send(client, make_shift(), member)
    said = answer.get_data(as_text=True).split("notice--waiting")[1].split("</div>")[0]
    assert answer.status_code == 409 and "sees on its page what is missing" in said and "briefing" not in said


def test_a_members_other_shift_is_not_named_to_the_leader(client: FlaskClient, me: Volunteer) -> None:
    member, post = make_volunteer("李一"), make_post()
    make_team(me, member)
    other = make_shift(post)
    make_booking(other, member)
    answer = send(client, make_shift(post), member)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "李一 has another shift at that time" in page
    assert f"/volunteer/shifts/{other.id}" not in page.split("notice--waiting")[1].split("</div>")[0]


def test_the_same_form_with_other_people_is_not_swallowed(client: FlaskClient, me: Volunteer) -> None:
    one, two = make_volunteer(), make_volunteer()
    make_team(me, one, two)
    shift, key = make_shift(capacity=5), secrets.token_hex(16)
    assert send(client, shift, one, key=key).status_code == 303
    answer = send(client, shift, one, two, key=key)
    assert answer.status_code == 409 and "sent before for other people" in answer.get_data(as_text=True)
    assert send(client, shift, two).status_code == 303 and states() == ["confirmed"] * 3


def test_a_child_in_the_line_follows_its_guardian_who_has_a_place(client: FlaskClient, me: Volunteer) -> None:
    child, shift = make_volunteer("大宝", guardian_id=me.id, age=9), picnic(2)
    make_booking(shift, me)
    first = make_booking(shift)
    assert send(client, shift, child, wait="1").status_code == 303
    assert states() == ["confirmed", "confirmed", "waiting"]
    with transaction():
        service.cancel(first.id, by=coordinator())
    assert states() == ["cancelled", "confirmed", "offered"]
    assert "for 大宝" in client.get("/volunteer/mine").get_data(as_text=True)
