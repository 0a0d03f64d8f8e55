"""When the next briefings are: the county holds them at the same times every week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from citizen.core.clock import COUNTY_ZONE, local
from citizen.core.content import Words

LONGEST_MINUTES = 480


@dataclass(frozen=True, slots=True)
class Weekly:
    """A briefing that is held every week; ``weekday`` is 1 for Monday to 7 for Sunday, ``starts`` the county's time."""

    weekday: int
    starts: time
    minutes: int
    place: Words


@dataclass(frozen=True, slots=True)
class Briefing:
    """One briefing: two moments and a place."""

    starts_at: datetime
    ends_at: datetime
    place: Words


def weekly_from(raw: Mapping[str, Any]) -> Weekly:
    """A row of the county's file: {weekday, time, minutes, place: {hans, en}}; raises ValueError or KeyError for a wrong one."""
    weekday, minutes = int(raw["weekday"]), int(raw["minutes"])
    if not 1 <= weekday <= 7 or not 1 <= minutes <= LONGEST_MINUTES:
        raise ValueError(f"a briefing has a weekday from 1 to 7 and at most {LONGEST_MINUTES} minutes: {dict(raw)}")
    return Weekly(weekday, time.fromisoformat(raw["time"]), minutes, Words.of(raw["place"]["hans"], raw["place"]["en"]))


def next_ones(rows: Sequence[Weekly], now: datetime, *, most: int) -> list[Briefing]:
    """The next ``most`` briefings that have not begun at ``now``, the soonest first."""
    today = local(now).date()
    found = []
    for row in rows:
        first = today + timedelta(days=(row.weekday - today.isoweekday()) % 7)
        for week in range(most + 1):
            starts = datetime.combine(first + timedelta(weeks=week), row.starts, COUNTY_ZONE)
            if starts > now:
                found.append(Briefing(starts, starts + timedelta(minutes=row.minutes), row.place))
    return sorted(found, key=lambda one: (one.starts_at, one.place.hans))[:most]
