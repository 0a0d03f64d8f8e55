"""Posts and their kinds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import joinedload

from citizen.extensions import db
from citizen.volunteers.models import Post, PostKind, Shift
from citizen.volunteers.rules.shifts import ShiftStatus


def posts(*, active: bool | None = None) -> list[Post]:
    """All posts, or only the open or the closed ones, by kind and place."""
    query = db.select(Post).join(PostKind, PostKind.code == Post.kind_code).options(joinedload(Post.kind))
    if active is not None:
        query = query.where(Post.active.is_(active))
    return list(db.session.execute(query.order_by(PostKind.sort, Post.area_code, Post.id)).scalars())


def kinds() -> list[PostKind]:
    """The kinds of service in the county's order."""
    return list(db.session.execute(db.select(PostKind).order_by(PostKind.sort)).scalars())


def coming_counts(now: datetime) -> dict[int, int]:
    """For each post: how many open shifts are still to come."""
    query = db.select(Shift.post_id, func.count().label("shifts")).where(
        Shift.status == ShiftStatus.OPEN, Shift.starts_at > now
    )
    return {row.post_id: row.shifts for row in db.session.execute(query.group_by(Shift.post_id))}


def coming_shifts(post_id: int, *, now: datetime, limit: int = 30) -> list[Shift]:
    """The next shifts of a post, cancelled ones too."""
    query = db.select(Shift).where(Shift.post_id == post_id, Shift.ends_at > now)
    return list(db.session.execute(query.order_by(Shift.starts_at, Shift.id).limit(limit)).scalars())
