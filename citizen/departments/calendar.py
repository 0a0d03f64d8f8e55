"""The working calendar: which minutes count for a deadline. Pure: the calendar and `now` are arguments.

County time is Asia/Shanghai, whatever the server's zone. Deadlines go out in UTC and are stored with the
version of the calendar that made them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from citizen.core.errors import InvalidInput

SHANGHAI = ZoneInfo("Asia/Shanghai")
WARN_DAYS = 60
#: Longest spans that can be asked for: about ten years on each clock.
LONGEST_MINUTES = 10 * 366 * 24 * 60
LONGEST_DAYS = 10 * 366
_SOON_MINUTES = 120
_MINUTE = dt.timedelta(minutes=1)

MonthDay = tuple[int, int]
Period = tuple[dt.time, dt.time]
Span = tuple[dt.datetime, dt.datetime]


class Clock(StrEnum):
    """What a limit counts: minutes within office hours, whole working days, or every hour of every day."""

    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_HOURS = "calendar_hours"


@dataclass(frozen=True)
class Season:
    """Office hours from `start` to `end` (month, day; both included; may run over the new year), as local
    periods.
    """

    start: MonthDay
    end: MonthDay
    periods: tuple[Period, ...]

    def covers(self, day: dt.date) -> bool:
        """True when `day` lies in this season, in any year."""
        at = (day.month, day.day)
        if self.start <= self.end:
            return self.start <= at <= self.end
        return at >= self.start or at <= self.end


ALL_YEAR = (Season((1, 1), (12, 31), ((dt.time(8, 30), dt.time(12, 0)), (dt.time(14, 0), dt.time(17, 30)))),)


@dataclass(frozen=True)
class WorkingCalendar:
    """Days and hours that count. Every day listed is honoured; any other day works from Monday to Friday.

    After `last_day` the official schedule is not known yet: only listed days and weekends are, so
    `warn_days_left` asks for a new calendar in time. Raises InvalidInput when a day is both holiday and
    make-up day, when office hours overlap or end before they start, or when a day of the year lies in no
    season. Safe to share between threads.
    """

    version: str
    holidays: frozenset[dt.date]
    make_up_days: frozenset[dt.date]
    seasons: tuple[Season, ...]
    last_day: dt.date
    _spans: dict[dt.date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if both := self.holidays & self.make_up_days:
            raise InvalidInput(_l("%(day)s is both a holiday and a make-up working day.", day=min(both).isoformat()))
        for season in self.seasons:
            _ensure_periods(season.periods)
        leap_year = (dt.date(2024, 1, 1) + dt.timedelta(days=number) for number in range(366))
        for day in leap_year:
            if not any(season.covers(day) for season in self.seasons):
                raise InvalidInput(_l("No season of office hours covers %(day)s.", day=f"{day:%m-%d}"))

    def is_working_day(self, day: dt.date) -> bool:
        """True for a make-up day, and for a Monday to Friday that is no holiday."""
        return day in self.make_up_days or (day.weekday() < 5 and day not in self.holidays)

    def spans(self, day: dt.date) -> tuple[Span, ...]:
        """The office hours of a day as pairs of UTC instants, in order; empty when nobody works."""
        known = self._spans.get(day)
        if known is None:
            known = self._spans[day] = tuple(self._spans_of(day))
        return known

    def _spans_of(self, day: dt.date) -> Iterator[Span]:
        if self.is_working_day(day):
            season = next(season for season in self.seasons if season.covers(day))
            for start, end in season.periods:
                yield _utc(day, start), _utc(day, end)

    def add_working_minutes(self, start: dt.datetime, minutes: int) -> dt.datetime:
        """The instant (UTC) at which `minutes` of office hours have passed since `start`; `start` itself
        for 0.

        The answer lies within office hours, their end included, never on a day off. Raises InvalidInput for
        a negative or unreasonable span, ValueError for a naive `start`.
        """
        _ensure_amount(minutes, LONGEST_MINUTES)
        left = minutes * _MINUTE
        now = _aware(start)
        if not left:
            return now
        day = _local_day(now)
        while True:
            for opens, closes in self.spans(day):
                begin = max(opens, now)
                if begin < closes:
                    if closes - begin >= left:
                        return begin + left
                    left -= closes - begin
            day += dt.timedelta(days=1)

    def add_working_days(self, start: dt.datetime, days: int) -> dt.datetime:
        """The end (UTC) of office hours on the `days`-th working day after the local day of `start`.

        The day of `start` itself never counts, whether or not it is a working day and whatever the hour.
        Raises InvalidInput for less than one day or an unreasonable number, ValueError for a naive `start`.
        """
        _ensure_amount(days - 1, LONGEST_DAYS)
        day = _local_day(_aware(start))
        while days:
            day += dt.timedelta(days=1)
            days -= self.is_working_day(day)
        return self.spans(day)[-1][1]

    def working_minutes_between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Whole minutes of office hours from `start` to `end`, rounded down; 0 when `end` is not later."""
        first, last = _aware(start), _aware(end)
        total = dt.timedelta()
        day, final = _local_day(first), _local_day(last)
        while day <= final:
            for opens, closes in self.spans(day):
                total += max(min(closes, last) - max(opens, first), dt.timedelta())
            day += dt.timedelta(days=1)
        return total // _MINUTE

    def add(self, start: dt.datetime, amount: float, clock: Clock) -> dt.datetime:
        """A deadline (UTC): `amount` hours on the hour clocks (fractions down to the minute), days on the
        day clock.

        Raises InvalidInput for a negative or unreasonable amount, or part of a working day.
        """
        if clock is Clock.WORKING_DAYS:
            if not float(amount).is_integer():
                raise InvalidInput(_l("Working days are counted whole."))
            return self.add_working_days(start, int(amount))
        _ensure_amount(amount, LONGEST_MINUTES / 60)
        minutes = round(amount * 60)
        if clock is Clock.WORKING_HOURS:
            return self.add_working_minutes(start, minutes)
        return _aware(start) + minutes * _MINUTE

    def warn_days_left(self, today: dt.date) -> int | None:
        """Days until `last_day` when no more than WARN_DAYS are left (negative once it has passed), else
        None.
        """
        left = (self.last_day - today).days
        return left if left <= WARN_DAYS else None


def _ensure_periods(periods: tuple[Period, ...]) -> None:
    times = [moment for period in periods for moment in period]
    if not times or any(later <= earlier for earlier, later in pairwise(times)):
        raise InvalidInput(_l("Office hours must follow one another, each ending after it starts."))


def _ensure_amount(amount: float, most: float) -> None:
    if not 0 <= amount <= most:
        raise InvalidInput(_l("This limit cannot be used."))


def _utc(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, SHANGHAI).astimezone(dt.UTC)


def _aware(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("the working calendar needs aware datetimes")
    return moment.astimezone(dt.UTC)


def _local_day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(SHANGHAI).date()


def calendar_from_rows(
    rows: Iterable[Mapping[str, str]], version: str, seasons: tuple[Season, ...] = ALL_YEAR
) -> WorkingCalendar:
    """A calendar from rows with `date` (ISO), `kind` (holiday or make_up_workday) and optionally `status`.

    It is known up to the end of the last year with a row that is not `provisional`; provisional holidays
    count already. Raises InvalidInput, naming the row, for a bad date or kind, and when no row is confirmed.
    """
    days: dict[str, set[dt.date]] = {"holiday": set(), "make_up_workday": set()}
    years: set[int] = set()
    for number, row in enumerate(rows, start=1):
        try:
            day = dt.date.fromisoformat((row.get("date") or "").strip())
            days[(row.get("kind") or "").strip()].add(day)
        except (ValueError, KeyError):
            raise InvalidInput(
                _l("Row %(number)d of the calendar has no usable date or kind.", number=number)
            ) from None
        if (row.get("status") or "").strip() != "provisional":
            years.add(day.year)
    if not years:
        raise InvalidInput(_l("The calendar holds no confirmed day."))
    return WorkingCalendar(
        version=version,
        holidays=frozenset(days["holiday"]),
        make_up_days=frozenset(days["make_up_workday"]),
        seasons=seasons,
        last_day=dt.date(max(years), 12, 31),
    )


class Remaining(NamedTuple):
    """How a deadline stands. `minutes` is never negative: time left, or for 'over' how late, on the case's
    own clock.
    """

    kind: Literal["now", "over", "soon", "today", "later", "paused"]
    minutes: int


def remaining(
    now: dt.datetime,
    deadline: dt.datetime,
    *,
    calendar: WorkingCalendar,
    clock: Clock,
    paused: bool = False,
    urgent: bool = False,
) -> Remaining:
    """'paused' before all; 'over' after the deadline; 'now' for `urgent` cases; 'soon' up to two hours;
    'today'; 'later'.

    Minutes run on the case's clock (office hours for both working clocks), so a night does not eat them;
    'today' means that the deadline falls on the county's present day.
    """
    early, late = (now, deadline) if now <= deadline else (deadline, now)
    minutes = (
        (late - early) // _MINUTE if clock is Clock.CALENDAR_HOURS else calendar.working_minutes_between(early, late)
    )
    if paused:
        return Remaining("paused", 0 if now > deadline else minutes)
    if now > deadline:
        return Remaining("over", minutes)
    if urgent:
        return Remaining("now", minutes)
    if minutes <= _SOON_MINUTES:
        return Remaining("soon", minutes)
    return Remaining("today" if _local_day(now) == _local_day(deadline) else "later", minutes)
