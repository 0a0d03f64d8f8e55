"""Booking, waiting, answering an offer, cancelling, standing in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.volunteers.models import Booking, Party, Shift, Team, TeamMember, Volunteer
from citizen.volunteers.queries.clashes import clash_of
from citizen.volunteers.queries.commitments import Commitments, commitments
from citizen.volunteers.queries.line import has_place
from citizen.volunteers.queries.volunteers import facts_of, needs_of, teams_of
from citizen.volunteers.rules.booking import ACTIVE, SYSTEM, TRANSITIONS, BookingState, By, ensure_transition
from citizen.volunteers.rules.eligibility import Override, Reason, Refused, ensure_eligible
from citizen.volunteers.rules.shifts import BOOKING_OPENS, ShiftStatus
from citizen.volunteers.services import messages
from citizen.volunteers.services.draw import weight_of
from citizen.volunteers.services.line import fill, lock_people
from citizen.volunteers.services.places import (
    bookings_of,
    children_in,
    lock_booking,
    lock_shift,
    lock_volunteers,
    move,
    open_booking,
)
from citizen.volunteers.services.scarcity import note_places


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a shift for one volunteer or for several, all or none of them.

    ``key`` comes from the form: the same key gives the same bookings again. With ``wait`` the people join the line when no
    place is free for them. ``override`` is a coordinator's.
    """

    shift_id: int
    volunteers: tuple[int, ...]
    key: str
    wait: bool = False
    team_id: int | None = None
    override: Override | None = None

    def key_of(self, volunteer_id: int) -> str:
        """The key of one volunteer's booking."""
        return f"{self.key}:{volunteer_id}"


def book(wish: Wish, *, by: By) -> list[Booking]:
    """The bookings of all volunteers of the wish, confirmed or (with ``wait``) waiting; a party gets all places or none.

    Raises Refused with the reason (full, clash, too early, too late, not eligible, already in …), NotFound for an unknown
    shift, InvalidInput for a party larger than the shift or a key that was used for something else. Nothing is written then.
    """
    shift = lock_shift(wish.shift_id)
    note_places(shift)
    people = lock_people(shift, wish.volunteers)
    bound = commitments(shift, {id_: wish.key_of(id_) for id_ in people})
    if bound.same_form:
        return _known(wish, bound.same_form)
    _ensure_open(shift, clock.now(), override=wish.override)
    if not 1 <= len(people) == len(wish.volunteers) <= shift.capacity:
        raise InvalidInput(_l("The shift has %(n)s places in all.", n=shift.capacity))
    ensure_possible(shift, people, bound=bound, override=wish.override)
    fill(shift)
    drawing = shift.draw_at is not None and shift.drawn_at is None
    if not drawing and shift.free < len(people) and not wish.wait:
        raise Refused(Reason.FULL if shift.free == 0 else Reason.NEXT_IN_LINE)
    name = "book" if not drawing and shift.free >= len(people) else "wait"
    party = _party(wish)
    bookings = [_open(shift, person, name, wish=wish, party=party, by=by) for person in people.values()]
    if wish.override:
        detail = {"shift": shift.id, "aside": sorted(wish.override.reasons), "words": wish.override.words}
        record("booking.override", "booking", subject_id=bookings[0].id, actor=by.pair, detail=detail)
    return bookings


def _known(wish: Wish, made: list[Booking]) -> list[Booking]:
    """The bookings that this very form made before."""
    if any(row.shift_id != wish.shift_id for row in made):
        raise InvalidInput(_l("This form was sent before for another shift. Please load the page again."))
    return made


def _ensure_open(shift: Shift, now: datetime, *, override: Override | None) -> None:
    aside = override.reasons if override else frozenset()
    if shift.status != ShiftStatus.OPEN:
        raise Refused(Reason.CANCELLED)
    if now >= shift.starts_at:
        raise Refused(Reason.TOO_LATE)
    if now < shift.starts_at - BOOKING_OPENS and Reason.TOO_EARLY not in aside:
        raise Refused(Reason.TOO_EARLY)


def ensure_possible(
    shift: Shift, people: dict[int, Volunteer], *, bound: Commitments, override: Override | None
) -> None:
    """Raise Refused unless each of the (locked) people may take the shift and is free then."""
    needs = needs_of(shift)
    teams = teams_of(people.keys()) if needs.team_id else {}
    for person in people.values():
        name = person.name if len(people) > 1 else ""
        if person.id in bound.inside:
            raise Refused(Reason.ALREADY_IN, name=name)
        # A guardian who is in already may bring the child afterwards.
        guarded = person.guardian_id in people or has_place(person.guardian_id, shift)
        facts = facts_of(person, teams=teams.get(person.id, frozenset()), with_guardian=guarded)
        ensure_eligible(facts, needs, override=override, name=name)
        if person.id in bound.clashes:
            raise Refused(Reason.CLASH, shift_id=bound.clashes[person.id], name=name)


def _party(wish: Wish) -> Party | None:
    if len(wish.volunteers) == 1:
        return None
    party = Party(shift_id=wish.shift_id, leader_id=wish.volunteers[0], team_id=wish.team_id, created_at=clock.now())
    db.session.add(party)
    db.session.flush()
    return party


def _open(shift: Shift, person: Volunteer, name: str, *, wish: Wish, party: Party | None, by: By) -> Booking:
    booking = Booking(
        volunteer_id=person.id,
        party_id=party.id if party else None,
        key=wish.key_of(person.id),
        override=wish.override.words if wish.override else "",
        weight=weight_of(person.id, shift) if shift.draw_at and shift.drawn_at is None else 1,
    )
    open_booking(shift, booking, name, by=by, tell=person)
    return booking


def accept(booking_id: int, *, by: By) -> Booking:
    """Take the offered place, with the whole party when the line offered it; raises Conflict when the offer has lapsed,
    Refused for a new obstacle, by name when it is somebody else's of the party."""
    booking, shift = lock_booking(booking_id)
    group = answering(booking, shift)
    people = lock_volunteers({row.volunteer_id for row in group})
    ensure_transition("accept", BookingState(booking.state), by.actor)
    if shift.status != ShiftStatus.OPEN:
        raise Refused(Reason.CANCELLED)
    if booking.offered_until and clock.now() >= booking.offered_until:
        raise Conflict(_l("The offer has lapsed; the place went to the next in line."))
    teams, needs = teams_of(people.keys()), needs_of(shift)
    for row in group:
        person = people[row.volunteer_id]
        if not row.override:
            guarded = person.guardian_id in people or has_place(person.guardian_id, shift)
            ensure_eligible(facts_of(person, teams=teams[person.id], with_guardian=guarded), needs)
        other = clash_of(person.id, shift)
        if other is not None:
            own = row.id == booking.id
            raise Refused(Reason.CLASH, shift_id=other.id if own else None, name="" if own else person.name)
        move(row, shift, "accept", by=by)
        messages.booked(shift, row, person)
    return booking


def decline(booking_id: int, *, by: By) -> Booking:
    """Give the offered place back, with the whole party when the line offered it; it goes to the next in line."""
    booking, shift = lock_booking(booking_id)
    ensure_transition("decline", BookingState(booking.state), by.actor)
    _leave(booking, shift, answering(booking, shift), by=by, reason="")
    return booking


def cancel(booking_id: int, *, by: By, reason: str = "", party: bool = False) -> Booking:
    """Leave the shift or its line before it begins; the place goes to the next in line at once.

    A guardian's children go along; with ``party`` everybody of the party does. Raises Conflict once the shift has begun.
    """
    booking, shift = lock_booking(booking_id)
    if clock.now() >= shift.starts_at:
        raise Conflict(_l("The shift has begun. Please tell its lead that you cannot come."))
    ensure_transition("cancel", BookingState(booking.state), by.actor)
    _leave(booking, shift, _together(booking, shift) if party else [booking], by=by, reason=reason)
    return booking


def answering(booking: Booking, shift: Shift) -> list[Booking]:
    """Whose offers an answer is for: the party's that the line offered places to, but one's own and one's children's when a
    shift was moved, since that question goes to each."""
    if booking.ask_again:
        return [booking, *(row for row in children_in(booking, shift) if row.state == BookingState.OFFERED)]
    return [row for row in _together(booking, shift) if row.state == BookingState.OFFERED] or [booking]


def _leave(booking: Booking, shift: Shift, group: Sequence[Booking], *, by: By, reason: str) -> None:
    """Let ``group`` and its children go, and their places to the line; who did not ask for it is told."""
    family = {booking.id, *(row.id for row in children_in(booking, shift))}
    leaving = {row.id: row for one in group for row in (one, *children_in(one, shift))}
    for row in leaving.values():
        if row.state in TRANSITIONS["call_off"].sources:
            move(row, shift, "decline" if row.state == BookingState.OFFERED else "cancel", by=by, reason=reason)
            if row.id not in family:
                messages.left_by_group(shift, row)
    fill(shift)


def _together(booking: Booking, shift: Shift) -> list[Booking]:
    """The bookings of the same party that are active, the booking itself among them."""
    if booking.party_id is None:
        return [booking]
    return [row for row in bookings_of(shift, ACTIVE) if row.party_id == booking.party_id]


def call_off(booking_id: int, *, by: By, reason: str) -> Booking:
    """Take a booking out as the organiser, with words that the volunteer reads; the place goes to the next in line.

    A guardian's children go along.
    """
    booking, shift = lock_booking(booking_id)
    for row in [booking, *children_in(booking, shift)]:
        move(row, shift, "call_off", by=by, reason=reason)
        messages.called_off(shift, row, reason)
    fill(shift)
    return booking


def stand_in(booking_id: int, volunteer_id: int, *, key: str, by: By) -> Booking:
    """Let another volunteer take a confirmed place over, in one step.

    Nobody jumps the line this way: while somebody who could take the place waits, Refused says so; only a place that was
    booked as a team's stays with the team. Raises Conflict when the booking is not confirmed any more.
    """
    booking, shift = lock_booking(booking_id)
    known: Booking | None = db.session.execute(db.select(Booking).where(Booking.key == key)).scalar_one_or_none()
    if known is not None:
        return known
    people = lock_people(shift, {booking.volunteer_id, volunteer_id})
    _ensure_open(shift, clock.now(), override=None)
    bound = commitments(shift, {volunteer_id: None})
    ensure_possible(shift, {volunteer_id: people[volunteer_id]}, bound=bound, override=None)
    move(booking, shift, "cancel", by=by, reason="stand_in")
    if not _stays_in_team(booking, shift, volunteer_id) and fill(shift):
        raise Refused(Reason.NEXT_IN_LINE)
    new = Booking(volunteer_id=volunteer_id, key=key, override="", weight=1, party_id=None)
    open_booking(shift, new, "book", by=by, reason="stand_in", tell=people[volunteer_id])
    return new


def _stays_in_team(booking: Booking, shift: Shift, volunteer_id: int) -> bool:
    """Whether the place was booked as a team's, and the stand-in was in that approved team by then."""
    party = db.session.get(Party, booking.party_id) if booking.party_id else None
    team_id = shift.team_id or (party.team_id if party else None)
    team = db.session.get(Team, team_id) if team_id else None
    member = db.session.get(TeamMember, (team_id, volunteer_id)) if team else None
    return bool(team and team.approved_at and member and member.joined_at <= booking.created_at)


def expire(booking_id: int, *, now: datetime) -> bool:
    """End an offer that nobody answered, or a place in the line of a shift that has begun; returns whether it was due."""
    booking, shift = lock_booking(booking_id)
    lapsed = (
        booking.state == BookingState.OFFERED and booking.offered_until is not None and booking.offered_until <= now
    )
    over = booking.state in (BookingState.WAITING, BookingState.OFFERED) and shift.starts_at <= now
    if (not lapsed and not over) or shift.status != ShiftStatus.OPEN:
        return False
    move(booking, shift, "expire", by=SYSTEM, reason="begun" if over else "no_answer")
    messages.expired(shift, booking)
    fill(shift)
    return True
