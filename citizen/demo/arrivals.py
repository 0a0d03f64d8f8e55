"""When reports come in: more on working days, most at eight, twelve and eighteen o'clock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from citizen.demo.chance import u
from citizen.demo.worktime import DAY, EAST

DAYS = 60
HOUR = 3_600
#: Local hour → weight.
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 13, 9, 7, 7, 12, 8, 6, 6, 7, 9, 13, 9, 7, 5, 3, 2)
WORKING_DAY = 1.2
#: The last two are emergencies of this morning: they came so many seconds before the demonstration's moment.
LAST = (17 * 60, 8 * 60)


def arrivals(total: int, now: int) -> Iterator[int]:
    """``total`` moments in order, in the sixty days before ``now``; seconds since 1970."""
    spread = total - len(LAST) if total > len(LAST) else total
    for moment in _spread(spread, now):
        yield min(moment, now - LAST[0] - 60)
    for before in LAST[: total - spread]:
        yield now - before


def _spread(total: int, now: int) -> Iterator[int]:
    first = now - DAYS * DAY
    weights = [weight(first + slot * HOUR) for slot in range(DAYS * 24)]
    whole = sum(weights)
    done, so_far = 0, 0.0
    for slot, share in enumerate(weights):
        so_far += share
        upto = round(total * so_far / whole)
        begin = first + slot * HOUR
        yield from sorted(begin + int(u("at", slot, number) * HOUR) for number in range(upto - done))
        done = upto


@cache
def weight(moment: int) -> float:
    """How many reports the hour that begins at ``moment`` brings, compared with others."""
    local = moment + EAST
    weekday = (local // DAY + 3) % 7  # 1 January 1970 was a Thursday
    return HOURS[local % DAY // HOUR] * (WORKING_DAY if weekday < 5 else 1.0)
