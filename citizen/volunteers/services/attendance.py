"""Signing oneself in and out at the post, with the children one answers for; how often it is sent does not matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.clock import local
from citizen.core.database import constraint_means
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, Shift, Volunteer
from citizen.volunteers.queries.attendance import children_at, mark_with, marks_of, taken_back_at
from citizen.volunteers.rules.booking import PRESENT, Actor, BookingState, By
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.sign_in import Direction, Key, Method, Shown, Span, code_at, matching_moment, token_at
from citizen.volunteers.services.places import lock_booking, move, note

WRONG_CODE = _l("This code does not fit, or it has run out. Look at it again: it changes every ten minutes.")
WRONG_TOKEN = _l("This QR code has run out. Scan the one that is shown now, or type the six digits.")
OTHER_CONTENT = _l("This form was sent before with other content. Please load the page again.")

#: Somebody who was marked absent: what they send is kept, and the lead decides.
AWAY = frozenset({BookingState.NO_SHOW, BookingState.EXCUSED})

for _name in ("uq_attendances_nonce", "attendances.nonce"):
    constraint_means(_name, lambda: InvalidInput(OTHER_CONTENT))


@dataclass(frozen=True, slots=True)
class Ticket:
    """What somebody hands in: a code and how it was read.

    ``nonce`` is the form's: the same one counts once. ``claimed`` is the phone's time of reading, ``children`` the ids of
    the volunteers who come along, ``distance_m`` what the phone says of its distance from the post.
    """

    direction: Direction
    method: Method
    text: str
    nonce: str
    claimed: datetime | None = None
    distance_m: int | None = None
    children: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it. ``new``: how many people were signed in or out just now; ``undecided``: the person had been marked
    absent, so that the lead decides."""

    mark: Attendance
    new: int
    undecided: bool


def span_of(shift: Shift) -> Span:
    """When a shift is, for the rules of signing in."""
    return Span(shift.starts_at, shift.ends_at)


def key_of(shift: Shift) -> Key:
    """What the codes of a shift are made from."""
    return Key(shift.post.qr_secret, shift.id)


def codes_now(shift: Shift, now: datetime) -> tuple[str, str] | None:
    """The six digits and the token that the lead shows now; None while nobody could use them."""
    span = span_of(shift)
    if shift.status != ShiftStatus.OPEN or not span.opens_at <= now <= span.out_until:
        return None
    return code_at(key_of(shift), now), token_at(key_of(shift), now)


def check(booking_id: int, ticket: Ticket, *, volunteer_id: int) -> Answer:
    """Sign the volunteer in or out, and the children named; what was done before is answered again and does nothing more.

    Raises NotFound for somebody else's booking, InvalidInput for a code that does not fit, Conflict outside the times, for
    a sign-out without sign-in and for a booking that holds no place. A booking marked absent stays so until the lead
    decides; what came in is kept beside it.
    """
    booking, shift = lock_booking(booking_id)
    volunteer = db.session.get_one(Volunteer, volunteer_id)
    if booking.volunteer_id != volunteer.id:
        raise NotFound()
    group = [booking, *_children(volunteer, shift, ticket)]
    known = marks_of([row.id for row in group])
    missing = [row for row in group if ticket.direction not in known[row.id]]
    if missing:
        nonces = _nonces(ticket, group)
        at = _proved(shift, ticket)
        by = By(volunteer.person_id, Actor.VOLUNTEER)
        for row in missing:
            came = known[row.id].get(Direction.IN)
            _ensure_order(shift, row, ticket.direction, at=at, came=came)
            _move(row, shift, ticket, by=by)
            _write(row, ticket, at=max(at, came.at) if came else at, nonce=nonces[row.id])
        db.session.flush()
        known = marks_of([row.id for row in group])
    return Answer(known[booking.id][ticket.direction], len(missing), BookingState(booking.state) in AWAY)


def _children(volunteer: Volunteer, shift: Shift, ticket: Ticket) -> list[Booking]:
    """The bookings of the children who come along; those who are not signed in are not signed out."""
    if not ticket.children:
        return []
    rows = [row for child, row in children_at(volunteer, [shift.id])[shift.id] if child.id in ticket.children]
    if ticket.direction is Direction.IN:
        return rows
    known = marks_of([row.id for row in rows])
    return [row for row in rows if Direction.IN in known[row.id]]


def _nonces(ticket: Ticket, group: list[Booking]) -> dict[int, str]:
    """The nonce of each booking of the group: the form's for the first, made from it for the others.

    Raises InvalidInput when it came before for something else.
    """
    known = mark_with(ticket.nonce)
    if known is not None and (known.booking_id, known.direction) != (group[0].id, ticket.direction):
        raise InvalidInput(OTHER_CONTENT)
    return {row.id: ticket.nonce if row is group[0] else f"{ticket.nonce[:40]}-{row.id}" for row in group}


def _proved(shift: Shift, ticket: Ticket) -> datetime:
    """The moment that counts."""
    span, now = span_of(shift), clock.now()
    if shift.status != ShiftStatus.OPEN:
        raise Conflict(_l("This shift is cancelled."))
    if now < span.opens_at:
        raise Conflict(_l("Sign-in opens at %(time)s.", time=f"{local(span.opens_at):%H:%M}"))
    if now > span.received_until:
        raise Conflict(_l("It is too late for this shift. Please call its lead, who can enter it."))
    at = matching_moment(key_of(shift), Shown(ticket.text, ticket.method, now, ticket.claimed), span)
    if at is None:
        raise InvalidInput(WRONG_TOKEN if ticket.method is Method.QR else WRONG_CODE, "code")
    return at


def _ensure_order(
    shift: Shift, booking: Booking, direction: Direction, *, at: datetime, came: Attendance | None
) -> None:
    """Raise Conflict unless the step is possible at the moment that counts."""
    admitted = span_of(shift).admits(direction, at)
    if direction is Direction.IN:
        back = taken_back_at(booking.id)
        if not admitted:
            raise Conflict(_l("The shift is over. Please speak to its lead, who can enter it."))
        if back is not None and at <= back:
            raise Conflict(_l("The lead has taken this sign-in back. Please speak to the lead."))
    elif came is None:
        raise Conflict(_l("You have not signed in yet. Please speak to the lead, who can enter it."))
    elif at < shift.starts_at:
        raise Conflict(_l("The shift has not begun yet."))
    elif not admitted:
        raise Conflict(_l("Sign-out closed an hour after the end. The lead enters it, with a reason."))


def _move(booking: Booking, shift: Shift, ticket: Ticket, *, by: By) -> None:
    """Change the state, where there is something to change, and write the event down."""
    state = BookingState(booking.state)
    if state in AWAY or (ticket.direction is Direction.OUT and state in PRESENT):
        note(booking, f"sign_{ticket.direction}", by=by, reason=ticket.method.value)
    elif ticket.direction is Direction.IN:
        move(booking, shift, "sign_in", by=by, reason=ticket.method.value)
    else:
        raise Conflict(_l("The booking has changed in the meantime. Please look at it again."))


def _write(booking: Booking, ticket: Ticket, *, at: datetime, nonce: str) -> None:
    db.session.add(
        Attendance(
            booking_id=booking.id,
            direction=ticket.direction,
            method=ticket.method,
            at=at,
            received_at=clock.now(),
            distance_m=ticket.distance_m,
            nonce=nonce,
        )
    )
