"""Who a volunteer is, as far as shifts ask."""

from __future__ import annotations

from collections.abc import Collection

from citizen.core.clock import local
from citizen.extensions import db
from citizen.volunteers.models import Shift, TeamMember, Volunteer
from citizen.volunteers.rules.eligibility import Facts, Needs

_BY_PERSON = db.select(Volunteer).where(Volunteer.person_id == db.bindparam("person"))
_ID_BY_PERSON = db.select(Volunteer.id).where(Volunteer.person_id == db.bindparam("person"))


def volunteer_of(person_id: int | None) -> Volunteer | None:
    """The volunteer behind an account, or None before the profile was filled in."""
    if person_id is None:
        return None
    return db.session.execute(_BY_PERSON, {"person": person_id}).scalar_one_or_none()


def volunteer_id_of(person_id: int | None) -> int | None:
    """The id of the volunteer behind an account, or None before the profile was filled in."""
    if person_id is None:
        return None
    found: int | None = db.session.connection().execute(_ID_BY_PERSON, {"person": person_id}).scalar()
    return found


def children_of(volunteer_id: int) -> list[Volunteer]:
    """The children without account that a volunteer answers for, in the order in which they were named.

    One that was taken off and has served before is kept without a name, and is not among them.
    """
    mine = db.select(Volunteer).where(Volunteer.guardian_id == volunteer_id, Volunteer.name != "")
    query = mine.order_by(Volunteer.id)
    return list(db.session.execute(query).scalars())


def teams_of(ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The ids of the teams of each volunteer."""
    rows = db.session.execute(
        db.select(TeamMember.volunteer_id, TeamMember.team_id).where(TeamMember.volunteer_id.in_(ids))
    ).all()
    return {id_: frozenset(team for member, team in rows if member == id_) for id_ in ids}


def facts_of(volunteer: Volunteer, *, teams: frozenset[int], with_guardian: bool = False) -> Facts:
    """What counts of a volunteer for the question whether a shift may be taken."""
    return Facts(
        birth_day=volunteer.birth_day,
        has_account=volunteer.person_id is not None,
        consent_on=volunteer.consent_on,
        briefed_on=volunteer.briefed_on,
        insured_until=volunteer.insured_until,
        care_approved_on=volunteer.care_approved_on,
        suspended=volunteer.suspended_at is not None,
        teams=teams,
        with_guardian=with_guardian,
    )


def needs_of(shift: Shift) -> Needs:
    """What a shift asks of its volunteers."""
    post = shift.post
    return Needs(
        day=local(shift.starts_at).date(),
        min_age=post.lowest_age,
        guardian_consent=post.kind.guardian_consent,
        briefing=post.kind.briefing_required,
        insurance=post.kind.insurance_required,
        care=post.care,
        team_id=shift.team_id,
    )
