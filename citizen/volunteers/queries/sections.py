"""Sections with who looks after them, and the record of each season from bookings and the ledger of hours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func

from citizen.extensions import db
from citizen.volunteers.models import (
    Adoption,
    Booking,
    HoursEntry,
    Post,
    Section,
    Shift,
    ShiftTemplate,
    Team,
    Volunteer,
)
from citizen.volunteers.rules.booking import PRESENT
from citizen.volunteers.rules.sections import HELD, OPEN, AdoptionState

PAGE = 24
FREE, TAKEN = "free", "taken"
#: Seasons on one section's page, and requests on the coordinator's.
MOST_SEASONS, MOST_REQUESTS = 20, 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list; empty values do not count."""

    area: str = ""
    kind: str = ""
    state: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A section and, when it is asked for or taken, by whom and for which season."""

    section: Section
    post: Post
    adoption: Adoption | None
    team: Team | None


def sections_page(wanted: Wanted, *, page: int) -> tuple[list[Listed], int]:
    """One page of the sections, free ones first, and how many there are in all."""
    free_first = case((Adoption.state == AdoptionState.RUNNING, 2), (Adoption.state.is_not(None), 1), else_=0)
    query = _listed(wanted).order_by(free_first, Section.id).limit(PAGE).offset((page - 1) * PAGE)
    rows = [Listed(*row) for row in db.session.execute(query)]
    total = db.session.execute(_listed(wanted).with_only_columns(func.count(Section.id))).scalar_one()
    return rows, int(total)


def section_counts(wanted: Wanted) -> dict[str, int]:
    """How many sections of the view lie in each area, whatever area is chosen."""
    others = Wanted(kind=wanted.kind, state=wanted.state)
    query = _listed(others).with_only_columns(Post.area_code, func.count(Section.id)).group_by(Post.area_code)
    return {code: int(n) for code, n in db.session.execute(query)}


def _listed(wanted: Wanted) -> Select[Any]:
    query: Select[Any] = (
        db.select(Section, Post, Adoption, Team)
        .join(Post, Post.id == Section.post_id)
        .outerjoin(Adoption, (Adoption.section_id == Section.id) & Adoption.state.in_(HELD))
        .outerjoin(Team, Team.id == Adoption.team_id)
    )
    if not wanted.hidden:
        query = query.where(Section.active.is_(True))
    conditions: list[tuple[str, ColumnElement[bool]]] = [
        (wanted.area, Post.area_code == wanted.area),
        (wanted.kind, Section.kind == wanted.kind),
        (wanted.state, Adoption.id.is_(None) if wanted.state == FREE else Adoption.id.is_not(None)),
    ]
    return query.where(*(condition for value, condition in conditions if value))


def listed_section(section_id: int) -> Listed | None:
    """A section with its present adoption, whether it is offered or not."""
    row = db.session.execute(_listed(Wanted(hidden=True)).where(Section.id == section_id)).first()
    return Listed(*row) if row else None


def seasons_of(section_id: int) -> list[tuple[Adoption, Team]]:
    """The seasons that a section had and has, the newest first."""
    states = (AdoptionState.RUNNING, AdoptionState.ENDED)
    query = (
        db.select(Adoption, Team)
        .join(Team, Team.id == Adoption.team_id)
        .where(Adoption.section_id == section_id, Adoption.state.in_(states), Adoption.template_id.is_not(None))
        .order_by(Adoption.from_day.desc(), Adoption.id.desc())
        .limit(MOST_SEASONS)
    )
    return [(adoption, team) for adoption, team in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Given:
    """What was done in a season: shifts at which somebody was present, and the minutes in the ledger."""

    shifts: int = 0
    minutes: int = 0


def given_in(adoptions: Collection[Adoption]) -> dict[int, Given]:
    """What was done in each of the seasons, by the adoption's id; minutes are sums of the ledger and nothing else."""
    templates = {row.template_id: row.id for row in adoptions if row.template_id}
    held = (
        db.select(Shift.template_id, func.count(func.distinct(Shift.id)))
        .join(Booking, Booking.shift_id == Shift.id)
        .where(Shift.template_id.in_(templates), Booking.state.in_(PRESENT))
        .group_by(Shift.template_id)
    )
    credited = (
        db.select(Shift.template_id, func.coalesce(func.sum(HoursEntry.minutes), 0))
        .join(Booking, Booking.shift_id == Shift.id)
        .join(HoursEntry, HoursEntry.booking_id == Booking.id)
        .where(Shift.template_id.in_(templates))
        .group_by(Shift.template_id)
    )
    shifts = {id_: int(n) for id_, n in db.session.execute(held)}
    minutes = {id_: int(n) for id_, n in db.session.execute(credited)}
    return {
        adoption: Given(shifts.get(template, 0), minutes.get(template, 0)) for template, adoption in templates.items()
    }


def teams_leading(volunteer_id: int) -> list[Team]:
    """The approved teams that somebody leads, by name."""
    query = db.select(Team).where(
        Team.leader_id == volunteer_id, Team.approved_at.is_not(None), Team.ended_at.is_(None)
    )
    return list(db.session.execute(query.order_by(Team.name)).scalars())


def requests() -> list[tuple[Adoption, Section, Team, Volunteer]]:
    """What a coordinator has to decide, the oldest first: sections asked for and seasons to renew, with the leader."""
    query = (
        db.select(Adoption, Section, Team, Volunteer)
        .join(Section, Section.id == Adoption.section_id)
        .join(Team, Team.id == Adoption.team_id)
        .join(Volunteer, Volunteer.id == Team.leader_id)
        .where(Adoption.state.in_(OPEN))
        .order_by(Adoption.id)
        .limit(MOST_REQUESTS)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]


def last_answer(section_id: int, team_ids: Collection[int]) -> Adoption | None:
    """The last thing that was decided for one of the teams about a section."""
    states = (AdoptionState.REFUSED, AdoptionState.ENDED, AdoptionState.GRANTED)
    query = (
        db.select(Adoption)
        .where(Adoption.section_id == section_id, Adoption.team_id.in_(team_ids), Adoption.state.in_(states))
        .order_by(Adoption.id.desc())
        .limit(1)
    )
    row: Adoption | None = db.session.execute(query).scalar_one_or_none()
    return row


def adoptions_of(section_id: int) -> list[tuple[Adoption, Team]]:
    """Everything that was asked and decided about a section, the newest first."""
    query = (
        db.select(Adoption, Team)
        .join(Team, Team.id == Adoption.team_id)
        .where(Adoption.section_id == section_id)
        .order_by(Adoption.id.desc())
        .limit(MOST_SEASONS)
    )
    return [(adoption, team) for adoption, team in db.session.execute(query)]


def posts_to_choose() -> list[Post]:
    """Posts at which a section's shifts can take place: open ones that are no home visits."""
    query = (
        db.select(Post).where(Post.active.is_(True), Post.care.is_(False)).order_by(Post.area_code, Post.id).limit(500)
    )
    return list(db.session.execute(query).scalars())


def shifts_to_come(template_id: int, now: Any) -> list[Shift]:
    """The next shifts of a season, the earliest first."""
    query = (
        db.select(Shift)
        .join(ShiftTemplate, ShiftTemplate.id == Shift.template_id)
        .where(Shift.template_id == template_id, Shift.starts_at > now)
        .order_by(Shift.starts_at)
        .limit(8)
    )
    return list(db.session.execute(query).scalars())


def leaders_of(ids: Collection[int]) -> list[Volunteer]:
    """The volunteers with these ids."""
    return list(db.session.execute(db.select(Volunteer).where(Volunteer.id.in_(ids))).scalars())
