"""What a volunteer finds about themselves and the children in their care."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_
from sqlalchemy.orm import joinedload

from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.volunteers.models import Booking, BookingEvent, HoursEntry, Party, Post, Shift, Volunteer
from citizen.volunteers.rules.booking import ACTIVE, BookingState

#: Past shifts on a page; the rest are with the hours.
PAST = 20
#: Shifts to come that a page lists.
COMING = 100


def is_identity_fixed(volunteer: Volunteer) -> bool:
    """Whether only the coordinator changes name and day of birth: hours are credited, or a guardian's consent was seen."""
    if volunteer.consent_on is not None:
        return True
    return bool(db.session.execute(db.select(exists().where(HoursEntry.volunteer_id == volunteer.id))).scalar_one())


def _with_shifts() -> Any:
    return (
        db.select(Booking)
        .join(Shift, Shift.id == Booking.shift_id)
        .options(joinedload(Booking.shift).joinedload(Shift.post).joinedload(Post.kind), joinedload(Booking.volunteer))
    )


def whole_booking(booking_id: int) -> Booking | None:
    """The booking with its volunteer, shift, post and kind; whose it is, is for the caller to ask."""
    query = _with_shifts().where(Booking.id == booking_id).execution_options(populate_existing=True)
    found: Booking | None = db.session.execute(query).scalar_one_or_none()
    return found


def own_booking(me: Volunteer | None, booking_id: int) -> Booking:
    """The booking with its shift and volunteer when it is mine or my child's; else NotFound, as for one that does not exist."""
    booking = whole_booking(booking_id)
    if me is None or booking is None or me.id not in (booking.volunteer_id, booking.volunteer.guardian_id):
        raise NotFound()
    return booking


def coming(ids: Collection[int], now: datetime) -> Sequence[Booking]:
    """The bookings of ``ids`` that still matter, the soonest first: active ones, and what the organiser cancelled lately."""
    called_off = (Booking.state == BookingState.CANCELLED_BY_ORGANISER) & (Shift.starts_at > now)
    query = _with_shifts().where(Booking.volunteer_id.in_(ids), Shift.ends_at > now)
    query = query.where(or_(Booking.state.in_(ACTIVE), called_off))
    rows: Sequence[Booking] = (
        db.session.execute(query.order_by(Shift.starts_at, Booking.id).limit(COMING)).scalars().all()
    )
    return rows


def past(ids: Collection[int], now: datetime) -> Sequence[Booking]:
    """The last bookings of ``ids`` whose shift is over or that ended by themselves, the latest first."""
    query = _with_shifts().where(Booking.volunteer_id.in_(ids))
    gone = Booking.state.not_in(ACTIVE | {BookingState.CANCELLED_BY_ORGANISER})
    query = query.where(or_(Shift.ends_at <= now, gone))
    rows: Sequence[Booking] = (
        db.session.execute(query.order_by(Shift.starts_at.desc(), Booking.id.desc()).limit(PAST)).scalars().all()
    )
    return rows


def minutes_by_booking(bookings: Iterable[Booking]) -> dict[int, int]:
    """The minutes credited for each of the bookings that has any."""
    ids = [booking.id for booking in bookings]
    query = db.select(HoursEntry.booking_id, func.sum(HoursEntry.minutes)).where(HoursEntry.booking_id.in_(ids))
    return {id_: int(n) for id_, n in db.session.execute(query.group_by(HoursEntry.booking_id)) if id_ is not None}


def ranks_of(bookings: Iterable[Booking]) -> dict[int, int]:
    """The number in the line, from 1, of each of the bookings that waits in one."""
    other = db.aliased(Booking)
    ahead = (
        db.select(func.count())
        .where(other.shift_id == Booking.shift_id, other.state == BookingState.WAITING)
        .where(other.wait_no < Booking.wait_no)
        .correlate(Booking)
        .scalar_subquery()
    )
    ids = [row.id for row in bookings if row.state == BookingState.WAITING and row.wait_no is not None]
    return {id_: n + 1 for id_, n in db.session.execute(db.select(Booking.id, ahead).where(Booking.id.in_(ids)))}


def last_reason(booking: Booking) -> str:
    """The words or the code that the booking's last event carries."""
    query = db.select(BookingEvent.reason).where(BookingEvent.booking_id == booking.id)
    return str(db.session.execute(query.order_by(BookingEvent.id.desc()).limit(1)).scalar() or "")


def company(booking: Booking) -> Sequence[Booking]:
    """The other active bookings of the same party, when the booking's volunteer leads it."""
    if booking.party_id is None:
        return []
    query = (
        _with_shifts()
        .join(Party, Party.id == Booking.party_id)
        .where(Party.id == booking.party_id, Party.leader_id == booking.volunteer_id)
        .where(Booking.state.in_(ACTIVE), Booking.id != booking.id)
    )
    rows: Sequence[Booking] = db.session.execute(query.order_by(Booking.id)).scalars().all()
    return rows


def children_in(booking: Booking) -> Sequence[Booking]:
    """The active bookings, at the same shift, of children who come along with the booking's volunteer."""
    query = _with_shifts().where(
        Booking.shift_id == booking.shift_id,
        Booking.state.in_(ACTIVE),
        Volunteer.id == Booking.volunteer_id,
        Volunteer.guardian_id == booking.volunteer_id,
    )
    rows: Sequence[Booking] = db.session.execute(query.order_by(Booking.id)).scalars().all()
    return rows


def lines_on(ids: Collection[int], span: tuple[datetime, datetime], *, but: int) -> dict[int, int]:
    """In how many lines each of ``ids`` stands for shifts that begin within ``span``, the shift ``but`` left out."""
    query = (
        db.select(Booking.volunteer_id, func.count())
        .join(Shift, Shift.id == Booking.shift_id)
        .where(Booking.volunteer_id.in_(ids), Booking.state == BookingState.WAITING, Booking.shift_id != but)
        .where(Shift.starts_at >= span[0], Shift.starts_at < span[1])
    )
    return {id_: int(n) for id_, n in db.session.execute(query.group_by(Booking.volunteer_id))}


def active_at(volunteer_id: int, shift_id: int) -> Booking | None:
    """The active booking of a volunteer at a shift, if there is one."""
    query = db.select(Booking).where(Booking.volunteer_id == volunteer_id, Booking.shift_id == shift_id)
    found: Booking | None = db.session.execute(query.where(Booking.state.in_(ACTIVE))).scalar_one_or_none()
    return found


def booked_at(shift_id: int) -> frozenset[int]:
    """Who has a place at a shift or waits for one."""
    query = db.select(Booking.volunteer_id).where(Booking.shift_id == shift_id, Booking.state.in_(ACTIVE))
    return frozenset(db.session.execute(query).scalars())
