"""Teams, and who is in them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func

from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.volunteers.models import Team, TeamMember, Volunteer
from citizen.volunteers.rules.teams import may_sign_up


def teams_with(volunteer_id: int) -> list[tuple[Team, int]]:
    """The teams that a volunteer belongs to, each with the number of its members, by name."""
    size = (
        db.select(func.count())
        .select_from(TeamMember)
        .where(TeamMember.team_id == Team.id)
        .correlate(Team)
        .scalar_subquery()
    )
    query = (
        db.select(Team, size)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.volunteer_id == volunteer_id, Team.ended_at.is_(None))
        .order_by(Team.name)
    )
    return [(team, int(n)) for team, n in db.session.execute(query)]


def own_team(me: Volunteer | None, team_id: int) -> Team:
    """The team, for one of its members; NotFound for everybody else and once it has ended."""
    query = (
        db.select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(Team.id == team_id, Team.ended_at.is_(None), TeamMember.volunteer_id == (me.id if me else 0))
    )
    team: Team | None = db.session.execute(query).scalar_one_or_none()
    if team is None:
        raise NotFound()
    return team


def led_team(me: Volunteer | None, team_id: int) -> Team:
    """The team, for its leader; NotFound for everybody else."""
    team = own_team(me, team_id)
    if me is None or team.leader_id != me.id:
        raise NotFound()
    return team


def members_of(team_id: int) -> Sequence[Volunteer]:
    """The members in the order in which they joined; shown to the leader only."""
    query = (
        db.select(Volunteer)
        .join(TeamMember, TeamMember.volunteer_id == Volunteer.id)
        .where(TeamMember.team_id == team_id)
        .order_by(TeamMember.joined_at, Volunteer.id)
    )
    return db.session.execute(query).scalars().all()


def size_of(team_id: int) -> int:
    """How many members a team has."""
    query = db.select(func.count()).select_from(TeamMember).where(TeamMember.team_id == team_id)
    return int(db.session.execute(query).scalar_one())


def teams_signing_up(volunteer_id: int) -> list[Team]:
    """The teams whose members a volunteer may book places for: led by them, going on, approved if they need it."""
    query = db.select(Team).where(Team.leader_id == volunteer_id, Team.ended_at.is_(None)).order_by(Team.name)
    teams = db.session.execute(query).scalars().all()
    return [team for team in teams if may_sign_up(team.kind, approved=team.approved_at is not None)]


def who_may_be_signed_up(volunteer_id: int) -> dict[int, set[int]]:
    """By team, the ids of the members whom the volunteer, as leader, may book places for."""
    teams = {team.id: set[int]() for team in teams_signing_up(volunteer_id)}
    query = db.select(TeamMember.team_id, TeamMember.volunteer_id).where(TeamMember.team_id.in_(teams))
    for team_id, member in db.session.execute(query):
        teams[team_id].add(member)
    return teams
