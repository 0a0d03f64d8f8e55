"""Open shifts day by day: counted for a month, listed for a week. A shift over midnight belongs to both its days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CTE, case, column, func
from sqlalchemy import values as table_of

from citizen.core.clock import local
from citizen.core.database import UtcDateTime
from citizen.extensions import db
from citizen.volunteers.queries.finding import S, open_shifts, rows, shape_of, values
from citizen.volunteers.rules.finding import DAY, Wanted, midnight
from citizen.volunteers.rules.shifts import MAX_MINUTES

#: Shifts of one day that are listed in a week.
LISTED = 8
_LONGEST = timedelta(minutes=MAX_MINUTES)


def day_counts(wanted: Wanted, days: Sequence[date], *, now: datetime) -> dict[date, tuple[int, int]]:
    """(shifts, free places) of each of the days that has shifts still to begin."""
    table = _days([days[0] - DAY, *days], now)
    late = case((S.ends_at > table.c.until, 1), else_=0)
    free = S.capacity - S.taken
    figures = (func.count(S.id), func.sum(free), func.sum(late), func.sum(late * free))
    begins = (S.starts_at >= table.c.first, S.starts_at < table.c.until)
    query = db.select(table.c.midnight, *figures).where(*open_shifts(shape_of(wanted)), *begins)
    lines = db.session.execute(query.group_by(table.c.midnight), values(wanted)).all()
    found = dict.fromkeys(days, (0, 0))
    # No shift is so long that it would reach into a third day.
    for moment, *sums in lines:
        day, (begun, places, over, over_places) = local(moment).date(), map(int, sums)
        for on, more in ((day, (begun, places)), (day + DAY, (over, over_places))):
            if on in found:
                found[on] = (found[on][0] + more[0], found[on][1] + more[1])
    return {day: sums for day, sums in found.items() if sums[0]}


def week_rows(wanted: Wanted, days: Sequence[date], *, now: datetime) -> dict[date, list[Any]]:
    """The shifts of each day in the order of their start, at most one more than `LISTED`."""
    table = _days(days, now)
    n = func.row_number().over(partition_by=table.c.midnight, order_by=(S.starts_at, S.id)).label("n")
    # It begins in the day, or the evening before and ends after midnight.
    inside = (S.starts_at < table.c.until, S.ends_at > table.c.midnight, S.starts_at >= table.c.earliest)
    lines = db.select(S.id, table.c.midnight, n).where(*open_shifts(shape_of(wanted)), *inside).subquery()
    chosen = rows().add_columns(lines.c.midnight).join(lines, lines.c.id == S.id).where(lines.c.n <= LISTED + 1)
    found: dict[datetime, list[Any]] = {midnight(day): [] for day in days}
    for row in db.session.execute(chosen.order_by(S.starts_at, S.id), values(wanted)):
        found[row.midnight].append(row)
    return {day: found[midnight(day)] for day in days}


def _days(days: Sequence[date], now: datetime) -> CTE:
    """The days as a table: midnight and the next one, and from when on a shift begins in the day or can reach into it."""
    spans = [
        (midnight(day), midnight(day) + DAY, max(midnight(day), now), max(midnight(day) - _LONGEST, now))
        for day in days
    ]
    columns = (column(name, UtcDateTime()) for name in ("midnight", "until", "first", "earliest"))
    return table_of(*columns, name="days").data(spans).cte("days")
