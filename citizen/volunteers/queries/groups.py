"""Teams as everybody may see them: how many people, how many hours, never who."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_

from citizen.extensions import db
from citizen.volunteers.models import Booking, HoursEntry, Party, Shift, Team, TeamMember

#: A family is not named in public: its name is often a person's.
FAMILY = "family"
#: Teams listed at most.
LISTED = 300


def public_teams() -> Sequence[Any]:
    """(name, kind, area_code, members, minutes) of every approved team that goes on, families left out, by name.

    ``minutes`` are the hours credited for shifts of the team and for shifts that members booked together as the team.
    """
    members = db.select(TeamMember.team_id, func.count().label("n")).group_by(TeamMember.team_id).subquery()
    minutes = _minutes()
    return db.session.execute(
        db.select(
            *(Team.name, Team.kind, Team.area_code),
            func.coalesce(members.c.n, 0).label("members"),
            func.coalesce(minutes.c.minutes, 0).label("minutes"),
        )
        .outerjoin(members, members.c.team_id == Team.id)
        .outerjoin(minutes, minutes.c.team_id == Team.id)
        .where(Team.approved_at.is_not(None), Team.ended_at.is_(None), Team.kind != FAMILY)
        .order_by(Team.name, Team.id)
        .limit(LISTED)
    ).all()


def _minutes() -> Any:
    team_id = func.coalesce(Party.team_id, Shift.team_id).label("team_id")
    return (
        db.select(team_id, func.sum(HoursEntry.minutes).label("minutes"))
        .join(Booking, Booking.id == HoursEntry.booking_id)
        .join(Shift, Shift.id == Booking.shift_id)
        .outerjoin(Party, Party.id == Booking.party_id)
        .where(or_(Party.team_id.is_not(None), Shift.team_id.is_not(None)))
        .group_by(team_id)
        .subquery()
    )


def families() -> int:
    """How many families volunteer together."""
    query = db.select(func.count()).select_from(Team)
    approved = query.where(Team.approved_at.is_not(None), Team.ended_at.is_(None), Team.kind == FAMILY)
    return int(db.session.execute(approved).scalar_one())
