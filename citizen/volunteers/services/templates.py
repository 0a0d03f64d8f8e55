"""Weekly patterns and the shifts made from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.clock import local
from citizen.core.database import locked
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Booking, Post, Shift, ShiftTemplate
from citizen.volunteers.queries.stops import stop_over
from citizen.volunteers.queries.templates import made_shifts, pattern_of
from citizen.volunteers.rules.booking import ACTIVE, SYSTEM, By
from citizen.volunteers.rules.coverage import monday_of
from citizen.volunteers.rules.patterns import DRAW_BEFORE, Change, Pattern, Step, ensure_pattern, plan
from citizen.volunteers.rules.shifts import HORIZON, ShiftStatus
from citizen.volunteers.services.draw import announce
from citizen.volunteers.services.line import fill
from citizen.volunteers.services.moving import move_shift
from citizen.volunteers.services.places import lock_shifts, lock_volunteers
from citizen.volunteers.services.shifts import new_shift
from citizen.volunteers.services.stops import born_stopped


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A pattern as a coordinator asks for it."""

    post_id: int
    pattern: Pattern
    drawn: bool = False
    team_id: int | None = None


def horizon(today: date) -> date:
    """The last day for which shifts are made now."""
    return today + HORIZON


def create_template(draft: TemplateDraft, *, by: By) -> ShiftTemplate:
    """A new pattern with the shifts of the next weeks. Raises InvalidInput, NotFound, Conflict for a closed post."""
    post = db.session.get(Post, draft.post_id)
    if post is None:
        raise NotFound()
    if not post.active:
        raise Conflict(_l("This post is closed. Open it again before you add shifts."))
    ensure_pattern(draft.pattern)
    template = ShiftTemplate(post=post, drawn=draft.drawn, team_id=draft.team_id)
    _take_over(template, draft.pattern)
    db.session.add(template)
    db.session.flush()
    made = make_shifts(template, horizon(clock.today()))
    detail = {"post": post.id, "weekdays": template.weekdays, "starts": template.starts, "shifts": len(made)}
    record("template.created", "template", subject_id=template.id, actor=by.pair, detail=detail)
    return template


def lock_template(template_id: int) -> ShiftTemplate:
    """The pattern, fresh and locked; raises NotFound. It is locked before any of its shifts."""
    template = locked(ShiftTemplate, ShiftTemplate.id == template_id)
    if template is None:
        raise NotFound()
    return template


def ensure_version(template: ShiftTemplate, version: object) -> None:
    """Raise Conflict when a coordinator looked at an older version, or the pattern has ended."""
    if template.ended_at is not None:
        raise Conflict(_l("This pattern has ended. Make a new one."))
    if str(version) != str(template.version):
        raise Conflict(_l("The pattern has changed in the meantime. Look at it again before you decide."))


def make_shifts(template: ShiftTemplate, until: date) -> list[Shift]:
    """Make the shifts of a locked pattern up to ``until`` that are not there yet; returns the new ones.

    Doing it twice makes nothing new, whatever became of the shifts made before: each day of a pattern has one shift, ever.
    A shift in a stopped time is cancelled from the beginning; none is made for a closed post or in the past.
    """
    if template.ended_at is not None or not template.post.active:
        return []
    pattern, now = pattern_of(template), clock.now()
    known = _days_of(template)
    made = [
        _make(template, pattern, day)
        for day in pattern.days(local(now).date(), until)
        if day not in known and pattern.span(day)[0] > now
    ]
    template.made_until = max(until, template.made_until or until)
    db.session.flush()
    if template.drawn:
        for shift in made:
            _announce(shift, now)
    return made


def _days_of(template: ShiftTemplate) -> set[date]:
    """The days of a pattern that have a shift."""
    days = db.session.execute(db.select(Shift.template_day).where(Shift.template_id == template.id)).scalars()
    return {day for day in days if day is not None}


def _make(template: ShiftTemplate, pattern: Pattern, day: date) -> Shift:
    span = pattern.span(day)
    shift = new_shift(template.post, span, capacity=pattern.capacity, min_needed=pattern.min_needed)
    shift.template_id, shift.template_day, shift.team_id = template.id, day, template.team_id
    stop = stop_over(template.post, span)
    if stop is not None:
        born_stopped(shift, stop)
    return shift


def _announce(shift: Shift, now: datetime) -> None:
    """Let the places be drawn, unless the shift is too near: then they go to those who come first."""
    draw_at = shift.starts_at - DRAW_BEFORE
    if shift.status == ShiftStatus.OPEN and draw_at > now:
        announce(shift, draw_at, by=SYSTEM)


def changes(template: ShiftTemplate, new: Pattern | None) -> list[Change]:
    """What becomes of each day when the pattern is changed to ``new`` or, with None, ends; reads only."""
    now = clock.now()
    made = made_shifts(template.id, now=now)
    last = max([horizon(local(now).date()), *(shift.day for shift in made)])
    return plan(pattern_of(template), new, made, now=now, last=last)


def edit_template(template: ShiftTemplate, new: Pattern, *, move_booked: bool, by: By) -> Counter[Step]:
    """Change a locked pattern and the shifts made from it; returns how many days met which step.

    Shifts that nobody booked follow or go; booked ones follow only with ``move_booked``, by the rules of moving a shift;
    those changed by hand stay. Raises InvalidInput, and Conflict when a booked shift cannot be moved.
    """
    ensure_pattern(new)
    return _apply(template, new, move_booked=move_booked, by=by, action="template.edited")


def end_template(template: ShiftTemplate, *, by: By) -> Counter[Step]:
    """End a locked pattern: shifts that nobody booked go, booked ones stay and are the coordinator's to decide."""
    return _apply(template, None, move_booked=False, by=by, action="template.ended")


def _apply(template: ShiftTemplate, new: Pattern | None, *, move_booked: bool, by: By, action: str) -> Counter[Step]:
    shifts = _lock_everything(template)
    found = changes(template, new)
    for change in found:
        if change.shift_id is not None:
            _settle(shifts[change.shift_id], change, new, move_booked=move_booked, by=by)
    if new is None:
        template.ended_at = clock.now()
    else:
        _take_over(template, new)
    template.version = (template.version or 1) + 1
    db.session.flush()
    make_shifts(template, horizon(clock.today()))
    steps = Counter(change.step for change in found)
    detail = {"moved_booked": move_booked, **{step.value: count for step, count in steps.items()}}
    record(action, "template", subject_id=template.id, actor=by.pair, detail=detail)
    return steps


def _lock_everything(template: ShiftTemplate) -> dict[int, Shift]:
    """The shifts that may change, locked by their ids, and then, at one go, everybody who booked them."""
    shifts = lock_shifts([made.shift_id for made in made_shifts(template.id, now=clock.now())])
    booked = db.select(Booking.volunteer_id).where(Booking.shift_id.in_(shifts), Booking.state.in_(ACTIVE))
    lock_volunteers(set(db.session.execute(booked).scalars()))
    return shifts


def _settle(shift: Shift, change: Change, new: Pattern | None, *, move_booked: bool, by: By) -> None:
    """Do to one locked shift what the plan says."""
    if change.step is Step.DROP:
        _drop(shift)
    elif new is not None and change.step is Step.FOLLOW:
        shift.starts_at, shift.ends_at = new.span(change.day)
        shift.capacity, shift.min_needed = new.capacity, new.min_needed
        shift.version += 1
        if shift.draw_at is not None:
            shift.draw_at, shift.draw_seed = None, ""
            _announce(shift, clock.now())
    elif new is not None and change.step is Step.BOOKED and move_booked:
        span = new.span(change.day)
        # Nobody loses a place because a pattern became smaller.
        shift.capacity = max(new.capacity, shift.taken)
        shift.min_needed = min(new.min_needed, shift.capacity)
        shift.version += 1
        if span != (shift.starts_at, shift.ends_at):
            move_shift(shift, *span, by=by)
        else:
            fill(shift)


def _drop(shift: Shift) -> None:
    """Take away a shift that nobody ever booked; with past bookings it stays as a cancelled row."""
    if db.session.execute(db.select(Booking.id).where(Booking.shift_id == shift.id).limit(1)).first() is None:
        db.session.delete(shift)
    else:
        shift.status, shift.cancelled_at = ShiftStatus.CANCELLED, clock.now()
        shift.version += 1


def _take_over(template: ShiftTemplate, pattern: Pattern) -> None:
    template.weekdays, template.starts, template.minutes = list(pattern.weekdays), pattern.starts, pattern.minutes
    template.capacity, template.min_needed = pattern.capacity, pattern.min_needed
    template.from_day, template.until_day = pattern.from_day, pattern.until_day
    template.exceptions = sorted(day.isoformat() for day in pattern.exceptions)


def copy_last_week(post_id: int, week: date, *, by: By) -> list[Shift]:
    """Repeat a post's shifts of the week before ``week`` (any day of it) seven days later; returns the new ones.

    Left out are cancelled ones, those that would begin in the past or in a stop, and times at which the post has a shift.
    """
    post = db.session.get(Post, post_id)
    if post is None or not post.active:
        raise NotFound()
    shift_by = timedelta(days=7)
    rows = _shifts_of_week(post_id, monday_of(week) - shift_by)
    there = {row.starts_at for row in _shifts_of_week(post_id, monday_of(week))}
    made = []
    for row in rows:
        span = (row.starts_at + shift_by, row.ends_at + shift_by)
        if row.status != ShiftStatus.OPEN or span[0] in there or span[0] <= clock.now() or stop_over(post, span):
            continue
        copy = new_shift(post, span, capacity=row.capacity, min_needed=row.min_needed)
        copy.team_id, copy.note = row.team_id, row.note
        made.append(copy)
    db.session.flush()
    if made:
        detail = {"week": monday_of(week).isoformat(), "shifts": [shift.id for shift in made]}
        record("post.week_copied", "post", subject_id=post.id, actor=by.pair, detail=detail)
    return made


def _shifts_of_week(post_id: int, monday: date) -> Sequence[Shift]:
    start = datetime(monday.year, monday.month, monday.day, tzinfo=clock.COUNTY_ZONE)
    query = db.select(Shift).where(
        Shift.post_id == post_id, Shift.starts_at >= start, Shift.starts_at < start + timedelta(days=7)
    )
    return db.session.execute(query.order_by(Shift.starts_at, Shift.id)).scalars().all()
