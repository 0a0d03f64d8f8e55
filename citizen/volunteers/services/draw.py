"""Shifts that everybody wants: places are drawn at a set time."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.queries.clashes import clash_of
from citizen.volunteers.queries.volunteers import facts_of, needs_of, teams_of
from citizen.volunteers.rules.booking import HOLDING, SYSTEM, BookingState, By
from citizen.volunteers.rules.draw import Entry, chances, order, ticket_of, winners
from citizen.volunteers.rules.eligibility import obstacles
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services import messages
from citizen.volunteers.services.line import fill
from citizen.volunteers.services.places import bookings_of, give_number, lock_shift, lock_volunteers, move, note

RECENT = timedelta(days=90)


def weight_of(volunteer_id: int, shift: Shift) -> int:
    """The chances of a volunteer in the draw of ``shift``: fewer for those who were drawn in the ninety days before it."""
    query = (
        db.select(func.count())
        .select_from(Booking)
        .join(Shift, Shift.id == Booking.shift_id)
        .where(
            Booking.volunteer_id == volunteer_id,
            Booking.state.in_(HOLDING),
            Shift.drawn_at.is_not(None),
            Shift.starts_at >= shift.starts_at - RECENT,
            Shift.id != shift.id,
        )
    )
    return chances(int(db.session.execute(query).scalar_one()))


def announce(shift: Shift, draw_at: datetime, *, by: By) -> None:
    """Let the places of a locked shift be drawn at ``draw_at``; its seed is published from now on.

    Raises Conflict when somebody has booked already, InvalidInput for a time that is not between now and the start.
    """
    if shift.taken or shift.waiting:
        raise Conflict(_l("People have booked already, so the places cannot be drawn any more."))
    if not clock.now() < draw_at < shift.starts_at:
        raise InvalidInput(_l("The draw must be after now and before the shift begins."), "draw_at")
    shift.draw_at, shift.draw_seed, shift.drawn_at = draw_at, secrets.token_hex(16), None
    shift.version += 1
    detail = {"draw_at": draw_at.isoformat(), "seed": shift.draw_seed}
    record("shift.draw_announced", "shift", subject_id=shift.id, actor=by.pair, detail=detail)


def draw(shift_id: int) -> list[Booking]:
    """Draw the places when the time has come, once; the rest of the entrants form the line in the order drawn.

    Returns the winners' bookings. Whoever is no longer eligible or is busy elsewhere is passed over, with the reason.
    """
    shift = lock_shift(shift_id)
    now = clock.now()
    due = shift.draw_at is not None and shift.drawn_at is None and shift.draw_at <= now < shift.starts_at
    if not due or shift.status != ShiftStatus.OPEN:
        return []
    shift.drawn_at = now
    groups = _groups(shift)
    people = lock_volunteers({row.volunteer_id for group in groups.values() for row in group})
    entries = [_entry(shift, group) for group in groups.values()]
    ordered = order(shift.draw_seed, entries)
    fit = [entry for entry in ordered if not _passed_over(shift, groups[entry.ticket], people)]
    lucky = {entry.ticket for entry in winners(fit, places=shift.free)}
    won: list[Booking] = []
    for entry in ordered:
        for row in groups[entry.ticket]:
            _settle(shift, row, people[row.volunteer_id], lucky=entry.ticket in lucky)
            won += [row] if entry.ticket in lucky else []
    detail = {"seed": shift.draw_seed, "tickets": [entry.ticket for entry in ordered], "places": shift.capacity}
    record("shift.drawn", "shift", subject_id=shift.id, detail=detail)
    db.session.flush()
    fill(shift)
    return won


def _settle(shift: Shift, row: Booking, person: Volunteer, *, lucky: bool) -> None:
    if lucky:
        move(row, shift, "win", by=SYSTEM)
        messages.booked(shift, row, person)
    else:
        give_number(shift, row)
        messages.booked(shift, row, person)


def _groups(shift: Shift) -> dict[str, list[Booking]]:
    """The entrants by the ticket that stands for them; a party has its leader's, who booked first."""
    found: dict[object, list[Booking]] = {}
    for row in bookings_of(shift, (BookingState.WAITING,)):
        found.setdefault(row.party_id or f"b{row.id}", []).append(row)
    return {ticket_of(shift.post.qr_secret, shift.id, group[0].volunteer_id): group for group in found.values()}


def _entry(shift: Shift, group: list[Booking]) -> Entry:
    ticket = ticket_of(shift.post.qr_secret, shift.id, group[0].volunteer_id)
    return Entry(ticket, min(row.weight for row in group), len(group))


def _passed_over(shift: Shift, group: list[Booking], people: dict[int, Volunteer]) -> bool:
    ids = {row.volunteer_id for row in group}
    teams, needs = teams_of(ids), needs_of(shift)
    for row in group:
        person = people[row.volunteer_id]
        facts = facts_of(person, teams=teams[person.id], with_guardian=person.guardian_id in ids)
        found = [] if row.override else obstacles(facts, needs)
        if found or clash_of(person.id, shift) is not None:
            note(row, "skip", by=SYSTEM, reason=found[0].value if found else "clash")
            return True
    return False
