"""Patterns, the shifts they made and the holidays they meet."""

from __future__ import annotations

from datetime import date, datetime

from citizen.core.clock import local
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.models import Shift, ShiftTemplate
from citizen.volunteers.rules.patterns import Made, Pattern
from citizen.volunteers.rules.shifts import ShiftStatus


def pattern_of(template: ShiftTemplate) -> Pattern:
    """The pattern that a row holds."""
    return Pattern(
        weekdays=tuple(template.weekdays),
        starts=template.starts,
        minutes=template.minutes,
        capacity=template.capacity,
        min_needed=template.min_needed,
        from_day=template.from_day,
        until_day=template.until_day,
        exceptions=frozenset(date.fromisoformat(day) for day in template.exceptions),
    )


def made_shifts(template_id: int, *, now: datetime) -> list[Made]:
    """The shifts made for today and later days of a pattern, by day."""
    query = (
        db.select(Shift)
        .where(Shift.template_id == template_id, Shift.template_day >= local(now).date())
        .order_by(Shift.template_day)
        .execution_options(populate_existing=True)
    )
    return [
        Made(
            shift_id=row.id,
            day=row.template_day or local(row.starts_at).date(),
            span=(row.starts_at, row.ends_at),
            capacity=row.capacity,
            min_needed=row.min_needed,
            booked=row.taken + row.waiting,
            closed=row.status != ShiftStatus.OPEN or row.starts_at <= now,
        )
        for row in db.session.execute(query).scalars()
    ]


def templates(*, post_id: int | None = None, ended: bool = False) -> list[ShiftTemplate]:
    """The patterns in force (or those that have ended), by post and wall clock."""
    query = db.select(ShiftTemplate).order_by(ShiftTemplate.post_id, ShiftTemplate.starts, ShiftTemplate.id)
    query = query.where(ShiftTemplate.ended_at.is_not(None) if ended else ShiftTemplate.ended_at.is_(None))
    if post_id is not None:
        query = query.where(ShiftTemplate.post_id == post_id)
    return list(db.session.execute(query.limit(500)).scalars())


def due_templates(today: date) -> list[int]:
    """The ids of the patterns that may still need shifts."""
    query = db.select(ShiftTemplate.id).where(ShiftTemplate.ended_at.is_(None), ShiftTemplate.until_day >= today)
    return list(db.session.execute(query.order_by(ShiftTemplate.id)).scalars())


def holidays_in(pattern: Pattern, today: date) -> list[date]:
    """The county's days off, from ``today`` on, on which the pattern would make a shift."""
    holidays = directory().calendar.holidays
    return [day for day in pattern.days(today, pattern.until_day) if day in holidays]


def upcoming(template_id: int, *, now: datetime, limit: int = 60) -> list[Shift]:
    """The next shifts of a pattern, in order."""
    query = db.select(Shift).where(Shift.template_id == template_id, Shift.ends_at > now)
    return list(db.session.execute(query.order_by(Shift.starts_at).limit(limit)).scalars())
