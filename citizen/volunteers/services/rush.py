"""When everybody wants the same shift: those who come too late need not wait for a lock to be told."""

from __future__ import annotations

from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.queries.commitments import commitments
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services.booking import Wish, ensure_possible
from citizen.volunteers.services.scarcity import may_be_full

#: One plain statement: whether there is a free place, and whether this very form was sent before.
_GLANCE = db.select(
    (Shift.capacity - Shift.taken).label("free"),
    Shift.status,
    Shift.draw_at,
    Shift.drawn_at,
    db.exists().where(Booking.key == db.bindparam("key")).label("sent"),
).where(Shift.id == db.bindparam("shift"))


def ensure_worth_trying(wish: Wish) -> None:
    """Raise Refused for a shift that is plainly full, without waiting for anybody's lock; call it before the transaction.

    Most of those who come too late for a wanted shift are answered here; `book` decides for the others. Where places are
    not scarce nobody looks, which would cost a booking a twentieth more. Asking only while others of the process write would
    halve the bookings of a rush on SQLite: the writers are in other processes.
    """
    if wish.wait or not may_be_full(wish.shift_id):
        return
    key = wish.key_of(wish.volunteers[0])  # a party was booked as a whole or not at all
    row = db.session.connection().execute(_GLANCE, {"shift": wish.shift_id, "key": key}).one_or_none()
    if row is None:
        return
    drawing = row.draw_at is not None and row.drawn_at is None
    if not drawing and row.status == ShiftStatus.OPEN and row.free <= 0 and not row.sent:
        raise Refused(Reason.FULL)


def ensure_only_full(shift: Shift, wish: Wish) -> None:
    """Raise Refused when something else than the missing place keeps the people of the wish out: they would wait in vain.

    For those who were told at a glance that the shift is full; `book` says the same first, with everybody locked.
    """
    people = {id_: db.session.get_one(Volunteer, id_) for id_ in wish.volunteers}
    bound = commitments(shift, dict.fromkeys(people))
    ensure_possible(shift, people, bound=bound, override=None)
