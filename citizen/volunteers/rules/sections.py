"""Sections that teams look after for a season: states, and what a team may ask for.

The shifts of an adopted section stay the team's own until they begin: nobody else is let in shortly before, since members bring
children and friends, and since strangers could not be told apart from them on the spot. A leader who lacks people takes new
members in by the team's code; a coordinator may book somebody else with a reason, as for every shift of a team.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput


class SectionKind(StrEnum):
    """What a section is."""

    ROAD = "road"
    COMPOUND = "compound"
    RIVERSIDE = "riverside"


class AdoptionState(StrEnum):
    """Where an adoption, or the request to renew one, stands."""

    ASKED = "asked"
    RUNNING = "running"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    RENEWAL = "renewal"
    GRANTED = "granted"


S = AdoptionState
#: One team at a time: the partial unique index of the table names the same states.
HELD = frozenset({S.ASKED, S.RUNNING})
#: A coordinator has to decide.
OPEN = frozenset({S.ASKED, S.RENEWAL})

SHORTEST, LONGEST = timedelta(days=27), timedelta(days=183)
#: A season begins within so long.
AHEAD = timedelta(days=60)
#: In the last days of a season the team may ask for another.
RENEW_BEFORE = timedelta(days=30)
LEAST_MINUTES, MOST_MINUTES = 30, 240
LEAST_PEOPLE, MOST_PEOPLE = 2, 50
#: Shifts begin and end between these times of day.
EARLIEST, LATEST = 5 * 60, 22 * 60
#: Sections that one team holds or asks for at a time.
MOST_SECTIONS = 3
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z")


@dataclass(frozen=True, slots=True)
class Season:
    """What a team proposes: once a week on ``weekday`` (0 = Monday) at ``starts`` ("HH:MM" of the county), from day to day."""

    weekday: int | None
    starts: str
    minutes: int | None
    capacity: int | None
    from_day: date | None
    until_day: date | None


def ensure_season(season: Season, today: date) -> None:
    """Raise InvalidInput, naming the field, unless the season and its rhythm are within the limits."""
    if season.weekday is None or not 0 <= season.weekday <= 6:
        raise InvalidInput(_l("Choose a weekday."), "weekday")
    if not LEAST_MINUTES <= (season.minutes or 0) <= MOST_MINUTES:
        raise InvalidInput(_l("A shift on a section lasts between 30 minutes and 4 hours."), "minutes")
    _ensure_time(season.starts, season.minutes or 0)
    if not LEAST_PEOPLE <= (season.capacity or 0) <= MOST_PEOPLE:
        raise InvalidInput(_l("Plan for 2 to 50 people."), "capacity")
    if season.from_day is None or not today <= season.from_day <= today + AHEAD:
        raise InvalidInput(_l("Begin between today and 60 days from now."), "from_day")
    ensure_end(season.until_day, season.from_day)


def ensure_end(until_day: date | None, from_day: date) -> None:
    """Raise InvalidInput unless a season lasts between four weeks and half a year."""
    if until_day is None or not from_day + SHORTEST <= until_day <= from_day + LONGEST:
        raise InvalidInput(_l("A season lasts between 4 weeks and half a year."), "until_day")


def _ensure_time(starts: str, minutes: int) -> None:
    found = _TIME.match(starts)
    if found is None:
        raise InvalidInput(_l("Enter the time as hours and minutes, such as 08:30."), "starts")
    begins = int(found[1]) * 60 + int(found[2])
    if begins < EARLIEST or begins + minutes > LATEST:
        raise InvalidInput(_l("Shifts on a section are between 05:00 and 22:00."), "starts")


def may_renew(state: str, until_day: date, today: date) -> bool:
    """Whether a team may ask for another season now."""
    return state == S.RUNNING and until_day - RENEW_BEFORE <= today <= until_day


def ensure_renewal(state: str, until_day: date, today: date) -> None:
    """Raise Conflict unless the season runs and is in its last thirty days."""
    if not may_renew(state, until_day, today):
        raise Conflict(_l("Another season can be asked for in the last 30 days of the present one."))


def ensure_state(state: str, wanted: AdoptionState) -> None:
    """Raise Conflict when the adoption has moved on."""
    if state != wanted:
        raise Conflict(_l("This was decided in the meantime. Look at it again."))
