"""The one door for each change of a booking: locked shift, locked people, counted places, one event."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from citizen.core import clock
from citizen.core.database import constraint_means, locked, locked_by, to_lock
from citizen.core.errors import Conflict, NotFound
from citizen.core.together import Together
from citizen.extensions import db
from citizen.volunteers.models import Booking, BookingEvent, Post, PostKind, Shift, Volunteer
from citizen.volunteers.rules.booking import HOLDING, TRANSITIONS, BookingState, By, ensure_transition
from citizen.volunteers.rules.eligibility import Reason, Refused
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services import messages

for _name in ("ux_bookings_active", "bookings.shift_id, bookings.volunteer_id"):
    constraint_means(_name, lambda: Refused(Reason.ALREADY_IN))
constraint_means("ck_shifts_taken", lambda: Refused(Reason.FULL))

#: One statement instead of three: whoever locks a shift needs its post and the post's kind.
_POST = joinedload(Shift.post, innerjoin=True)
_KIND = _POST.joinedload(Post.kind, innerjoin=True)
#: What only pages show is left out, and read when somebody asks after all.
_SHOWN = (PostKind.duties, PostKind.must_not, PostKind.equipment, PostKind.usual_slots, PostKind.place_types)
_WITH_POST = [_POST.defer(Post.hazards), *(_KIND.defer(column) for column in _SHOWN)]
#: Built once: everybody who books asks these.
_THE_SHIFT = to_lock(Shift, Shift.id == db.bindparam("shift"), options=_WITH_POST)
_PERSON = to_lock(Volunteer, Volunteer.id == db.bindparam("volunteer"))
_PEOPLE = to_lock(Volunteer, Volunteer.id.in_(db.bindparam("ids", expanding=True))).order_by(Volunteer.id)
_SHIFTS = Shift.__table__
_EVENT = db.insert(BookingEvent.__table__).inline()
_COUNTS = (
    db.update(_SHIFTS)
    .where(_SHIFTS.c.id == db.bindparam("shift"))
    .values({name: db.bindparam(f"{name}_now") for name in ("taken", "waiting", "version")})
)
_OPENED = Together(Booking, note=BookingEvent, refers="booking_id", counts=_COUNTS)


def lock_shift(shift_id: int) -> Shift:
    """The shift with its post and kind, fresh, the shift locked for this transaction; raises NotFound."""
    shift = locked_by(_THE_SHIFT, {"shift": shift_id})
    if shift is None:
        raise NotFound()
    return shift


def lock_shifts(ids: Collection[int]) -> dict[int, Shift]:
    """The shifts, fresh and locked in the order of their ids; raises NotFound when one is missing."""
    return {id_: lock_shift(id_) for id_ in sorted(set(ids))}


def lock_volunteers(ids: Collection[int]) -> dict[int, Volunteer]:
    """The volunteers, fresh and locked in the order of their ids; raises NotFound when one is missing."""
    wanted = sorted(set(ids))
    if len(wanted) == 1 and (person := locked_by(_PERSON, {"volunteer": wanted[0]})) is not None:
        return {person.id: person}
    rows = db.session.execute(_PEOPLE, {"ids": wanted}).scalars().all()
    if len(rows) != len(wanted):
        raise NotFound()
    return {row.id: row for row in rows}


def lock_booking(booking_id: int) -> tuple[Booking, Shift]:
    """The booking with its shift, both fresh, the shift locked first; raises NotFound."""
    shift_id = db.session.execute(db.select(Booking.shift_id).where(Booking.id == booking_id)).scalar()
    if shift_id is None:
        raise NotFound()
    shift = lock_shift(shift_id)
    booking = locked(Booking, Booking.id == booking_id)
    if booking is None:
        raise NotFound()
    return booking, shift


def bookings_of(shift: Shift, states: Collection[BookingState]) -> list[Booking]:
    """The shift's bookings in ``states``, fresh, in the order in which they were made."""
    query = db.select(Booking).where(Booking.shift_id == shift.id, Booking.state.in_(states)).order_by(Booking.id)
    return list(db.session.execute(query.execution_options(populate_existing=True)).scalars())


def children_in(booking: Booking, shift: Shift) -> list[Booking]:
    """The bookings not begun of the children whom the booking's volunteer answers for: they never stay alone."""
    children = db.select(Volunteer.id).where(Volunteer.guardian_id == booking.volunteer_id)
    mine = set(db.session.execute(children).scalars())
    return (
        [row for row in bookings_of(shift, TRANSITIONS["call_off"].sources) if row.volunteer_id in mine] if mine else []
    )


def open_booking(
    shift: Shift, booking: Booking, name: str, *, by: By, reason: str = "", tell: Volunteer | None = None
) -> Booking:
    """Let a new booking of a locked shift begin by the transition ``name`` ("book" or "wait") and write its first event.

    A waiting one gets the next number of the line, unless a draw will give it. The volunteer ``tell`` is told. Raises Refused
    when no place is free.
    """
    row = ensure_transition(name, None, by.actor)
    booking.shift_id, booking.state = shift.id, row.target
    booking.created_at = booking.changed_at = clock.now()
    if row.target is BookingState.WAITING and (shift.draw_at is None or shift.drawn_at is not None):
        give_number(shift, booking)
    counts = _counted(shift, None, row.target)
    said = _said(booking, name, source=None, by=by, reason=reason)
    if tell is not None and row.target is BookingState.CONFIRMED:
        _OPENED.write(booking, note=said, counts=counts, job=messages.confirmation(shift, booking, tell))
    else:
        _OPENED.write(booking, note=said, counts=counts)
        if tell is not None:
            messages.booked(shift, booking, tell)  # a rank is known to those who stand in the line
    return booking


def give_number(shift: Shift, booking: Booking) -> None:
    """Put a booking at the end of the line."""
    booking.wait_no, shift.next_wait_no = shift.next_wait_no, shift.next_wait_no + 1


def move(booking: Booking, shift: Shift, name: str, *, by: By, reason: str = "") -> None:
    """Make the transition ``name`` on a booking of a locked shift: state, places and event change together.

    Raises Conflict when the table forbids it and Refused when it takes a place and none is free. Freed places are given to
    the line by the caller, with `citizen.volunteers.services.line.fill`.
    """
    source = BookingState(booking.state)
    row = ensure_transition(name, source, by.actor)
    _count(shift, source, row.target)
    booking.state, booking.changed_at = row.target, clock.now()
    booking.offered_until, booking.ask_again = None, False
    _note(booking, name, source=source, by=by, reason=reason)


def note(booking: Booking, name: str, *, by: By, reason: str) -> None:
    """Write down something that changes no state: somebody was passed over, or is asked whether a moved shift suits."""
    _note(booking, name, source=BookingState(booking.state), by=by, reason=reason)


def _note(booking: Booking, name: str, *, source: BookingState | None, by: By, reason: str) -> None:
    """The booking has its row by now, so its event is one plain statement and no work for the mapper."""
    said = _said(booking, name, source=source, by=by, reason=reason)
    db.session.connection().execute(_EVENT, {"booking_id": booking.id, **said})


def _said(booking: Booking, name: str, *, source: BookingState | None, by: By, reason: str) -> dict[str, Any]:
    """What an event says."""
    return {
        "name": name,
        "from_state": source,
        "to_state": booking.state,
        "actor_id": by.person_id,
        "actor_role": by.actor.value,
        "reason": reason,
        "at": clock.now(),
    }


def _count(shift: Shift, source: BookingState | None, target: BookingState) -> None:
    """Keep the shift's two counters equal to its bookings, by one plain statement: most of what is written here is this."""
    db.session.connection().execute(_COUNTS, _counted(shift, source, target))


def _counted(shift: Shift, source: BookingState | None, target: BookingState) -> dict[str, int]:
    """Change the shift's counters, for a statement that writes them next; its values. Raises Refused without a free place."""
    before, after = _weights(source), _weights(target)
    taken = shift.taken + after[0] - before[0]
    if taken > shift.capacity:
        raise Refused(Reason.FULL)
    if after[0] > before[0] and shift.status != ShiftStatus.OPEN:
        raise Refused(Reason.CANCELLED)
    if inspect(shift).modified:
        db.session.flush()  # a capacity that was just raised must stand before more places are taken
    now = {"taken": taken, "waiting": shift.waiting + after[1] - before[1], "version": shift.version + 1}
    for name, value in now.items():
        set_committed_value(shift, name, value)
    return {"shift": shift.id, **{f"{name}_now": value for name, value in now.items()}}


def _weights(state: BookingState | None) -> tuple[int, int]:
    return (int(state in HOLDING), int(state is BookingState.WAITING))


def ensure_version(shift: Shift, version: object) -> None:
    """Raise Conflict when a coordinator looked at an older version of the shift."""
    if str(version) != str(shift.version):
        raise Conflict(_l("The shift has changed in the meantime. Look at it again before you decide."))
