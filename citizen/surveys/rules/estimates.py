"""From answers by cell to a share of the population with its interval; pure arithmetic.

A cell is a stratum, or several that are counted together (`pooling`): N people, n answers and x of them that count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from citizen.core.intervals import wilson


@dataclass(frozen=True, slots=True)
class Cell:
    """One stratum with what was answered in it; ``hits`` may be a sum of parts of 1, such as shares of right answers."""

    population: float
    n: int
    hits: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of the population between 0 and 1 with its 95 % interval and everything it was worked out from."""

    p: float
    low: float
    high: float
    n: int
    population: float
    #: How many times as many answers this sample needs as a plain one of the same precision.
    deff: float
    #: So many answers of a plain sample from an endless population would be as precise.
    n_eff: float


def estimate(cells: Iterable[Cell], *, deff: float | None = None, fpc: bool = True) -> Estimate | None:
    """The post-stratified share over ``cells``; None where there are none.

    p = Σ W_h p_h with W_h = N_h / N and p_h = x_h / n_h (Cochran, Sampling Techniques, 3rd ed. 1977, 5.1 and 5A.9). The
    design effect is Kish's unless ``deff`` gives one that is known from elsewhere, such as from interviews in clusters. The
    interval is Wilson's (Wilson, JASA 22, 1927) on the effective number of answers, as Korn and Graubard (1998) and Franco
    et al. (2019) do for surveys. It always holds the estimate. Raises ValueError for cells that cannot be, also for one
    without an answer, and for a given design effect below 1.
    """
    full = [_checked(cell) for cell in cells]
    if not full:
        return None
    people = math.fsum(cell.population for cell in full)
    n = sum(cell.n for cell in full)
    p = math.fsum(cell.population * (cell.hits / cell.n) for cell in full) / people
    p = min(1.0, max(0.0, p))
    effect = kish(full) if deff is None else _at_least_one(deff)
    n_eff = effective(n, deff=effect, population=people if fpc else None)
    interval = wilson(p * n_eff, n_eff)
    if interval is None:
        return None
    low, high = min(p, interval[0]), max(p, interval[1])  # the last digit of a float must not put p outside
    return Estimate(p, low, high, n, people, effect, n_eff)


def _checked(cell: Cell) -> Cell:
    if cell.population <= 0 or cell.n < 1 or not 0 <= cell.hits <= cell.n:
        raise ValueError(f"{cell} is no stratum")
    return cell


def _at_least_one(deff: float) -> float:
    if not 1 <= deff < math.inf:
        raise ValueError("a given design effect is a number from 1 on")
    return deff


def kish(cells: Sequence[Cell]) -> float:
    """Kish's design effect of unequal weights, 1 + cv²(w) = n Σ w² / (Σ w)², over answers weighted w = N_h / n_h.

    Kish, Survey Sampling (1965), 11.7, and J. Official Statistics 8 (1992), 183–200. With all weights equal it is 1.
    """
    n, people = sum(cell.n for cell in cells), math.fsum(cell.population for cell in cells)
    return max(1.0, n * math.fsum(cell.population**2 / cell.n for cell in cells) / people**2)


def effective(n: float, *, deff: float = 1.0, population: float | None = None) -> float:
    """The effective number of answers: n / deff, divided by 1 − n / N where the ``population`` is known to have N people.

    The variance of a share shrinks by the factor 1 − n / N when n of N are drawn without putting back (Cochran, 2.6); an
    interval takes that as so many more answers. It never claims more than N, so that a sample of nearly everybody stays
    finite: past half of the population the interval is a little wider than it might be, never narrower.
    """
    plain = n / deff
    if population is None or n <= 0:
        return plain
    left = 1 - n / population
    return max(plain, min(population, plain / left)) if left > 0 else max(plain, population)
