"""Pausing somebody's volunteering, and letting it go on."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.errors import Conflict
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.rules import approvals as rules
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.services.approvals import Decision, ensure_not_own, keep, lock_for
from citizen.volunteers.services.booking import call_off
from citizen.volunteers.services.line import waiting_line
from citizen.volunteers.services.places import lock_shifts, lock_volunteers

#: What can still be called off.
COMING = (BookingState.CONFIRMED, BookingState.OFFERED, BookingState.WAITING)


def suspend(decision: Decision, words: str, *, call_off_bookings: bool) -> int:
    """Pause somebody's volunteering, with words that they read; returns how many coming bookings were called off.

    With ``call_off_bookings`` the places of theirs, and of children who come along with them, go to the next in line; they are
    told of each. Without it the bookings stay and nothing new can be booked. Raises Conflict when already paused.
    """
    rules.ensure_words(words, "suspend_words")
    volunteer, shifts = _lock_everything(decision) if call_off_bookings else (lock_for(decision), set())
    if volunteer.suspended_at is not None:
        raise Conflict(_l("This person's volunteering is paused already."))
    volunteer.suspended_at, volunteer.suspend_words = clock.now(), words.strip()
    bookings = _coming({volunteer.id, *_children(volunteer.id)}, shifts) if shifts else []
    keep(volunteer, "volunteer.suspended", by=decision.by, detail={"words": words.strip(), "called_off": len(bookings)})
    db.session.flush()
    for booking in bookings:
        if booking.state not in COMING:
            continue  # a child that went along with the guardian
        call_off(booking.id, by=decision.by, reason=words.strip())
    return len(bookings)


def resume(decision: Decision, words: str) -> None:
    """Let somebody volunteer again; raises Conflict when nothing is paused."""
    rules.ensure_words(words, "resume_words")
    volunteer = lock_for(decision)
    if volunteer.suspended_at is None:
        raise Conflict(_l("This person's volunteering is not paused."))
    volunteer.suspended_at, volunteer.suspend_words = None, ""
    keep(volunteer, "volunteer.resumed", by=decision.by, detail={"words": words.strip()})


def _lock_everything(decision: Decision) -> tuple[Volunteer, set[int]]:
    """The volunteer and the coming shifts they are booked on, all locked in the one order: shifts, then all people at once.

    Those who wait there are locked along, since a freed place needs them next. A booking that was made between the look and
    the lock raises Conflict: the second try finds it.
    """
    own = {decision.volunteer_id, *_children(decision.volunteer_id)}
    ids = {booking.shift_id for booking in _coming(own)}
    shifts = lock_shifts(ids)
    waiting = {booking.volunteer_id for shift in shifts.values() for booking in waiting_line(shift)}
    volunteer = lock_volunteers({*own, *waiting})[decision.volunteer_id]
    ensure_not_own(volunteer, decision.by)
    rules.ensure_version(decision.version, volunteer.version)
    if {booking.shift_id for booking in _coming(own)} - ids:
        raise Conflict(_l("A booking was made this very moment. Please try again."))
    return volunteer, ids


def _children(volunteer_id: int) -> list[int]:
    return list(db.session.execute(db.select(Volunteer.id).where(Volunteer.guardian_id == volunteer_id)).scalars())


def _coming(volunteers: Collection[int], shifts: Collection[int] | None = None) -> list[Booking]:
    """The bookings of shifts that have not begun."""
    query = (
        db.select(Booking)
        .join(Shift, Shift.id == Booking.shift_id)
        .where(Booking.volunteer_id.in_(volunteers), Booking.state.in_(COMING), Shift.starts_at > clock.now())
        .order_by(Booking.id)
        .execution_options(populate_existing=True)
    )
    if shifts is not None:
        query = query.where(Shift.id.in_(shifts))
    return list(db.session.execute(query).scalars())
