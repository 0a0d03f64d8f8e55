"""Volunteers who might be put on a shift by the office, with what stands against it."""

from __future__ import annotations

from dataclasses import dataclass

from citizen.accounts.models import Person
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.queries.clashes import clash_of
from citizen.volunteers.queries.roster import find_volunteers
from citizen.volunteers.queries.volunteers import facts_of, needs_of, teams_of
from citizen.volunteers.rules.booking import ACTIVE, BookingState
from citizen.volunteers.rules.eligibility import OVERRIDABLE, Reason, obstacles


@dataclass(frozen=True, slots=True)
class Suitor:
    """Somebody who was found, the account behind them and every reason against, the gravest first."""

    volunteer: Volunteer
    person: Person | None
    reasons: list[Reason]

    @property
    def firm(self) -> list[Reason]:
        """The reasons that nobody may set aside."""
        return [reason for reason in self.reasons if reason not in OVERRIDABLE]


def suitors(shift: Shift, text: str) -> list[Suitor]:
    """Volunteers by name or phone number, each with what stands against this shift."""
    found = find_volunteers(text)
    ids = [volunteer.id for volunteer, _person in found]
    teams, needs = teams_of(ids), needs_of(shift)
    query = db.select(Booking.volunteer_id, Booking.state).where(
        Booking.shift_id == shift.id, Booking.state.in_(ACTIVE)
    )
    states = {row.volunteer_id: row.state for row in db.session.execute(query)}
    result = []
    for volunteer, person in found:
        guarded = states.get(volunteer.guardian_id or 0) == BookingState.CONFIRMED
        facts = facts_of(volunteer, teams=teams[volunteer.id], with_guardian=guarded)
        moment = [Reason.ALREADY_IN] if volunteer.id in states else []
        busy = [Reason.CLASH] if not moment and clash_of(volunteer.id, shift) is not None else []
        result.append(Suitor(volunteer, person, [*moment, *obstacles(facts, needs), *busy]))
    return result
