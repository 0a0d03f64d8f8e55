"""Offers that lapse, lines that end with the start of their shift, draws that fall due.

Each booking and each draw is a transaction of its own, so that one that cannot be moved stops no other; what is due is asked
again under the lock, so that running a job twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict
from citizen.core.worker import every
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services.booking import expire
from citizen.volunteers.services.draw import draw

BATCH = 200
MINUTE = timedelta(minutes=1)


@every(MINUTE)
def end_offers(_payload: dict[str, Any]) -> None:
    """An offer that nobody answered in time goes to the next in line; when a shift begins, its line ends."""
    now = clock.now()
    on = select(Booking.id).join(Shift, Shift.id == Booking.shift_id).where(Shift.status == ShiftStatus.OPEN)
    lapsed = on.where(Booking.state == BookingState.OFFERED, Booking.offered_until <= now)
    _each(lapsed.order_by(Booking.offered_until), lambda id_: expire(id_, now=now))
    begun = on.where(Booking.state.in_((BookingState.WAITING, BookingState.OFFERED)), Shift.starts_at <= now)
    _each(begun.order_by(Booking.id), lambda id_: expire(id_, now=now))


@every(MINUTE)
def hold_draws(_payload: dict[str, Any]) -> None:
    """Places of shifts that many want are drawn when their time has come."""
    due = select(Shift.id).where(
        Shift.status == ShiftStatus.OPEN, Shift.draw_at <= clock.now(), Shift.drawn_at.is_(None)
    )
    _each(due.order_by(Shift.draw_at), draw)


def _each(query: Select[int], step: Callable[[int], Any]) -> None:
    for id_ in db.session.execute(query.limit(BATCH)).scalars().all():
        try:
            with transaction():
                step(id_)
        except Conflict:
            continue  # somebody was faster between the look and the lock
