"""Public notices of hours, and the objections to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from citizen.extensions import db
from citizen.volunteers.models import Booking, HoursEntry, HoursNotice, HoursObjection, Post, Shift, Volunteer
from citizen.volunteers.rules.hours import ObjectionState
from citizen.volunteers.rules.ledger import Line, lines_of


@dataclass(frozen=True, slots=True)
class Served:
    """A line of the ledger with who served and where; no post for a service that was entered afterwards."""

    line: Line
    volunteer: Volunteer
    post: Post | None


def notice_with(slug: str) -> HoursNotice | None:
    """The notice at an address."""
    return db.session.execute(db.select(HoursNotice).where(HoursNotice.slug == slug)).scalar_one_or_none()


def notices(limit: int = 36) -> Sequence[HoursNotice]:
    """The notices, the newest first."""
    return db.session.execute(db.select(HoursNotice).order_by(HoursNotice.id.desc()).limit(limit)).scalars().all()


@dataclass(frozen=True, slots=True)
class Totals:
    """What a notice comes to; lines that were taken back altogether count for nothing."""

    people: int
    times: int
    minutes: int


#: One number for each line of the ledger, see `rules.ledger.lines_of`: bookings count up, services without one down.
_LINE = db.case(
    (HoursEntry.booking_id.is_not(None), HoursEntry.booking_id),
    else_=-db.func.coalesce(HoursEntry.reverses_id, HoursEntry.id),
)


def _lines(first: date, last: date) -> Select[Any]:
    minutes = db.func.sum(HoursEntry.minutes)
    query: Select[Any] = db.select(
        _LINE.label("line"), db.func.min(HoursEntry.volunteer_id).label("volunteer_id"), minutes.label("minutes")
    )
    return query.where(HoursEntry.day >= first, HoursEntry.day <= last).group_by(_LINE).having(minutes > 0)


def totals_between(first: date, last: date) -> Totals:
    """What was served on the days from ``first`` to ``last``, counted by the database."""
    lines = _lines(first, last).subquery()
    count = db.select(
        db.func.count(lines.c.volunteer_id.distinct()),
        db.func.count(),
        db.func.coalesce(db.func.sum(lines.c.minutes), 0),
    ).select_from(lines)
    people, times, minutes = db.session.execute(count).one()
    return Totals(people, times, int(minutes))


def served_between(first: date, last: date, *, limit: int, offset: int = 0) -> list[Served]:
    """What was served on the days from ``first`` to ``last`` and comes to something, by day; so many lines of it."""
    query = _lines(first, last).order_by(db.func.min(HoursEntry.day), db.func.min(HoursEntry.id))
    wanted = [row.line for row in db.session.execute(query.limit(limit).offset(offset))]
    of_lines = (HoursEntry.day >= first, HoursEntry.day <= last, _LINE.in_(wanted))
    rows = db.select(HoursEntry, Volunteer).join(Volunteer, Volunteer.id == HoursEntry.volunteer_id).where(*of_lines)
    entries, people = [], {}
    for entry, volunteer in db.session.execute(rows.order_by(HoursEntry.id)):
        entries.append(entry)
        people[entry.volunteer_id] = volunteer
    posts = posts_of({entry.booking_id for entry in entries if entry.booking_id is not None})
    return [
        Served(line, people[line.entries[0].volunteer_id], posts.get(line.booking_id or 0))
        for line in lines_of(entries)
        if line.minutes > 0
    ]


def posts_of(booking_ids: Collection[int]) -> dict[int, Post]:
    """The post of each booking, with its kind."""
    return _posts(_post_of_booking().where(Booking.id.in_(booking_ids)))


def _post_of_booking() -> Select[Any]:
    query: Select[Any] = db.select(Booking.id, Post).options(joinedload(Post.kind))
    return query.join(Shift, Shift.id == Booking.shift_id).join(Post, Post.id == Shift.post_id)


def _posts(query: Select[Any]) -> dict[int, Post]:
    return {row.id: row.Post for row in db.session.execute(query)}


def served_at(notice: HoursNotice, entry_id: int) -> Served | None:
    """The line of the notice that the entry stands for, or None when there is none."""
    entry = db.session.get(HoursEntry, entry_id)
    if entry is None or not notice.from_day <= entry.day <= notice.until_day:
        return None
    entries = db.select(HoursEntry).where(HoursEntry.volunteer_id == entry.volunteer_id, HoursEntry.day == entry.day)
    lines = lines_of(db.session.execute(entries).scalars())
    line = next((line for line in lines if line.entry_id == entry_id and line.minutes > 0), None)
    if line is None:
        return None
    post = posts_of({line.booking_id}).get(line.booking_id) if line.booking_id is not None else None
    return Served(line, db.session.get_one(Volunteer, entry.volunteer_id), post)


def open_objections(limit: int = 100) -> list[tuple[HoursObjection, HoursEntry, Volunteer]]:
    """Objections that wait for a decision, the oldest first."""
    query = (
        db.select(HoursObjection, HoursEntry, Volunteer)
        .join(HoursEntry, HoursEntry.id == HoursObjection.entry_id)
        .join(Volunteer, Volunteer.id == HoursEntry.volunteer_id)
        .where(HoursObjection.state == ObjectionState.OPEN)
        .order_by(HoursObjection.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def is_open(notice: HoursNotice, now: datetime) -> bool:
    """Whether objections are still taken, and lines shown."""
    return notice.opens_at <= now < notice.closes_at
