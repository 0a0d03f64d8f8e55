"""Intervals around a share that was counted; pure arithmetic."""

from __future__ import annotations

import math
from typing import NamedTuple

#: The normal quantile of a 95 % interval.
Z95 = 1.959964


class Interval(NamedTuple):
    """The bounds of a share, 0 ≤ ``low`` ≤ ``high`` ≤ 1."""

    low: float
    high: float


def wilson(x: float, n: float, *, z: float = Z95) -> Interval | None:
    """The Wilson score interval of ``x`` out of ``n``; None where nothing was counted.

    Both may be fractions: ``n`` may be an effective sample size and ``x`` that many times a weighted share. The lower
    bound at ``x`` = 0 is exactly 0 and the upper bound at ``x`` = ``n`` exactly 1. Raises ValueError for a share that
    cannot be.
    """
    if n <= 0:
        return None
    if not 0 <= x <= n:
        raise ValueError(f"{x} of {n} is no share")
    share, square = x / n, z * z
    centre = share + square / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    scale = 1 + square / n
    low = 0.0 if x == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if x == n else min(1.0, (centre + spread) / scale)
    return Interval(low, high)
