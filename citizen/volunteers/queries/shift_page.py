"""What the page of one shift reads."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, not_
from sqlalchemy.orm import joinedload

from citizen.accounts.models import Person
from citizen.extensions import db
from citizen.volunteers.models import Booking, BookingEvent, Post, Shift, Stop
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.draw import Entry, order, ticket_of

_ENDED = (BookingState.CANCELLED, BookingState.CANCELLED_BY_ORGANISER, BookingState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One ticket of a draw that was held, in the order drawn; ``won`` says whether it got its places."""

    entry: Entry
    won: bool


def shift_with_post(shift_id: int) -> Shift | None:
    """The shift with its post and kind, in whatever state."""
    query = db.select(Shift).where(Shift.id == shift_id)
    return db.session.execute(query.options(joinedload(Shift.post).joinedload(Post.kind))).scalar_one_or_none()


def stop_of(shift: Shift) -> Stop | None:
    """The stop that ended the shift, if one did."""
    return db.session.get(Stop, shift.stop_id) if shift.stop_id else None


def lead_phone(shift: Shift) -> str:
    """The phone of whoever leads the shift; empty when there is no lead or no phone. For those who have a place only."""
    if shift.leads is None:
        return ""
    return db.session.execute(db.select(Person.phone).where(Person.id == shift.leads)).scalar() or ""


def draw_list(shift: Shift) -> list[Drawn]:
    """Everybody who was in the draw when it was held, by tickets, in the order drawn; empty before it.

    Who left before the draw was not in it, who came or left afterwards changes nothing.
    """
    if shift.drawn_at is None:
        return []
    left_before = and_(Booking.state.in_(_ENDED), Booking.changed_at < shift.drawn_at)
    rows = db.session.execute(
        db.select(Booking.id, Booking.volunteer_id, Booking.party_id, Booking.weight)
        .where(Booking.shift_id == shift.id, Booking.created_at <= shift.drawn_at, not_(left_before))
        .order_by(Booking.id)
    ).all()
    groups: dict[object, list[tuple[int, int, int]]] = {}
    for id_, volunteer_id, party_id, weight in rows:
        groups.setdefault(party_id or f"b{id_}", []).append((id_, volunteer_id, weight))
    winners = _winners(shift)
    found = {}
    for group in groups.values():
        entry = Entry(ticket_of(shift.post.qr_secret, shift.id, group[0][1]), min(row[2] for row in group), len(group))
        found[entry.ticket] = Drawn(entry, group[0][0] in winners)
    return [found[entry.ticket] for entry in order(shift.draw_seed, [one.entry for one in found.values()])]


def _winners(shift: Shift) -> set[int]:
    """The bookings that won a place in the draw itself."""
    query = (
        db.select(BookingEvent.booking_id)
        .join(Booking, Booking.id == BookingEvent.booking_id)
        .where(Booking.shift_id == shift.id, BookingEvent.name == "win")
    )
    return set(db.session.execute(query).scalars())
