"""What the lead of a shift does: roll call, absences, entries made afterwards. Coordinators may do the same."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.clock import local
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, Shift
from citizen.volunteers.queries.attendance import Marks, marks_of
from citizen.volunteers.queries.clashes import clash_of
from citizen.volunteers.queries.hours import entries_of_booking
from citizen.volunteers.rules.booking import PRESENT, SYSTEM, BookingState, By, ensure_transition
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.sign_in import NO_SHOW_AFTER, Direction, Method
from citizen.volunteers.services import messages
from citizen.volunteers.services.attendance import AWAY, span_of
from citizen.volunteers.services.line import fill
from citizen.volunteers.services.places import (
    bookings_of,
    children_in,
    lock_booking,
    lock_shift,
    lock_volunteers,
    move,
    note,
)

IN_THE_LEDGER = _l("The hours are in the ledger already. The volunteer or a coordinator can ask for a correction.")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a lead writes down afterwards: when somebody came or went, and how that is known."""

    direction: Direction
    at: datetime
    reason: str


def roll_call(shift_id: int, booking_ids: Collection[int], *, direction: Direction, by: By) -> list[Booking]:
    """Sign several people in or out at this moment; returns those for whom that was new.

    Those who were marked absent count as having come after all. Raises NotFound for a booking of another shift, Conflict
    outside the times (in: until the end; out: until an hour later), Refused when an absent person's place was taken.
    """
    shift, now = lock_shift(shift_id), clock.now()
    rows = [row for row in bookings_of(shift, tuple(BookingState)) if row.id in set(booking_ids)]
    if len(rows) != len(set(booking_ids)):
        raise NotFound()
    _ensure_open(shift, direction, now)
    lock_volunteers({row.volunteer_id for row in rows})
    known, done = marks_of([row.id for row in rows]), []
    for row in rows:
        if direction in known[row.id] and BookingState(row.state) not in AWAY:
            continue
        _step(row, shift, direction, marks=known[row.id], by=by)
        if direction not in known[row.id]:
            _write(row, Entry(direction, now, ""), method=Method.ROLL_CALL, by=by)
        done.append(row)
    db.session.flush()
    return done


def _ensure_open(shift: Shift, direction: Direction, now: datetime) -> None:
    span = span_of(shift)
    if shift.status != ShiftStatus.OPEN:
        raise Conflict(_l("This shift is cancelled."))
    if now < span.opens_at:
        raise Conflict(_l("Sign-in opens at %(time)s.", time=f"{local(span.opens_at):%H:%M}"))
    if not span.admits(direction, now):
        late = now > shift.ends_at
        words = _l("The time for the roll call is over. Enter the time at the person, with a reason.")
        raise Conflict(words if late else _l("The shift has not begun yet."))


def _step(booking: Booking, shift: Shift, direction: Direction, *, marks: Marks, by: By) -> None:
    """Move the booking on: it comes (late), or it goes."""
    state = BookingState(booking.state)
    if direction is Direction.IN:
        _come(booking, shift, by=by, reason=Method.ROLL_CALL.value)
    elif state in PRESENT and Direction.IN in marks:
        note(booking, "sign_out", by=by, reason=Method.ROLL_CALL.value)
    else:
        raise Conflict(_l("Somebody who has not signed in cannot be signed out."))


def _come(booking: Booking, shift: Shift, *, by: By, reason: str) -> None:
    """Let somebody have come. Raises Refused when the place of somebody marked absent was taken, or when that person is bound
    to another shift of the same time by now; where, the lead need not know."""
    if BookingState(booking.state) not in AWAY:
        move(booking, shift, "sign_in", by=by, reason=reason)
        return
    lock_volunteers({booking.volunteer_id})
    if clash_of(booking.volunteer_id, shift) is not None:
        raise Refused(Reason.CLASH)
    move(booking, shift, "come_late", by=by, reason=reason)


def enter(booking_id: int, entry: Entry, *, by: By) -> Booking:
    """Write down or correct when somebody came or went, with a reason that the volunteer sees.

    Raises InvalidInput without reason or for a time that cannot be, Conflict when the hours are in the ledger.
    """
    booking, shift = lock_booking(booking_id)
    _ensure_can_change(booking, shift)
    marks = marks_of([booking.id])[booking.id]
    _ensure_possible(entry, shift, marks)
    state = BookingState(booking.state)
    if entry.direction is Direction.IN and state not in PRESENT:
        _come(booking, shift, by=by, reason=entry.reason)
    elif state in PRESENT:
        note(booking, f"sign_{entry.direction}", by=by, reason=entry.reason)
    else:
        raise Conflict(_l("Somebody who has not signed in cannot be signed out."))
    _replace(booking, entry, marks, by=by)
    return booking


def leave_early(booking_id: int, entry: Entry, *, by: By) -> Booking:
    """Somebody had to go before the end: the time, and why; the place is not given to anybody else."""
    booking, shift = lock_booking(booking_id)
    _ensure_can_change(booking, shift)
    marks = marks_of([booking.id])[booking.id]
    _ensure_possible(entry, shift, marks)
    if entry.at >= shift.ends_at:
        raise InvalidInput(_l("That is not before the end of the shift."), "time")
    move(booking, shift, "leave_early", by=by, reason=entry.reason)
    _replace(booking, entry, marks, by=by)
    return booking


def come_late(booking_id: int, entry: Entry, *, by: By) -> Booking:
    """Somebody who was marked absent came after all. Raises Refused when the place was taken by somebody else."""
    booking, shift = lock_booking(booking_id)
    _ensure_can_change(booking, shift)
    marks = marks_of([booking.id])[booking.id]
    _ensure_possible(entry, shift, marks)
    ensure_transition("come_late", BookingState(booking.state), by.actor)
    _come(booking, shift, by=by, reason=entry.reason)
    _replace(booking, entry, marks, by=by)
    return booking


def accept(booking_id: int, *, by: By) -> Booking:
    """Let the sign-in of somebody who was marked absent count: it was read at the post and arrived later.

    Raises Conflict when there is none, Refused when the place was taken by somebody else.
    """
    booking, shift = lock_booking(booking_id)
    _ensure_can_change(booking, shift)
    if Direction.IN not in marks_of([booking.id])[booking.id]:
        raise Conflict(_l("The booking has changed in the meantime. Please look at it again."))
    ensure_transition("come_late", BookingState(booking.state), by.actor)
    _come(booking, shift, by=by, reason="arrived")
    return booking


def miss(booking_id: int, *, by: By, reason: str = "") -> Booking:
    """Somebody did not come: the place is free again. Raises Conflict before the shift has begun."""
    booking, shift = lock_booking(booking_id)
    if clock.now() < shift.starts_at:
        raise Conflict(_l("The shift has not begun yet."))
    move(booking, shift, "miss", by=by, reason=reason)
    fill(shift)
    return booking


def excuse(booking_id: int, reason: str, *, by: By) -> Booking:
    """Somebody could not come and said so; before the start the place goes to the next in line, and with a guardian go the
    children's."""
    booking, shift = lock_booking(booking_id)
    _ensure_reason(reason)
    move(booking, shift, "excuse", by=by, reason=reason)
    if clock.now() < shift.starts_at:
        for child in children_in(booking, shift):
            move(child, shift, "call_off", by=SYSTEM, reason=reason)
            messages.called_off(shift, child, reason)
    fill(shift)
    return booking


def undo(booking_id: int, reason: str, *, by: By) -> Booking:
    """Take a sign-in back, with the sign-out; both stay in the audit trail. Raises Conflict when the hours are credited."""
    booking, shift = lock_booking(booking_id)
    _ensure_reason(reason)
    _ensure_can_change(booking, shift)
    move(booking, shift, "undo_sign_in", by=by, reason=reason)
    rows = marks_of([booking.id])[booking.id]
    detail = {name.value: {"at": row.at.isoformat(), "method": row.method} for name, row in rows.items()}
    record(
        "attendance.undone", "booking", subject_id=booking.id, actor=by.pair, detail={"was": detail, "words": reason}
    )
    for row in rows.values():
        db.session.delete(row)
    db.session.flush()
    return booking


def close(shift_id: int, *, by: By, now: datetime) -> list[Booking]:
    """Mark everybody absent who has a place and did not sign in; not before half an hour after the start."""
    shift = lock_shift(shift_id)
    if now < shift.starts_at + NO_SHOW_AFTER:
        raise Conflict(_l("Nobody is marked absent before half an hour has passed."))
    if shift.status != ShiftStatus.OPEN:
        return []
    rows = bookings_of(shift, (BookingState.CONFIRMED,))
    for row in rows:
        move(row, shift, "miss", by=by, reason="no_sign_in")
    db.session.flush()
    fill(shift)
    return rows


def _ensure_can_change(booking: Booking, shift: Shift) -> None:
    if shift.status != ShiftStatus.OPEN:
        raise Conflict(_l("This shift is cancelled."))
    if entries_of_booking(booking.id):
        raise Conflict(IN_THE_LEDGER)


def _ensure_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput(_l("Say why; the volunteer will read it."), "reason")


def _ensure_possible(entry: Entry, shift: Shift, marks: Marks) -> None:
    """Raise InvalidInput unless the entry has a reason and its time fits shift, clock and the other entry."""
    _ensure_reason(entry.reason)
    span = span_of(shift)
    if entry.at > clock.now():
        raise InvalidInput(_l("This time is still to come."), "time")
    if not span.admits(entry.direction, entry.at):
        first = span.opens_at if entry.direction is Direction.IN else shift.starts_at
        last = shift.ends_at if entry.direction is Direction.IN else span.out_until
        words = _l("The time lies between %(first)s and %(last)s.", first=_wall(first), last=_wall(last))
        raise InvalidInput(words, "time")
    came, went = marks.get(Direction.IN), marks.get(Direction.OUT)
    backwards = (entry.direction is Direction.OUT and came is not None and entry.at < came.at) or (
        entry.direction is Direction.IN and went is not None and entry.at > went.at
    )
    if backwards:
        raise InvalidInput(_l("Nobody leaves before coming. Look at the other time, too."), "time")


def _wall(moment: datetime) -> str:
    return f"{local(moment):%H:%M}"


def _replace(booking: Booking, entry: Entry, marks: Marks, *, by: By) -> None:
    """Write the entry; what stood there before goes to the audit trail."""
    row = marks.get(entry.direction)
    if row is None:
        _write(booking, entry, method=Method.LEAD, by=by)
    else:
        detail = {"direction": entry.direction.value, "was": row.at.isoformat(), "method": row.method}
        detail.update(now=entry.at.isoformat(), words=entry.reason)
        record("attendance.corrected", "booking", subject_id=booking.id, actor=by.pair, detail=detail)
        row.at, row.method, row.reason, row.entered_by = entry.at, Method.LEAD, entry.reason, by.person_id
    db.session.flush()


def _write(booking: Booking, entry: Entry, *, method: Method, by: By) -> None:
    db.session.add(
        Attendance(
            booking_id=booking.id,
            direction=entry.direction,
            method=method,
            at=entry.at,
            received_at=clock.now(),
            nonce=secrets.token_hex(16),
            entered_by=by.person_id,
            reason=entry.reason,
        )
    )
