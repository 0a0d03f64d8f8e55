"""The address of a home visit: opened for those who go, with an entry for each look, and wiped afterwards.

It is stored sealed, and nowhere else: no event, message, index, file or log holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from citizen.accounts.services.secrets import unseal
from citizen.core.audit import record
from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift
from citizen.volunteers.queries.care import VIEWED
from citizen.volunteers.queries.volunteers import volunteer_of
from citizen.volunteers.rules.booking import SYSTEM, Actor, By
from citizen.volunteers.rules.care import GOING, WIPED_AFTER, Sight, Visit, Visitor, sight
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services.places import bookings_of, lock_shift


@dataclass(frozen=True, slots=True)
class Opened:
    """What the page shows; ``address`` is empty unless ``sight`` is SHOWN, and stays out of any printed form of this."""

    shift: Shift
    sight: Sight
    address: str = field(default="", repr=False)


def open_address(shift_id: int, person_id: int, *, now: datetime) -> Opened:
    """The address for somebody who goes; the look is on record in the same transaction, before it is shown.

    Raises NotFound for everybody else, for other shifts and for unknown ones alike.
    """
    shift = lock_shift(shift_id)
    going = bookings_of(shift, GOING)
    found = sight(_visit(shift, len(going)), _visitor(going, person_id), now=now)
    if found is Sight.HIDDEN:
        raise NotFound()
    if found is not Sight.SHOWN:
        return Opened(shift, found)
    address = unseal(shift.care_address)
    if not address:
        return Opened(shift, Sight.NOT_SET)
    record(VIEWED, "shift", subject_id=shift.id, actor=By(person_id, Actor.VOLUNTEER).pair)
    return Opened(shift, Sight.SHOWN, address)


def _visit(shift: Shift, going: int) -> Visit:
    return Visit(
        care=shift.post.care,
        status=shift.status,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        going=going,
        has_address=bool(shift.care_address),
    )


def _visitor(going: list[Booking], person_id: int) -> Visitor:
    volunteer = volunteer_of(person_id)
    own = next((row for row in going if volunteer is not None and row.volunteer_id == volunteer.id), None)
    if volunteer is None or own is None:
        return Visitor(None, suspended=False, approved=False)
    return Visitor(
        own.state,
        suspended=volunteer.suspended_at is not None,
        approved=volunteer.care_approved_on is not None or bool(own.override),
    )


def wipe(shift_id: int, *, now: datetime) -> bool:
    """Forget the address of a visit that ended a day ago or was cancelled; returns whether there was one to forget."""
    shift = lock_shift(shift_id)
    over = shift.status != ShiftStatus.OPEN or shift.ends_at + WIPED_AFTER <= now
    if not shift.care_address or not over:
        return False
    shift.care_address = ""
    record("care.address_wiped", "shift", subject_id=shift.id, actor=SYSTEM.pair)
    db.session.flush()
    return True
