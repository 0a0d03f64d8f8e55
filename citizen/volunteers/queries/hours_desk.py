"""What waits at the desk of hours, and the bookings that entries belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func
from sqlalchemy.orm import aliased, joinedload

from citizen.accounts.models import Person
from citizen.extensions import db
from citizen.volunteers.models import (
    Attendance,
    Booking,
    HoursEntry,
    HoursObjection,
    HoursRequest,
    Post,
    Shift,
    Volunteer,
)
from citizen.volunteers.rules.booking import PRESENT
from citizen.volunteers.rules.hours import BULK, ObjectionState, RequestState
from citizen.volunteers.rules.sign_in import OUT_UNTIL


@dataclass(frozen=True, slots=True)
class Waiting:
    """A booking whose hours nobody confirmed yet, with its shift and volunteer; ``left`` is None without a sign-out."""

    booking: Booking
    came: datetime
    left: datetime | None


def with_shift() -> Any:
    """The options that load a booking's shift, post, kind and volunteer with it."""
    return joinedload(Booking.shift).joinedload(Shift.post).joinedload(Post.kind), joinedload(Booking.volunteer)


def bookings_by_id(ids: Collection[int]) -> dict[int, Booking]:
    """The bookings with shift, post, kind and volunteer."""
    if not ids:
        return {}
    query = db.select(Booking).where(Booking.id.in_(ids)).options(*with_shift())
    return {row.id: row for row in db.session.execute(query).scalars()}


def _unconfirmed(came: Any, left: Any) -> Any:
    entered = exists().where(HoursEntry.booking_id == Booking.id)
    return (
        db.select(Booking, came.at, left.at)
        .join(Shift, Shift.id == Booking.shift_id)
        .join(came, (came.booking_id == Booking.id) & (came.direction == "in"))
        .outerjoin(left, (left.booking_id == Booking.id) & (left.direction == "out"))
        .where(Booking.state.in_(PRESENT), ~entered)
    )


def to_confirm(*, page: int = 1, limit: int = BULK) -> list[Waiting]:
    """One page of the bookings with sign-in and sign-out that nobody confirmed, the oldest shift first; one more than ``limit``
    when there are further ones."""
    came, left = aliased(Attendance), aliased(Attendance)
    query = _unconfirmed(came, left).where(left.id.is_not(None)).options(*with_shift())
    query = query.order_by(Shift.starts_at, Booking.id).limit(limit + 1).offset((page - 1) * limit)
    return [Waiting(*row) for row in db.session.execute(query)]


def without_end(now: datetime, limit: int = BULK) -> list[Waiting]:
    """The bookings without sign-out, once nobody can sign out alone any more, the oldest shift first."""
    came, left = aliased(Attendance), aliased(Attendance)
    query = _unconfirmed(came, left).where(left.id.is_(None), Shift.ends_at < now - OUT_UNTIL).options(*with_shift())
    rows = db.session.execute(query.order_by(Shift.starts_at, Booking.id).limit(limit))
    return [Waiting(*row) for row in rows]


def unconfirmed_of(volunteer_id: int) -> list[Waiting]:
    """What a volunteer has served and nobody has confirmed yet, the latest first."""
    came, left = aliased(Attendance), aliased(Attendance)
    query = _unconfirmed(came, left).where(Booking.volunteer_id == volunteer_id).options(*with_shift())
    return [Waiting(*row) for row in db.session.execute(query.order_by(Shift.starts_at.desc()).limit(20))]


def pending_requests(limit: int = 100) -> Sequence[HoursRequest]:
    """Corrections that wait for a decision, the oldest first."""
    query = db.select(HoursRequest).where(HoursRequest.state == RequestState.PENDING).order_by(HoursRequest.id)
    return db.session.execute(query.limit(limit)).scalars().all()


def requests_of(volunteer_id: int, limit: int = 20) -> Sequence[HoursRequest]:
    """A volunteer's corrections, the latest first."""
    query = db.select(HoursRequest).where(HoursRequest.volunteer_id == volunteer_id).order_by(HoursRequest.id.desc())
    return db.session.execute(query.limit(limit)).scalars().all()


def counts(now: datetime) -> dict[str, int]:
    """How much waits, by the view of the desk that shows it."""
    came, left = aliased(Attendance), aliased(Attendance)
    ready = _unconfirmed(came, left).where(left.id.is_not(None))
    missing = _unconfirmed(came, left).where(left.id.is_(None), Shift.ends_at < now - OUT_UNTIL)
    pending = db.select(HoursRequest.id).where(HoursRequest.state == RequestState.PENDING)
    objections = db.select(HoursObjection.id).where(HoursObjection.state == ObjectionState.OPEN)
    queries = {"confirm": ready, "missing": missing, "corrections": pending, "objections": objections}
    return {
        name: int(db.session.execute(db.select(func.count()).select_from(query.order_by(None).subquery())).scalar_one())
        for name, query in queries.items()
    }


def ledger_between(first: date, last: date) -> Iterator[Any]:
    """The ledger of some days, in order: (entry, volunteer's name, booking or None, who entered it, who agreed)."""
    entered, agreed = aliased(Person), aliased(Person)
    query = (
        db.select(HoursEntry, Volunteer.name, Booking, entered.name, agreed.name)
        .join(Volunteer, Volunteer.id == HoursEntry.volunteer_id)
        .outerjoin(Booking, Booking.id == HoursEntry.booking_id)
        .outerjoin(entered, entered.id == HoursEntry.entered_by)
        .outerjoin(agreed, agreed.id == HoursEntry.approved_by)
        .where(HoursEntry.day >= first, HoursEntry.day <= last)
        .options(joinedload(Booking.shift).joinedload(Shift.post).joinedload(Post.kind))
        .order_by(HoursEntry.day, HoursEntry.id)
    )
    yield from db.session.execute(query)
