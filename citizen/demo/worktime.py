"""Deadlines by the million: the working calendar, laid out once so that adding minutes is two look-ups.

Gives exactly what `citizen.departments.calendar.WorkingCalendar` gives, in whole seconds since 1970 (UTC).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta

from citizen.departments.calendar import WorkingCalendar

DAY = 86_400
#: The county's clock is eight hours ahead of UTC all year.
EAST = 8 * 3_600
_EPOCH = date(1970, 1, 1)


class Worktime:
    """The office hours of ``calendar`` from ``first`` to ``last``; asking beyond them raises
    IndexError or KeyError."""

    def __init__(self, calendar: WorkingCalendar, first: date, last: date) -> None:
        self.version = calendar.version
        self._opens: list[int] = []
        self._closes: list[int] = []
        #: Seconds of office hours before, and up to the end of, each span.
        self._before: list[int] = []
        self._after: list[int] = []
        self._next_end: dict[int, int] = {}
        waiting: list[int] = []
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            spans = calendar.spans(day)
            for opens, closes in spans:
                self._add_span(int(opens.timestamp()), int(closes.timestamp()))
            if spans:
                self._next_end.update(dict.fromkeys(waiting, self._closes[-1]))
                waiting = []
            waiting.append((day - _EPOCH).days)

    def _add_span(self, opens: int, closes: int) -> None:
        done = self._after[-1] if self._after else 0
        self._opens.append(opens)
        self._closes.append(closes)
        self._before.append(done)
        self._after.append(done + closes - opens)

    def elapsed(self, moment: int) -> int:
        """Seconds of office hours from the first day to ``moment``."""
        at = bisect_right(self._opens, moment) - 1
        return self._before[at] + min(moment, self._closes[at]) - self._opens[at] if at >= 0 else 0

    def add(self, start: int, seconds: int) -> int:
        """When ``seconds`` of office hours have passed since ``start``: within office hours, their end
        included."""
        if seconds <= 0:
            return start
        wanted = self.elapsed(start) + seconds
        at = bisect_left(self._after, wanted)
        return self._closes[at] - (self._after[at] - wanted)

    def between(self, start: int, end: int) -> int:
        """Whole minutes of office hours from ``start`` to ``end``, 0 when ``end`` is not later."""
        return max(0, self.elapsed(end) - self.elapsed(start)) // 60

    def next_day_end(self, start: int) -> int:
        """The end of office hours on the first working day after the local day of ``start``."""
        return self._next_end[(start + EAST) // DAY]

    def days_end(self, start: int, days: int) -> int:
        """The end of office hours on the ``days``-th working day after the local day of ``start``."""
        for _day in range(days):
            start = self.next_day_end(start)
        return start
