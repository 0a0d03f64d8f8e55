"""Who signed in and out, and what somebody could sign in to now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import contains_eager

from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, BookingEvent, HoursEntry, Post, Shift, Volunteer
from citizen.volunteers.queries.volunteers import children_of
from citizen.volunteers.rules.booking import PRESENT, BookingState
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.sign_in import OFFLINE, OPENS_BEFORE, Direction

#: What a volunteer can still sign in to, or out of.
ON_SITE = PRESENT | {BookingState.CONFIRMED, BookingState.NO_SHOW, BookingState.EXCUSED}

Marks = dict[Direction, Attendance]


def marks_of(booking_ids: Collection[int]) -> dict[int, Marks]:
    """Sign-in and sign-out of each booking, as far as there are any."""
    found: dict[int, Marks] = {id_: {} for id_ in booking_ids}
    query = db.select(Attendance).where(Attendance.booking_id.in_(booking_ids))
    for row in db.session.execute(query.execution_options(populate_existing=True)).scalars():
        found[row.booking_id][Direction(row.direction)] = row
    return found


def mark_with(nonce: str) -> Attendance | None:
    """The sign-in or sign-out that came with ``nonce``."""
    return db.session.execute(db.select(Attendance).where(Attendance.nonce == nonce)).scalar_one_or_none()


def taken_back_at(booking_id: int) -> datetime | None:
    """When a lead last took the sign-in of a booking back."""
    query = (
        db.select(BookingEvent.at)
        .where(BookingEvent.booking_id == booking_id, BookingEvent.name == "undo_sign_in")
        .order_by(BookingEvent.id.desc())
        .limit(1)
    )
    return db.session.execute(query).scalar_one_or_none()


def credited(booking_ids: Collection[int]) -> dict[int, int]:
    """The minutes that the ledger holds for each booking that was confirmed."""
    query = db.select(HoursEntry.booking_id, HoursEntry.minutes).where(
        HoursEntry.booking_id.in_(booking_ids), HoursEntry.kind == "auto"
    )
    return {row.booking_id: row.minutes for row in db.session.execute(query)}


def now_of(volunteer: Volunteer, now: datetime, *, post: Post | None = None) -> list[Booking]:
    """The volunteer's places at shifts that are open to sign-in or sign-out now, with their shifts, the earliest first."""
    query = (
        db.select(Booking)
        .join(Shift, Shift.id == Booking.shift_id)
        .options(contains_eager(Booking.shift).joinedload(Shift.post))
        .where(
            Booking.volunteer_id == volunteer.id,
            Booking.state.in_(ON_SITE),
            Shift.status == ShiftStatus.OPEN,
            Shift.starts_at <= now + OPENS_BEFORE,
            Shift.ends_at >= now - OFFLINE,
        )
        .order_by(Shift.starts_at, Booking.id)
    )
    if post is not None:
        query = query.where(Shift.post_id == post.id)
    return list(db.session.execute(query).unique().scalars())


def next_of(volunteer: Volunteer, now: datetime) -> Shift | None:
    """The next shift at which the volunteer has a place and which is not open to sign-in yet."""
    query = (
        db.select(Shift)
        .join(Booking, Booking.shift_id == Shift.id)
        .where(
            Booking.volunteer_id == volunteer.id,
            Booking.state == BookingState.CONFIRMED,
            Shift.status == ShiftStatus.OPEN,
            Shift.starts_at > now + OPENS_BEFORE,
        )
        .order_by(Shift.starts_at)
        .limit(1)
    )
    return db.session.execute(query).scalar_one_or_none()


def own_booking(booking_id: int, volunteer: Volunteer) -> Booking:
    """The booking ``booking_id`` of this volunteer; raises NotFound for anybody else's."""
    query = db.select(Booking).where(Booking.id == booking_id, Booking.volunteer_id == volunteer.id)
    booking: Booking | None = db.session.execute(query).scalar_one_or_none()
    if booking is None:
        raise NotFound()
    return booking


def children_at(volunteer: Volunteer, shift_ids: Collection[int]) -> dict[int, list[tuple[Volunteer, Booking]]]:
    """For each shift, the children that the volunteer answers for and that have a place there."""
    children = {child.id: child for child in children_of(volunteer.id)}
    found: dict[int, list[tuple[Volunteer, Booking]]] = {id_: [] for id_ in shift_ids}
    if children:
        query = db.select(Booking).where(
            Booking.shift_id.in_(shift_ids),
            Booking.volunteer_id.in_(children),
            Booking.state.in_(ON_SITE),
        )
        for booking in db.session.execute(query.order_by(Booking.id)).scalars():
            found[booking.shift_id].append((children[booking.volunteer_id], booking))
    return found


def post_at(slug: str) -> Post:
    """The post whose QR code says ``slug``; raises NotFound."""
    post: Post | None = db.session.execute(db.select(Post).where(Post.slug == slug)).scalar_one_or_none()
    if post is None:
        raise NotFound()
    return post
