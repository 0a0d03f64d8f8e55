"""Single shifts: making them, changing their size and words, calling them off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.accounts.services.secrets import seal
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, Post, Shift
from citizen.volunteers.models.shift import facts_of
from citizen.volunteers.queries.stops import stop_over
from citizen.volunteers.rules.booking import ACTIVE, PRESENT, By
from citizen.volunteers.rules.shifts import ShiftStatus, ensure_capacity, ensure_span
from citizen.volunteers.services import messages
from citizen.volunteers.services.line import fill
from citizen.volunteers.services.places import bookings_of, move


@dataclass(frozen=True, slots=True)
class ShiftDraft:
    """A single shift as a coordinator asks for it."""

    post_id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int
    min_needed: int = 1
    note: str = ""
    team_id: int | None = None


def create_shift(draft: ShiftDraft, *, by: By) -> Shift:
    """A new open shift of an active post.

    Raises InvalidInput for impossible values, Conflict for a post that is closed or a time that is stopped, NotFound.
    """
    post = db.session.get(Post, draft.post_id)
    if post is None:
        raise NotFound()
    if not post.active:
        raise Conflict(_l("This post is closed. Open it again before you add shifts."))
    ensure_span(draft.starts_at, draft.ends_at)
    if draft.starts_at <= clock.now():
        raise InvalidInput(_l("The shift must begin in the future."), "day")
    ensure_sizes(draft.capacity, draft.min_needed, taken=0)
    ensure_not_stopped(post, (draft.starts_at, draft.ends_at))
    shift = new_shift(post, (draft.starts_at, draft.ends_at), capacity=draft.capacity, min_needed=draft.min_needed)
    shift.note, shift.team_id = draft.note, draft.team_id
    db.session.flush()
    record("shift.created", "shift", subject_id=shift.id, actor=by.pair, detail=facts_of(shift))
    return shift


def new_shift(post: Post, span: tuple[datetime, datetime], *, capacity: int, min_needed: int) -> Shift:
    """An open shift of ``post`` in the session, with the copies of the post's columns that lists need."""
    shift = Shift(
        post=post,
        area_code=post.area_code,
        kind_code=post.kind_code,
        starts_at=span[0],
        ends_at=span[1],
        capacity=capacity,
        min_needed=min_needed,
        status=ShiftStatus.OPEN,
    )
    db.session.add(shift)
    return shift


def ensure_sizes(capacity: int, min_needed: int, *, taken: int) -> None:
    """Raise InvalidInput for sizes that no shift has, Conflict for fewer places than people hold."""
    ensure_capacity(capacity, taken=taken)
    if not 0 <= min_needed <= capacity:
        raise InvalidInput(_l("Not more people can be needed than there are places."), "min_needed")


def ensure_not_stopped(post: Post, span: tuple[datetime, datetime]) -> None:
    """Raise Conflict when a heat, storm or other stop covers the time."""
    if stop_over(post, span) is not None:
        raise Conflict(_l("The service is stopped at that time. Lift the stop first or choose another time."))


def ensure_open(shift: Shift) -> None:
    """Raise Conflict for a shift that is cancelled or over."""
    if shift.status != ShiftStatus.OPEN:
        raise Conflict(_l("This shift is cancelled. Make a new one if it takes place after all."))
    if shift.ends_at <= clock.now():
        raise Conflict(_l("This shift is over."))


def ensure_nobody_came(shift: Shift) -> None:
    """Raise Conflict once somebody has signed in."""
    signed = db.select(Attendance.id).join(Booking, Booking.id == Attendance.booking_id)
    if bookings_of(shift, PRESENT) or db.session.execute(signed.where(Booking.shift_id == shift.id).limit(1)).first():
        raise Conflict(_l("People have signed in already, so the shift can be neither moved nor cancelled."))


def set_places(shift: Shift, capacity: int, *, min_needed: int, by: By) -> list[Booking]:
    """Change how many a locked shift takes and needs; places that come free go to the line. Returns who was asked.

    Raises Conflict when more people hold a place, InvalidInput for impossible numbers.
    """
    ensure_open(shift)
    ensure_sizes(capacity, min_needed, taken=shift.taken)
    detail = {"capacity": [shift.capacity, capacity], "min_needed": [shift.min_needed, min_needed]}
    shift.capacity, shift.min_needed = capacity, min_needed
    shift.version += 1
    record("shift.resized", "shift", subject_id=shift.id, actor=by.pair, detail=detail)
    db.session.flush()
    return fill(shift)


def set_capacity(shift: Shift, capacity: int, *, by: By) -> list[Booking]:
    """Change the number of places of a locked shift; as `set_places`."""
    return set_places(shift, capacity, min_needed=shift.min_needed, by=by)


def edit_shift(shift: Shift, *, note: str, lead_id: int | None, by: By) -> None:
    """Change the words and the lead of a locked shift; without a lead of its own it has the post's."""
    changed = [name for name, old, new in (("note", shift.note, note), ("lead", shift.lead_id, lead_id)) if old != new]
    shift.note, shift.lead_id = note, lead_id
    shift.version += 1
    record("shift.edited", "shift", subject_id=shift.id, actor=by.pair, detail={"changed": changed})


def set_care_address(shift: Shift, address: str, *, by: By) -> None:
    """Keep, sealed, where a home visit of a locked shift goes; empty takes it away. Raises Conflict for other posts."""
    if not shift.post.care:
        raise Conflict(_l("Only home visits have an address of their own."))
    shift.care_address = seal(address) if address else ""
    shift.version += 1
    record("shift.address_set", "shift", subject_id=shift.id, actor=by.pair, detail={"set": bool(address)})


def cancel_shift(shift: Shift, words: str, *, by: By) -> int:
    """Call a locked shift off: everybody who has a place or waits is told once; returns how many.

    Bookings and the shift stay as rows. Raises InvalidInput without words, Conflict when somebody has signed in.
    """
    if not words.strip():
        raise InvalidInput(_l("Write a few words for those who booked."), "words")
    ensure_open(shift)
    ensure_nobody_came(shift)
    shift.status, shift.cancelled_at, shift.cancel_words = ShiftStatus.CANCELLED, clock.now(), words
    shift.version += 1
    told = call_everybody_off(shift, words, by=by, weather=False)
    record("shift.cancelled", "shift", subject_id=shift.id, actor=by.pair, detail={"told": told, "words": words})
    return told


def call_everybody_off(shift: Shift, reason: str, *, by: By, weather: bool) -> int:
    """End all active bookings of a locked, cancelled shift and tell each of them; returns how many. Nothing is filled."""
    for present in bookings_of(shift, PRESENT):  # a stop may come while people sign in
        messages.cancelled(shift, present, weather=weather, once="present")
    rows = bookings_of(shift, ACTIVE - PRESENT)
    for booking in rows:
        move(booking, shift, "call_off", by=by, reason=reason)
        messages.cancelled(shift, booking, weather=weather)
    db.session.flush()
    return len(rows)
