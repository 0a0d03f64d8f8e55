"""Teams: founding, joining by a code, leaving, handing over; `services.team_approvals` is for the coordinator."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import constraint_means, locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import normalise_code, random_code
from citizen.core.text import clean_name, is_blank
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.models import Team, TeamMember, Volunteer
from citizen.volunteers.queries.teams import size_of
from citizen.volunteers.rules.teams import CODE_LENGTH, MOST_LED, MOST_MEMBERS, TeamKind
from citizen.volunteers.services.places import lock_volunteers


def _name_taken() -> InvalidInput:
    return InvalidInput(_l("There is a team with this name already. Add the place, for example."), "name")


for _name in ("uq_teams_name", "teams.name"):
    constraint_means(_name, _name_taken)
for _name in ("pk_team_members", "team_members.team_id, team_members.volunteer_id"):
    constraint_means(_name, lambda: Conflict(_l("You are in this team already.")))


@dataclass(frozen=True, slots=True)
class TeamDraft:
    """A team as its founder describes it; ``area_code`` may be empty."""

    name: str
    kind: str
    area_code: str = ""


def create(me: Volunteer, draft: TeamDraft) -> Team:
    """A new team with its founder as leader and first member, open to whoever has the code; the same name twice is one team.

    Raises InvalidInput at ``name`` or ``kind``, Conflict for somebody who leads five teams already.
    """
    lock_volunteers({me.id})
    if is_blank(draft.name):
        raise InvalidInput(_l("Give the team a name."), "name")
    name = clean_name(draft.name, field="name")
    if draft.kind not in list(TeamKind):
        raise InvalidInput(_l("Choose what kind of team it is."), "kind")
    mine = db.select(Team).where(Team.leader_id == me.id, Team.ended_at.is_(None))
    led: list[Team] = list(db.session.execute(mine).scalars())
    for known in led:
        if known.name == name:
            return known
    if len(led) >= MOST_LED:
        raise Conflict(_l("You lead five teams already. Hand one over first."))
    team = Team(
        name=name,
        kind=draft.kind,
        leader_id=me.id,
        area_code=draft.area_code if draft.area_code in directory().areas else None,
        join_code=random_code(CODE_LENGTH),
        created_at=clock.now(),
    )
    db.session.add(team)
    db.session.flush()
    db.session.add(TeamMember(team_id=team.id, volunteer_id=me.id, joined_at=clock.now()))
    _note(team, "team.created", by=(me.person_id, "self"))
    return team


def join(me: Volunteer, code: str) -> Team:
    """Join the team whose code this is, in any way of typing it; somebody who is in already stays in.

    Raises InvalidInput at ``code`` for a code of no team, Conflict for a full one.
    """
    typed = normalise_code(code, CODE_LENGTH)
    team = locked(Team, Team.join_code == typed, Team.ended_at.is_(None)) if typed else None
    if team is None:
        raise InvalidInput(_l("No team has this code. Ask its leader for the present one."), "code")
    if _member(team, me.id) is not None:
        return team
    if size_of(team.id) >= MOST_MEMBERS:
        raise Conflict(_l("This team is full."))
    db.session.add(TeamMember(team_id=team.id, volunteer_id=me.id, joined_at=clock.now()))
    _note(team, "team.joined", by=(me.person_id, "self"))
    return team


def leave(me: Volunteer, team_id: int) -> Team:
    """Leave a team; bookings made with it stay. The last member ends it.

    Raises NotFound for somebody who is not in it, Conflict for a leader while others are in it.
    """
    team = _locked(team_id)
    member = _member(team, me.id)
    if member is None:
        raise NotFound()
    if team.leader_id == me.id:
        if size_of(team.id) > 1:
            raise Conflict(_l("You lead this team. Hand it over to another member first."))
        team.ended_at, team.join_code = clock.now(), None
        team.version += 1
    db.session.delete(member)
    _note(team, "team.left", by=(me.person_id, "self"))
    return team


def hand_over(me: Volunteer, team_id: int, member_id: int) -> Team:
    """Let another member lead; raises NotFound unless I lead the team and the other one is in it."""
    team = _led(me, team_id)
    if _member(team, member_id) is None:
        raise NotFound()
    team.leader_id = member_id
    team.version += 1
    _note(team, "team.handed_over", by=(me.person_id, "self"))
    return team


def take_out(me: Volunteer, team_id: int, member_id: int) -> Team:
    """Take a member out of a team that I lead; raises NotFound, Conflict for myself."""
    team = _led(me, team_id)
    member = _member(team, member_id)
    if member is None:
        raise NotFound()
    if member_id == me.id:
        raise Conflict(_l("You lead this team. Hand it over to another member first."))
    db.session.delete(member)
    _note(team, "team.taken_out", by=(me.person_id, "self"))
    return team


def renew_code(me: Volunteer, team_id: int, *, open_: bool) -> Team:
    """A new code in place of the old one, or none so that nobody else joins; raises NotFound unless I lead the team."""
    team = _led(me, team_id)
    team.join_code = random_code(CODE_LENGTH) if open_ else None
    team.version += 1
    _note(team, "team.code_changed", by=(me.person_id, "self"))
    return team


def _locked(team_id: int) -> Team:
    team = locked(Team, Team.id == team_id, Team.ended_at.is_(None))
    if team is None:
        raise NotFound()
    return team


def _led(me: Volunteer, team_id: int) -> Team:
    team = _locked(team_id)
    if team.leader_id != me.id:
        raise NotFound()
    return team


def _member(team: Team, volunteer_id: int) -> TeamMember | None:
    return db.session.get(TeamMember, (team.id, volunteer_id))


def _note(team: Team, action: str, *, by: tuple[int | None, str]) -> None:
    db.session.flush()
    record(action, "team", subject_id=team.id, actor=by)
