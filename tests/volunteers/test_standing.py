"""How people stand to shifts: every reason, the viewer's own place, and what they could do instead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import joinedload

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Post, Shift, Team, TeamMember
from citizen.volunteers.queries.alternatives import alternatives
from citizen.volunteers.queries.standing import family, standings
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.services.booking import Wish, book, cancel
from citizen.volunteers.services.draw import announce
from citizen.volunteers.services.places import lock_shift
from tests.volunteers.making import (
    by,
    coordinator,
    fresh,
    make_booking,
    make_post,
    make_shift,
    make_volunteer,
    statements,
)


def make_team(leader: Any, *members: Any, kind: str = "school", name: str = "县一中志愿队") -> Team:
    with transaction() as session:
        team = Team(name=name, kind=kind, leader_id=leader.id, approved_at=clock.now(), created_at=clock.now())
        session.add(team)
        session.flush()
        for member in members:
            session.add(TeamMember(team_id=team.id, volunteer_id=member.id, joined_at=clock.now()))
    return db.session.get_one(Team, team.id)


REASONS: list[tuple[Reason | None, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (Reason.TOO_YOUNG, {"age": 15}, {"kind": "civility_guide"}, {}),
    (Reason.NO_CONSENT, {"age": 16}, {"kind": "civility_guide"}, {}),
    (Reason.NOT_BRIEFED, {"briefed_on": None}, {}, {}),
    (Reason.NOT_APPROVED, {}, {"care": True}, {}),
    (Reason.SUSPENDED, {"suspended_at": clock.now()}, {}, {}),
    (Reason.TOO_EARLY, {}, {}, {"starts_in": 24 * 31}),
    (Reason.TOO_LATE, {}, {}, {"starts_in": -0.5}),
    (Reason.CANCELLED, {}, {}, {"status": "cancelled"}),
    (None, {}, {}, {}),
]


def test_the_list_greys_exactly_what_booking_refuses(app: Flask) -> None:
    for reason, person, post, shift in REASONS:
        row, volunteer = make_shift(make_post(**post), **shift), make_volunteer(**person)
        assert standings(volunteer, [row])[row.id].reason is reason
        wish = Wish(row.id, (volunteer.id,), key=f"key-of-shift-{row.id}")
        if reason is None:
            with transaction():
                book(wish, by=by(volunteer))
            continue
        with pytest.raises(Refused) as caught, transaction():
            book(wish, by=by(volunteer))
        assert caught.value.reason is reason


@pytest.mark.both_databases
def test_a_clash_names_the_other_shift_and_neighbours_do_not_clash(app: Flask) -> None:
    person, post = make_volunteer(), make_post()
    mine = make_shift(post, hours=2)
    make_booking(mine, person)
    over = make_shift(post, starts_at=mine.ends_at - timedelta(minutes=1))
    after = make_shift(post, starts_at=mine.ends_at)
    found = standings(person, [mine, over, after])
    assert (found[mine.id].reason, found[mine.id].state) == (Reason.ALREADY_IN, BookingState.CONFIRMED)
    assert found[over.id].reason is Reason.CLASH
    clash = found[over.id].clash
    assert clash is not None and (clash.shift_id, clash.place_hans) == (mine.id, "人民公园东门")
    assert found[after.id].reason is None


@pytest.mark.both_databases
def test_a_full_shift_can_be_waited_for_and_the_rank_is_the_place_in_the_line(app: Flask) -> None:
    shift = make_shift(capacity=1)
    make_booking(shift)
    ahead, person = make_volunteer(), make_volunteer()
    assert standings(person, [fresh(shift)])[shift.id].can_wait
    first = make_booking(shift, ahead)
    make_booking(shift, person)
    found = standings(person, [fresh(shift)])[shift.id]
    assert (found.state, found.rank) == (BookingState.WAITING, 2)
    with transaction():
        cancel(first.id, by=by(ahead))
    assert standings(person, [fresh(shift)])[shift.id].rank == 1


def test_who_waits_for_a_draw_has_no_number_and_nobody_finds_it_full(app: Flask) -> None:
    shift, person, other = make_shift(capacity=1), make_volunteer(), make_volunteer()
    with transaction():
        announce(lock_shift(shift.id), clock.now() + timedelta(hours=1), by=coordinator())
    make_booking(shift, person)
    found = standings(person, [fresh(shift)])[shift.id]
    assert (found.state, found.rank) == (BookingState.WAITING, None)
    assert standings(other, [fresh(shift)])[shift.id].reason is None


def test_a_team_shift_is_for_members_only(app: Flask) -> None:
    member, stranger = make_volunteer(), make_volunteer()
    team = make_team(member, member)
    shift = make_shift(team_id=team.id)
    found = [standings(viewer, [shift])[shift.id].reason for viewer in (member, stranger, None)]
    assert found == [None, Reason.TEAM_ONLY, Reason.TEAM_ONLY]


def test_children_stand_as_they_do_beside_their_guardian(app: Flask) -> None:
    parent = make_volunteer()
    child = make_volunteer("孩子", guardian_id=parent.id, age=9)
    young, roadside = make_shift(make_post("env_steward")), make_shift(make_post("traffic_guide"))
    assert family(make_volunteer(), young) == []
    assert [(row.id, standing.reason) for row, standing in family(parent, roadside)] == [(child.id, Reason.TOO_YOUNG)]
    ((row, standing),) = family(parent, young)
    assert (row.id, standing.reason) == (child.id, None)


@pytest.mark.both_databases
def test_alternatives_are_free_near_in_kind_and_day_and_fit_the_viewer(app: Flask) -> None:
    person, post, other = make_volunteer(), make_post(), make_post("sorting_guide")
    shift = make_shift(post, capacity=1, starts_in=72)
    make_booking(shift)
    clashing = make_shift(post, starts_in=96)
    make_booking(make_shift(other, starts_at=clashing.starts_at), person)
    full = make_shift(post, starts_in=71, capacity=1)
    make_booking(full)
    past = make_shift(post, starts_in=-1)
    same_kind = make_shift(post, starts_in=120)
    same_day = make_shift(other, starts_at=shift.starts_at, hours=1)
    elsewhere = make_shift(other, starts_in=120)
    found = [row.id for row in alternatives(fresh(shift), person)]
    assert found == [same_kind.id, same_day.id]
    assert not {clashing.id, full.id, past.id, elsewhere.id} & set(found)
    assert found[0] == alternatives(fresh(shift), person, limit=1)[0].id
    strangers = [row.id for row in alternatives(fresh(shift), None)]
    assert strangers == [clashing.id, same_kind.id, same_day.id]


@pytest.mark.both_databases
def test_a_newcomer_is_offered_what_asks_for_no_briefing(app: Flask) -> None:
    newcomer = make_volunteer(briefed_on=None, insured_until=None)
    shift = make_shift(starts_in=30)
    make_shift(starts_in=33)
    easy = make_shift(make_post("market_steward"), starts_in=150)
    assert [row.id for row in alternatives(fresh(shift), newcomer)] == [easy.id]


def test_the_viewer_s_bookings_are_asked_for_once_however_many_shifts_there_are(app: Flask) -> None:
    person, post = make_volunteer(), make_post()
    query = db.select(Shift).options(joinedload(Shift.post).joinedload(Post.kind))
    for n in (1, 29):
        for i in range(n):
            make_shift(post, starts_in=24 + 3 * i)
        shifts = db.session.execute(query).scalars().all()
        assert person.id
        with statements() as seen:
            assert len(standings(person, shifts)) == len(shifts)
        assert len(seen) == 1
