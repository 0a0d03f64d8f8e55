"""A few shifts of this week that still need people, for the home page."""

from __future__ import annotations

from citizen.core import clock
from citizen.volunteers.documents.cards import cards
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries.finding import slot_of_row, soonest
from citizen.volunteers.queries.standing import standings
from citizen.volunteers.rules.finding import DAY, WEEK, days_of, midnight
from citizen.web.fragments import Part

SHOWN = 3
#: Candidates looked at for somebody with other shifts and conditions of their own.
_CANDIDATES = 12


def soonest_cards(volunteer: Volunteer | None) -> list[Part]:
    """At most three shifts of these seven days that the viewer could book now, first those of the viewer's own areas."""
    last = midnight(days_of(WEEK, clock.today())[1]) + DAY
    areas = list(volunteer.areas) if volunteer else []
    size = _CANDIDATES if volunteer else SHOWN
    rows = list(soonest(first=clock.now(), last=last, areas=areas, size=size))
    if areas and len(rows) < SHOWN:
        near = {row.id for row in rows}
        rows += [row for row in soonest(first=clock.now(), last=last, areas=(), size=size) if row.id not in near]
    standing = standings(volunteer, [slot_of_row(row) for row in rows])
    fit = [row for row in rows if standing[row.id].reason is None]
    return cards(fit[:SHOWN], standing)
