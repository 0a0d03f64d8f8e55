"""What a coordinator asks about the address of a home visit: is there one, who goes, who looked."""

from __future__ import annotations

from citizen.core.audit import Event
from citizen.extensions import db
from citizen.volunteers.models import Booking, Volunteer
from citizen.volunteers.rules.care import GOING

VIEWED = "care.address_viewed"
#: Set, taken away, wiped by time; and each look of somebody who goes.
ACTIONS = ("shift.address_set", "care.address_wiped", VIEWED)
MOST = 100


def address_events(shift_id: int) -> list[Event]:
    """What happened to the address, the newest first."""
    query = (
        db.select(Event)
        .where(Event.subject == "shift", Event.subject_id == shift_id, Event.action.in_(ACTIONS))
        .order_by(Event.id.desc())
        .limit(MOST)
    )
    return list(db.session.execute(query).scalars())


def going_to(shift_id: int) -> list[Volunteer]:
    """Who makes the visit."""
    query = (
        db.select(Volunteer)
        .join(Booking, Booking.volunteer_id == Volunteer.id)
        .where(Booking.shift_id == shift_id, Booking.state.in_(GOING))
        .order_by(Booking.id)
    )
    return list(db.session.execute(query).scalars())
