"""All that a booking has to know of its people, in one question to the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift
from citizen.volunteers.rules.booking import ACTIVE, HOLDING, BookingState
from citizen.volunteers.rules.shifts import ShiftStatus


@dataclass(slots=True)
class Commitments:
    """``same_form``: bookings that the form with these keys made before; ``inside``: who is in the shift or its line;
    ``clashes``: volunteer → the first shift that overlaps."""

    same_form: list[Booking] = field(default_factory=list)
    inside: set[int] = field(default_factory=set)
    clashes: dict[int, int] = field(default_factory=dict)


#: Built once: booking is what everybody does in the same minute.
_OVERLAPPING = (Shift.starts_at < db.bindparam("end")) & (Shift.ends_at > db.bindparam("start"))
_NEAR = Booking.state.in_(ACTIVE) & ((Booking.shift_id == db.bindparam("shift")) | _OVERLAPPING)
_SAME_FORM = Booking.key.in_(db.bindparam("keys", expanding=True))
_COMMITTED = (
    db.select(Booking, Shift.status)
    .join(Shift, Shift.id == Booking.shift_id)
    .where(Booking.volunteer_id.in_(db.bindparam("ids", expanding=True)), _NEAR | _SAME_FORM)
    .order_by(Shift.starts_at, Booking.id)
)


def commitments(shift: Shift, ids: Collection[int], *, keys: Collection[str]) -> Commitments:
    """What the volunteers ``ids`` are bound to, as far as ``shift`` is concerned; see `clashes.clash_in` for what binds."""
    asked = {"ids": list(ids), "keys": list(keys), "shift": shift.id, "start": shift.starts_at, "end": shift.ends_at}
    found = Commitments()
    for booking, status in db.session.execute(_COMMITTED, asked):
        if booking.key in keys:
            found.same_form.append(booking)
        elif booking.shift_id == shift.id:
            found.inside.add(booking.volunteer_id)
        elif status == ShiftStatus.OPEN and _binds(booking):
            found.clashes.setdefault(booking.volunteer_id, booking.shift_id)
    return found


def _binds(booking: Booking) -> bool:
    """A place that is only kept while somebody is asked about a moved shift does not bind."""
    return booking.state in HOLDING and not (booking.state == BookingState.OFFERED and booking.ask_again)
