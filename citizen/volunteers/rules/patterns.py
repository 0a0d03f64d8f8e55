"""Weekly patterns: which shifts they stand for, and what a changed pattern does to the shifts made before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import InvalidInput
from citizen.volunteers.rules.shifts import MAX_CAPACITY, MAX_MINUTES, MIN_MINUTES, days_of, moment_of

#: The places of a drawn pattern's shifts are drawn so long before the start.
DRAW_BEFORE = timedelta(days=5)
#: A pattern runs for at most so long, so that somebody looks at it once a year.
LONGEST = timedelta(days=366)
MAX_EXCEPTIONS = 120


@dataclass(frozen=True, slots=True)
class Pattern:
    """Weekdays (0 = Monday), wall clock of the beginning, length and sizes, from the first to the last day."""

    weekdays: tuple[int, ...]
    starts: str
    minutes: int
    capacity: int
    min_needed: int
    from_day: date
    until_day: date
    exceptions: frozenset[date] = frozenset()

    def days(self, first: date, last: date) -> list[date]:
        """The days within ``first`` … ``last`` on which a shift begins."""
        first, last = max(first, self.from_day), min(last, self.until_day)
        return days_of(list(self.weekdays), first=first, last=last, exceptions=self.exceptions)

    def span(self, day: date) -> tuple[datetime, datetime]:
        """Beginning and end of the shift of ``day``; the end may lie on the next day."""
        start = moment_of(day, self.starts)
        return start, start + timedelta(minutes=self.minutes)


def ensure_pattern(pattern: Pattern) -> None:
    """Raise InvalidInput, naming the field, for a pattern that cannot be."""
    checks = (
        (bool(pattern.weekdays), _l("Choose at least one weekday."), "weekdays"),
        (
            MIN_MINUTES <= pattern.minutes <= MAX_MINUTES,
            _l("A shift lasts between 30 minutes and 16 hours."),
            "minutes",
        ),
        (1 <= pattern.capacity <= MAX_CAPACITY, _l("A shift has between 1 and 500 places."), "capacity"),
        (
            0 <= pattern.min_needed <= pattern.capacity,
            _l("Not more people can be needed than there are places."),
            "min_needed",
        ),
        (pattern.from_day <= pattern.until_day, _l("The last day comes before the first."), "until_day"),
        (pattern.until_day - pattern.from_day <= LONGEST, _l("A pattern runs for at most one year."), "until_day"),
        (len(pattern.exceptions) <= MAX_EXCEPTIONS, _l("At most 120 days can be left out."), "exceptions"),
    )
    for holds, words, field in checks:
        if not holds:
            raise InvalidInput(words, field)


class Step(StrEnum):
    """What a changed pattern does to one day."""

    MAKE = "make"  # a shift is made
    SAME = "same"  # nothing changes
    FOLLOW = "follow"  # nobody booked it: it takes the new values
    DROP = "drop"  # nobody booked it and the pattern has no such day any more: it goes
    BOOKED = "booked"  # people booked it: it follows only when the coordinator says so
    LEFT = "left"  # people booked it and the pattern has no such day any more: it stays
    OWN = "own"  # it was changed by hand and stays as it is


@dataclass(frozen=True, slots=True)
class Made:
    """A shift that stands for ``day`` of a pattern; ``closed`` when it has begun or is cancelled."""

    shift_id: int
    day: date
    span: tuple[datetime, datetime]
    capacity: int
    min_needed: int
    booked: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One day of the plan; ``booked`` people have a place or wait."""

    step: Step
    day: date
    shift_id: int | None = None
    booked: int = 0


def plan(old: Pattern, new: Pattern | None, made: Sequence[Made], *, now: datetime, last: date) -> list[Change]:
    """What becomes of each day from ``now`` to ``last`` when ``old`` becomes ``new`` (None ends the pattern), by day.

    A shift that differs from what ``old`` would have made of its day was changed by hand. Shifts that have begun or are
    cancelled are left out, but their day is not made again.
    """
    first = now.astimezone(moment_of(last, "00:00").tzinfo).date()
    wanted = set(new.days(first, last)) if new else set()
    # A beginning that is past by now is no day of the new pattern any more.
    coming = {day for day in wanted if new and new.span(day)[0] > now}
    found = [_change(old, new if shift.day in coming else None, shift) for shift in made if not shift.closed]
    taken = {shift.day for shift in made}
    return sorted([*found, *(Change(Step.MAKE, day) for day in coming - taken)], key=lambda change: change.day)


def _change(old: Pattern, new: Pattern | None, shift: Made) -> Change:
    values = (shift.span, shift.capacity, shift.min_needed)
    if new and values == _values(new, shift.day):
        step = Step.SAME
    elif values != _values(old, shift.day):
        step = Step.OWN
    elif new is None:
        step = Step.LEFT if shift.booked else Step.DROP
    else:
        step = Step.BOOKED if shift.booked else Step.FOLLOW
    return Change(step, shift.day, shift.shift_id, shift.booked)


def _values(pattern: Pattern, day: date) -> tuple[tuple[datetime, datetime], int, int]:
    return pattern.span(day), pattern.capacity, pattern.min_needed
