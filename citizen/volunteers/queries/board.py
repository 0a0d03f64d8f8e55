"""The coordinator's boards: what is unfilled, what is below its minimum, what runs now, and the week."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_
from sqlalchemy.orm import selectinload

from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, Post, Shift
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.coverage import Coverage, coverage
from citizen.volunteers.rules.finding import midnight
from citizen.volunteers.rules.shifts import ShiftStatus

AHEAD = timedelta(days=7)
PAGE = 60
VIEWS = ("short", "unfilled", "running")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a board is narrowed to: an area, a kind of post; empty means all."""

    area: str = ""
    kind: str = ""


def of_view(view: str, wanted: Filter, *, now: datetime) -> Select[Any]:
    """The shifts of one board, without an order: the same rows are counted and listed."""
    query = _narrowed(db.select(Shift).where(Shift.status == ShiftStatus.OPEN), wanted)
    if view == "running":
        return query.where(Shift.starts_at <= now, Shift.ends_at > now)
    coming = query.where(Shift.starts_at > now, Shift.starts_at <= now + AHEAD)
    return coming.where(Shift.taken < (Shift.min_needed if view == "short" else Shift.capacity))


def _narrowed(query: Select[Any], wanted: Filter) -> Select[Any]:
    if wanted.area:
        query = query.where(Shift.area_code == wanted.area)
    if wanted.kind:
        query = query.where(Shift.kind_code == wanted.kind)
    return query


def counts(wanted: Filter, *, now: datetime) -> dict[str, int]:
    """How many rows each board has."""
    return {
        view: db.session.execute(
            db.select(func.count()).select_from(of_view(view, wanted, now=now).subquery())
        ).scalar_one()
        for view in VIEWS
    }


def rows_of(view: str, wanted: Filter, *, now: datetime, page: int = 1) -> list[Shift]:
    """One page of a board: the soonest first, at the same moment those that lack most."""
    lacking = (Shift.min_needed if view == "short" else Shift.capacity) - Shift.taken
    query = of_view(view, wanted, now=now).options(selectinload(Shift.post).selectinload(Post.kind))
    query = query.order_by(Shift.starts_at, lacking.desc(), Shift.id)
    return list(db.session.execute(query.limit(PAGE).offset((page - 1) * PAGE)).scalars())


def shifts_between(first: date, last: date, wanted: Filter) -> list[Shift]:
    """All shifts, cancelled ones too, that begin on the days from ``first`` to ``last``, by time."""
    query = _narrowed(
        db.select(Shift).where(
            Shift.starts_at >= midnight(first), Shift.starts_at < midnight(last + timedelta(days=1))
        ),
        wanted,
    )
    query = query.options(selectinload(Shift.post).selectinload(Post.kind)).order_by(Shift.starts_at, Shift.id)
    return list(db.session.execute(query).scalars())


def signed_in(shift_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """For each shift: how many people have signed in and have not left, and how many came at all."""
    query = (
        db.select(Booking.shift_id, Attendance.direction, func.count())
        .join(Booking, Booking.id == Attendance.booking_id)
        .where(Booking.shift_id.in_(shift_ids))
        .group_by(Booking.shift_id, Attendance.direction)
    )
    found = {(shift_id, direction): count for shift_id, direction, count in db.session.execute(query)}
    return {
        id_: (found.get((id_, "in"), 0) - found.get((id_, "out"), 0), found.get((id_, "in"), 0)) for id_ in shift_ids
    }


def covered(shifts: Collection[Shift], *, now: datetime) -> dict[int, Coverage]:
    """The coverage of each post over those of ``shifts`` that took place, up to ``now``, by the formula of `rules.coverage`."""
    begun = [row for row in shifts if row.status == ShiftStatus.OPEN and row.starts_at < now]
    there = _presences([row.id for row in begun])
    found: dict[int, Coverage] = {}
    for row in begun:
        people = [(come, gone or row.ends_at) for come, gone in there.get(row.id, [])]
        one = coverage((row.starts_at, min(row.ends_at, now)), people, needed=row.min_needed)
        found[row.post_id] = found.get(row.post_id, Coverage()) + one
    return found


def _presences(shift_ids: list[int]) -> dict[int, list[tuple[datetime, datetime | None]]]:
    """For each shift: when each of its people came and, if they signed out, went."""
    query = (
        db.select(Booking.shift_id, Booking.id, Attendance.direction, Attendance.at)
        .join(Attendance, Attendance.booking_id == Booking.id)
        .where(
            Booking.shift_id.in_(shift_ids),
            or_(Booking.state == BookingState.ATTENDED, Booking.state == BookingState.LEFT_EARLY),
        )
    )
    marks: dict[tuple[int, int], dict[str, datetime]] = {}
    for shift_id, booking_id, direction, at in db.session.execute(query):
        marks.setdefault((shift_id, booking_id), {})[direction] = at
    found: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for (shift_id, _booking), pair in marks.items():
        if "in" in pair:
            found.setdefault(shift_id, []).append((pair["in"], pair.get("out")))
    return found
