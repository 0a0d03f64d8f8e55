"""The wait list: places that come free go to those who wait, in order, in the transaction that freed them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby

from citizen.core import clock
from citizen.extensions import db
from citizen.volunteers.models import Booking, BookingEvent, Shift, Volunteer
from citizen.volunteers.queries.clashes import clash_of
from citizen.volunteers.queries.line import has_place
from citizen.volunteers.queries.volunteers import facts_of, needs_of, teams_of
from citizen.volunteers.rules.booking import SYSTEM, BookingState, offer_ends
from citizen.volunteers.rules.eligibility import obstacles
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services import messages
from citizen.volunteers.services.places import lock_volunteers, move, note

TOO_MANY = "party_too_big"


def fill(shift: Shift) -> list[Booking]:
    """Offer the free places of a locked shift to those who wait, in the order of their numbers; returns who was asked.

    Whoever cannot take a place now (not eligible any more, busy elsewhere, a party larger than the room left) is passed
    over and keeps the number; the reason is written down. Nothing is offered once the shift has begun or is cancelled, nor
    before a draw.
    """
    now = clock.now()
    if not is_moving(shift, now) or shift.free <= 0 or shift.waiting == 0:
        return []
    line = waiting_line(shift)
    people = lock_volunteers({booking.volunteer_id for booking in line})
    teams = teams_of(people.keys())
    asked: list[Booking] = []
    for party in parties(line):
        if shift.free <= 0:
            break
        reason = _obstacle(shift, party, people=people, teams=teams)
        for booking in party:
            if reason:
                _pass_over(booking, reason)
            else:
                move(booking, shift, "offer", by=SYSTEM)
                booking.offered_until = offer_ends(now, shift.starts_at)
                messages.offered(shift, booking, people[booking.volunteer_id])
                asked.append(booking)
        db.session.flush()
    return asked


def lock_people(shift: Shift, ids: Collection[int]) -> dict[int, Volunteer]:
    """The volunteers ``ids``, locked; those who wait are locked with them, since `fill` may need them next.

    Locked in two goes, two bookings for different shifts could wait for each other for ever.
    """
    line = [booking.volunteer_id for booking in waiting_line(shift)] if shift.waiting else []
    people = lock_volunteers({*ids, *line})
    return {id_: people[id_] for id_ in ids}


def is_moving(shift: Shift, now: datetime) -> bool:
    """Whether places can still go to people: open, not begun, and any draw is done."""
    return (
        shift.status == ShiftStatus.OPEN
        and now < shift.starts_at
        and (shift.draw_at is None or shift.drawn_at is not None)
    )


def waiting_line(shift: Shift) -> list[Booking]:
    """Those who wait, by their numbers."""
    query = (
        db.select(Booking)
        .where(Booking.shift_id == shift.id, Booking.state == BookingState.WAITING, Booking.wait_no.is_not(None))
        .order_by(Booking.wait_no)
        .execution_options(populate_existing=True)
    )
    return list(db.session.execute(query).scalars())


def parties(line: Sequence[Booking]) -> list[list[Booking]]:
    """The line cut into those who get places together; members of a party have neighbouring numbers."""
    return [
        list(group)
        for _key, group in groupby(line, key=lambda row: ("p", row.party_id) if row.party_id else ("b", row.id))
    ]


def _obstacle(
    shift: Shift, party: list[Booking], *, people: dict[int, Volunteer], teams: dict[int, frozenset[int]]
) -> str:
    """Why a party cannot take places now, as a code; empty when it can."""
    if len(party) > shift.free:
        return TOO_MANY
    needs = needs_of(shift)
    ids = {booking.volunteer_id for booking in party}
    for booking in party:
        person = people[booking.volunteer_id]
        guarded = person.guardian_id in ids or has_place(person.guardian_id, shift)
        facts = facts_of(person, teams=teams[person.id], with_guardian=guarded)
        found = [] if booking.override else obstacles(facts, needs)
        if found:
            return found[0].value
        if clash_of(person.id, shift) is not None:
            return "clash"
    return ""


def _pass_over(booking: Booking, reason: str) -> None:
    """Write the reason down, unless it is the very one that stands there already."""
    last = db.session.execute(
        db.select(BookingEvent).where(BookingEvent.booking_id == booking.id).order_by(BookingEvent.id.desc()).limit(1)
    ).scalar_one()
    if (last.name, last.reason) != ("skip", reason):
        note(booking, "skip", by=SYSTEM, reason=reason)
