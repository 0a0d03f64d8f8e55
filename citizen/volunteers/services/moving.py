"""Moving a shift to another time: every booking is looked at again, and nobody is dropped silently.

Who fits stays and is told; whom the new time does not suit keeps the place while they are asked; who waits keeps the number.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.clock import local
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.queries.clashes import clash_in
from citizen.volunteers.queries.line import rank_of
from citizen.volunteers.queries.volunteers import facts_of, needs_of, teams_of
from citizen.volunteers.rules.booking import ACTIVE, BookingState, By, offer_ends
from citizen.volunteers.rules.eligibility import Reason, obstacles
from citizen.volunteers.rules.shifts import ensure_span
from citizen.volunteers.services import messages
from citizen.volunteers.services.line import fill
from citizen.volunteers.services.places import bookings_of, lock_volunteers, move, note
from citizen.volunteers.services.shifts import ensure_nobody_came, ensure_not_stopped, ensure_open

Span = tuple[datetime, datetime]


@dataclass(slots=True)
class Moved:
    """What became of whom, by the ids of bookings; ``asked`` names the reason for which somebody must choose."""

    kept: list[int] = field(default_factory=list)
    asked: dict[int, str] = field(default_factory=dict)
    offered: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def as_detail(self) -> dict[str, object]:
        """Plain JSON for the event."""
        asked = {str(id_): reason for id_, reason in self.asked.items()}
        return {"kept": self.kept, "asked": asked, "offered": self.offered, "waiting": self.waiting}


def verdicts(shift: Shift, span: Span) -> dict[int, str]:
    """For each active booking of the shift: why ``span`` does not suit its volunteer, as a code; empty when it does.

    A child comes only with the guardian: when the guardian cannot, the child's reason is "guardian_missing". Reads only.
    """
    rows = bookings_of(shift, ACTIVE)
    people = _people({row.volunteer_id for row in rows})
    teams, needs = teams_of(people.keys()), needs_of(shift)._replace(day=local(span[0]).date())
    found: dict[int, str] = {}
    for row in rows:
        person = people[row.volunteer_id]
        facts = facts_of(person, teams=teams[person.id], with_guardian=person.guardian_id in people)
        against = [] if row.override else obstacles(facts, needs)
        clash = clash_in(person.id, span, but=shift.id)
        found[row.id] = against[0].value if against else "clash" if clash else ""
    kept_back = {row.volunteer_id for row in rows if found[row.id]}
    for row in rows:
        if not found[row.id] and people[row.volunteer_id].guardian_id in kept_back:
            found[row.id] = Reason.GUARDIAN_MISSING.value
    return found


def _people(ids: Collection[int]) -> dict[int, Volunteer]:
    rows = db.session.execute(db.select(Volunteer).where(Volunteer.id.in_(ids))).scalars()
    return {row.id: row for row in rows}


def ensure_movable(shift: Shift, span: Span) -> None:
    """Raise InvalidInput for a time that no shift has or that is past, Conflict when the shift can no longer be moved."""
    ensure_open(shift)
    ensure_span(*span)
    ensure_nobody_came(shift)
    now = clock.now()
    if now >= shift.starts_at:
        raise Conflict(_l("The shift has begun and cannot be moved any more."))
    if span[0] <= now:
        raise InvalidInput(_l("The shift must begin in the future."), "day")
    if span == (shift.starts_at, shift.ends_at):
        raise InvalidInput(_l("This is when the shift takes place already."), "day")
    if shift.draw_at is not None and shift.drawn_at is None and shift.draw_at >= span[0]:
        raise Conflict(_l("The places are drawn only after that time. Choose a later one."))
    ensure_not_stopped(shift.post, span)


def move_shift(shift: Shift, starts_at: datetime, ends_at: datetime, *, by: By) -> Moved:
    """Move a locked shift and ask everybody who booked again; returns what became of whom.

    Confirmed people whom the new time suits stay confirmed and are told; the others keep their place as an offer until
    they choose. Offers are renewed, those who wait keep their numbers. Raises as `ensure_movable`.
    """
    span = (starts_at, ends_at)
    ensure_movable(shift, span)
    rows = bookings_of(shift, ACTIVE)
    people = lock_volunteers({row.volunteer_id for row in rows})
    found = verdicts(shift, span)
    was = (shift.starts_at, shift.ends_at)
    shift.starts_at, shift.ends_at = span
    shift.version += 1
    result = Moved()
    for row in rows:
        _look_again(shift, row, people[row.volunteer_id], reason=found[row.id], by=by, result=result)
    db.session.flush()
    asked = {row.id for row in fill(shift)}
    for row in rows:
        if row.id in result.waiting and row.id not in asked:
            _tell_waiting(shift, row, people[row.volunteer_id])
    detail = {"from": [m.isoformat() for m in was], "to": [m.isoformat() for m in span], **result.as_detail()}
    record("shift.moved", "shift", subject_id=shift.id, actor=by.pair, detail=detail)
    return result


def _look_again(shift: Shift, booking: Booking, person: Volunteer, *, reason: str, by: By, result: Moved) -> None:
    """Let one booking follow the moved shift."""
    if booking.state == BookingState.WAITING:
        result.waiting.append(booking.id)
        return
    if reason:
        if booking.state == BookingState.CONFIRMED:
            move(booking, shift, "question", by=by, reason=reason)
        else:
            note(booking, "ask_again", by=by, reason=reason)
        booking.ask_again, booking.offered_until = True, offer_ends(clock.now(), shift.starts_at)
        messages.asked_again(shift, booking)
        result.asked[booking.id] = reason
    elif booking.state == BookingState.OFFERED:
        booking.ask_again, booking.offered_until = False, offer_ends(clock.now(), shift.starts_at)
        note(booking, "ask_again", by=by, reason="moved")
        messages.offered(shift, booking, person)
        result.offered.append(booking.id)
    else:
        note(booking, "ask_again", by=by, reason="moved")
        booking.ask_again = True
        messages.moved(shift, booking)
        result.kept.append(booking.id)


def _tell_waiting(shift: Shift, booking: Booking, person: Volunteer) -> None:
    """Who waits hears of the new time, with the rank; who waits for a draw, that the entry stands."""
    if booking.wait_no is None:
        messages.moved(shift, booking)
        return
    values = {**messages.shift_values(shift), "rank": rank_of(booking)}
    messages.say("waitlisted", person, values=values, key=f"waiting:{booking.id}:{shift.version}")
