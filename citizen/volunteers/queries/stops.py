"""Which stop covers what, and how far a stop has got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_

from citizen.extensions import db
from citizen.volunteers.models import Booking, Post, PostKind, Shift, Stop
from citizen.volunteers.rules.booking import ACTIVE, PRESENT
from citizen.volunteers.rules.shifts import ShiftStatus


@dataclass(frozen=True, slots=True)
class Reach:
    """What a stop covers: a half-open span, an area or the whole county, outdoor posts or all."""

    starts_at: datetime
    ends_at: datetime
    area_code: str | None
    outdoors_only: bool


def reach_of(stop: Stop) -> Reach:
    """What a stored stop covers."""
    return Reach(stop.starts_at, stop.ends_at, stop.area_code, stop.outdoors_only)


def stop_over(post: Post, span: tuple[datetime, datetime]) -> Stop | None:
    """The first stop, not lifted, that covers any part of ``span`` at ``post``; None when there is none."""
    query = (
        db.select(Stop)
        .where(
            Stop.lifted_at.is_(None),
            Stop.starts_at < span[1],
            Stop.ends_at > span[0],
            or_(Stop.area_code.is_(None), Stop.area_code == post.area_code),
            True if post.kind.outdoors else Stop.outdoors_only.is_(False),
        )
        .order_by(Stop.id)
        .limit(1)
    )
    return db.session.execute(query).scalar_one_or_none()


def reached(reach: Reach, *, now: datetime) -> Select[int]:
    """The ids of the open shifts that a stop cancels: those that overlap it and have not begun, by id."""
    return _within(reach, Shift.id).where(Shift.starts_at > now).order_by(Shift.id)


def under_way(reach: Reach, *, now: datetime) -> list[Shift]:
    """Shifts that have begun: people may have signed in, so their leads decide on the spot."""
    query = _within(reach, Shift).where(Shift.starts_at <= now, Shift.ends_at > now)
    return list(db.session.execute(query.order_by(Shift.starts_at, Shift.id)).scalars())


def _within(reach: Reach, column: Any) -> Select[Any]:
    query: Select[Any] = db.select(column).where(
        Shift.status == ShiftStatus.OPEN, Shift.starts_at < reach.ends_at, Shift.ends_at > reach.starts_at
    )
    if reach.area_code:
        query = query.where(Shift.area_code == reach.area_code)
    if reach.outdoors_only:
        query = query.join(PostKind, PostKind.code == Shift.kind_code).where(PostKind.outdoors)
    return query


@dataclass(frozen=True, slots=True)
class Preview:
    """What one press would do: so many shifts cancelled, so many people told; ``running`` ones are left to their leads."""

    shifts: int
    people: int
    running: list[Shift]


def preview(reach: Reach, *, now: datetime) -> Preview:
    """The numbers of a stop that has not been called yet."""
    ids = reached(reach, now=now).order_by(None).subquery()
    shifts = db.session.execute(db.select(func.count()).select_from(ids)).scalar_one()
    people = db.select(func.count(Booking.volunteer_id.distinct())).where(
        Booking.shift_id.in_(db.select(ids.c.id)), Booking.state.in_(ACTIVE)
    )
    return Preview(shifts, db.session.execute(people).scalar_one(), under_way(reach, now=now))


def progress(stop_ids: list[int]) -> dict[int, tuple[int, int]]:
    """For each stop: how many shifts it cancelled, and how many bookings of them still wait to be told."""
    shifts = (
        db.select(Shift.stop_id, func.count().label("n")).where(Shift.stop_id.in_(stop_ids)).group_by(Shift.stop_id)
    )
    left = (
        db.select(Shift.stop_id, func.count(Booking.id).label("n"))
        .join(Booking, Booking.shift_id == Shift.id)
        .where(Shift.stop_id.in_(stop_ids), Booking.state.in_(ACTIVE - PRESENT))
        .group_by(Shift.stop_id)
    )
    counts = {row.stop_id: row.n for row in db.session.execute(shifts)}
    waiting = {row.stop_id: row.n for row in db.session.execute(left)}
    return {id_: (counts.get(id_, 0), waiting.get(id_, 0)) for id_ in stop_ids}


def stops(limit: int = 100) -> list[Stop]:
    """The stops, newest first."""
    return list(db.session.execute(db.select(Stop).order_by(Stop.id.desc()).limit(limit)).scalars())


def unfinished(now: datetime) -> list[Stop]:
    """Stops in force that are not over: a shift that slipped in beside one of them has still to be cancelled."""
    query = db.select(Stop).where(Stop.lifted_at.is_(None), Stop.ends_at > now).order_by(Stop.id)
    return list(db.session.execute(query).scalars())


def stopped_with_bookings(limit: int) -> list[int]:
    """Shifts that a stop cancelled and whose people are not all told yet, by id."""
    query = (
        db.select(Shift.id)
        .join(Booking, Booking.shift_id == Shift.id)
        .where(Shift.stop_id.is_not(None), Shift.status == ShiftStatus.CANCELLED, Booking.state.in_(ACTIVE - PRESENT))
        .distinct()
        .order_by(Shift.id)
        .limit(limit)
    )
    return list(db.session.execute(query).scalars())
