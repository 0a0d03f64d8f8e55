"""What goes into a calendar feed, and whose it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, or_
from sqlalchemy.orm import aliased, joinedload

from citizen.accounts.models import Person
from citizen.extensions import db
from citizen.volunteers.models import Booking, BookingEvent, Post, Shift, Volunteer
from citizen.volunteers.rules.feeds import GONE, GONE_FOR, PROMISED, SHOWN, window


def owner_of(feed_hash: str) -> tuple[Volunteer, Person] | None:
    """The volunteer whose link has this hash, with the account; None for an unknown link and for a closed account."""
    query = db.select(Volunteer, Person).join(Person, Person.id == Volunteer.person_id)
    row = db.session.execute(query.where(Volunteer.feed_hash == feed_hash)).one_or_none()
    return (row[0], row[1]) if row is not None and row[1].is_active else None


def feed_bookings(ids: Collection[int], now: datetime) -> Sequence[Booking]:
    """The bookings of ``ids`` that a feed shows ``now``, by start: those with a place, and what became of others lately.

    A booking that came to nothing is named only when it had stood in the feed before.
    """
    first, last = window(now)
    event = aliased(BookingEvent)
    promised = exists(db.select(event.id).where(event.booking_id == Booking.id, event.to_state.in_(PROMISED)))
    gone = Booking.state.in_(GONE) & (Booking.changed_at >= now - GONE_FOR) & promised
    query = (
        db.select(Booking)
        .join(Shift, Shift.id == Booking.shift_id)
        .where(Booking.volunteer_id.in_(ids), Shift.ends_at > first, Shift.starts_at < last)
        .where(or_(Booking.state.in_(SHOWN), gone))
        .options(joinedload(Booking.shift).joinedload(Shift.post).joinedload(Post.kind))
        .order_by(Shift.starts_at, Booking.id)
    )
    return db.session.execute(query).scalars().all()
