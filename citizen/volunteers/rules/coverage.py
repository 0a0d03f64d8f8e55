"""How long a post stood empty: minutes of its shifts in which nobody, or too few people, were there.

For one shift: ``empty`` is the time within [start, end) in which nobody was signed in, ``short`` the time in which fewer were
signed in than the shift needs at least. A person is there from sign-in to sign-out; without a sign-out, until the shift ends.
Both are summed over the shifts of a post and a week; a shift counts in the week in which it begins, a cancelled one nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whole minutes: scheduled, with nobody there, with fewer people than needed. Can be summed."""

    minutes: int = 0
    empty: int = 0
    short: int = 0

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(self.minutes + other.minutes, self.empty + other.empty, self.short + other.short)

    @property
    def share(self) -> int:
        """Empty minutes out of a hundred scheduled ones, rounded; 0 when nothing was scheduled."""
        return round(100 * self.empty / self.minutes) if self.minutes else 0


def coverage(span: Span, presences: Sequence[Span], *, needed: int) -> Coverage:
    """The coverage of one shift; ``presences`` are the spans of its people and may reach beyond it or overlap.

    Seconds are added up first and rounded down to minutes once.
    """
    start, end = span
    if end <= start:
        return Coverage()
    inside = [(max(a, start), min(b, end)) for a, b in presences if a < end and b > start and a < b]
    edges = sorted({start, end, *(edge for pair in inside for edge in pair)})
    empty = short = timedelta()
    for a, b in pairwise(edges):
        there = sum(1 for come, gone in inside if come <= a and gone >= b)
        empty += b - a if there == 0 else timedelta()
        short += b - a if there < needed else timedelta()
    return Coverage(_minutes(end - start), _minutes(empty), _minutes(short))


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def monday_of(day: date) -> date:
    """The first day of the week in which ``day`` lies; weeks begin on Monday."""
    return day - timedelta(days=day.weekday())
