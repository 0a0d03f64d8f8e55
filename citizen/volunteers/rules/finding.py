"""What somebody looks for among the shifts, and which days and hours that means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from citizen.core.clock import COUNTY_ZONE
from citizen.core.geo import LonLat

WEEK, WEEKEND, MONTH = "week", "weekend", "month"
#: Parts of the day by the hour in which a shift begins.
PARTS = {"morning": range(0, 12), "afternoon": range(12, 18), "evening": range(18, 24)}
#: A place is asked for no more precisely than this many decimals of a degree: about a hundred metres.
DECIMALS = 3
DAY = timedelta(days=1)
MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list, all optional: an empty string means everything.

    ``near`` is the code of an area or a point, ``place`` a position of the phone; ``near`` counts when both are given.
    """

    when: str = WEEK
    part: str = ""
    kind: str = ""
    area: str = ""
    free: bool = False
    near: str = ""
    place: LonLat | None = None
    by_time: bool = False
    after: int = 0

    @property
    def day(self) -> date | None:
        """The one day asked for, if it is one."""
        return None if self.when in (WEEK, WEEKEND, MONTH) else date.fromisoformat(self.when)

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return replace(self, near="", place=None, by_time=False, after=0) != Wanted()

    def values(self) -> dict[str, str]:
        """What an address carries to ask for the same again; what is left at its default is left out."""
        lon, lat = self.place or (None, None)
        day = self.day
        found = {
            "when": "" if day or self.when == WEEK else self.when,
            "day": day.isoformat() if day else "",
            "part": self.part,
            "kind": self.kind,
            "area": self.area,
            "free": "1" if self.free else "",
            "near": self.near,
            "lon": f"{lon:.{DECIMALS}f}" if lon is not None and not self.near else "",
            "lat": f"{lat:.{DECIMALS}f}" if lat is not None and not self.near else "",
            "sort": "time" if self.by_time else "",
        }
        return {name: value for name, value in found.items() if value}


def midnight(day: date) -> datetime:
    """The moment at which a day of the county begins."""
    return datetime.combine(day, time(), COUNTY_ZONE)


def days_of(when: str, today: date) -> tuple[date, date]:
    """The first and the last day meant: seven days from today, thirty, the weekend that is or comes next, or one day."""
    if when == WEEKEND:
        saturday = today + timedelta(days=(5 - today.weekday()) % 7)
        return (today, today) if today.weekday() == 6 else (saturday, saturday + DAY)
    if when in (WEEK, MONTH):
        return today, today + DAY * ((7 if when == WEEK else MONTH_DAYS) - 1)
    return date.fromisoformat(when), date.fromisoformat(when)


def utc_hours(part: str) -> tuple[int, ...]:
    """The hours of UTC in which a part of the county's day lies; the county keeps one offset all year."""
    offset = datetime(2026, 1, 1, tzinfo=UTC).astimezone(COUNTY_ZONE).utcoffset() or timedelta()
    hours = int(offset.total_seconds() // 3600)
    return tuple(sorted((hour - hours) % 24 for hour in PARTS[part]))


def first_monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def month_days(day: date) -> tuple[date, date]:
    """The Monday on or before the first of a day's month, and the Sunday on or after its last."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - DAY
    return first_monday(first), first_monday(last) + DAY * 6
