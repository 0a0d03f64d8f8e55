"""How many answers a survey needs before it starts; pure arithmetic."""

from __future__ import annotations

import math

from citizen.core.intervals import Z95


def sample_size(p: float, e: float, *, deff: float = 1.0, population: int | None = None, z: float = Z95) -> int:
    """Answers needed so that a share near ``p`` is known to within ±``e`` (both as parts of 1).

    Cochran, Sampling Techniques (3rd ed. 1977), 4.4: n₀ = z² p (1 − p) / e². The design effect multiplies it (Kish, Survey
    Sampling, 1965, 8.2), and a finite ``population`` of N people lowers it to n₀ / (1 + (n₀ − 1) / N) (Cochran, 4.2). Rounded
    up, at least 1, never more than the population. p = 0.9 and e = 0.03 give 385, and 577 with a design effect of 1.5.
    Raises ValueError for numbers that no survey has.
    """
    if not (0 <= p <= 1 and 0 < e < 1 and 1 <= deff < math.inf) or (population is not None and population < 1):
        raise ValueError(f"no survey has p = {p}, e = {e}, deff = {deff}, N = {population}")
    wanted = z * z * p * (1 - p) / (e * e) * deff
    if population is not None:
        wanted = wanted / (1 + (wanted - 1) / population) if wanted > 1 else wanted
        return max(1, min(population, math.ceil(wanted)))
    return max(1, math.ceil(wanted))
