"""People who may be asked at short notice, and who was asked before."""

from __future__ import annotations

from dataclasses import dataclass

from citizen.core.audit import history
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.queries.clashes import clash_of
from citizen.volunteers.queries.volunteers import facts_of, needs_of, teams_of
from citizen.volunteers.rules.booking import ACTIVE
from citizen.volunteers.rules.call_up import fitness, time_code
from citizen.volunteers.rules.eligibility import obstacles

#: So many on-call people are looked at, and so many shown.
MOST, SHOWN = 500, 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody on call who could take the shift; ``fits`` tells whether area and time are among those they named."""

    volunteer: Volunteer
    near: bool
    fits: bool


def candidates(shift: Shift) -> list[Candidate]:
    """Those on call who may take the shift, are free then and not in it yet; the best suited first."""
    inside = db.select(Booking.volunteer_id).where(Booking.shift_id == shift.id, Booking.state.in_(ACTIVE))
    query = db.select(Volunteer).where(
        Volunteer.on_call,
        Volunteer.person_id.is_not(None),
        Volunteer.suspended_at.is_(None),
        Volunteer.id.not_in(inside),
    )
    people = db.session.execute(query.order_by(Volunteer.id).limit(MOST)).scalars().all()
    needs, teams = needs_of(shift), teams_of([person.id for person in people])
    able = [person for person in people if not obstacles(facts_of(person, teams=teams[person.id]), needs)]
    time = time_code(shift.starts_at)
    rank = {
        person.id: fitness(areas=person.areas, times=person.times, area=shift.area_code, time=time) for person in able
    }
    able.sort(key=lambda person: (-rank[person.id], person.id))
    free = (person for person in able if clash_of(person.id, shift) is None)
    found = [Candidate(person, rank[person.id] >= 2, rank[person.id] % 2 == 1) for person in free]
    return found[:SHOWN]


def asked_before(shift_id: int) -> set[int]:
    """The ids of the volunteers who were asked for this shift already."""
    events = [event for event in history("shift", shift_id) if event.action == "shift.called_up"]
    return {int(id_) for event in events for id_ in event.detail.get("volunteers", [])}
