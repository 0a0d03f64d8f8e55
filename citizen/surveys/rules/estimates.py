"""From answers by cell to a share of the population with its interval; pure arithmetic.

A cell is a stratum: one area and one age band, with N people, n answers and x of them that count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from citizen.core.intervals import wilson


@dataclass(frozen=True, slots=True)
class Cell:
    """One stratum with what was answered in it; ``hits`` may be a sum of parts of 1, such as shares of right answers."""

    area: str
    ages: str
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
    #: Strata without an answer, which were counted with their neighbours.
    collapsed: int = 0


def estimate(cells: Iterable[Cell], *, deff: float | None = None, fpc: bool = True) -> Estimate | None:
    """The post-stratified share over ``cells``; None where nobody answered.

    p = Σ W_h p_h with W_h = N_h / N and p_h = x_h / n_h (Cochran, Sampling Techniques, 3rd ed. 1977, 5.1 and 5A.9). Strata
    without an answer are collapsed first (`collapse`). The design effect is Kish's unless ``deff`` gives one that is known
    from elsewhere, such as from interviews in clusters. The interval is Wilson's (Wilson, JASA 22, 1927) on the effective
    number of answers, as Korn and Graubard (1998) and Franco et al. (2019) do for surveys. It always holds the estimate.
    Raises ValueError for cells that cannot be and for a given design effect below 1.
    """
    given = [_checked(cell) for cell in cells]
    full = collapse(given)
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
    return Estimate(p, low, high, n, people, effect, n_eff, sum(1 for cell in given if cell.n == 0))


def _checked(cell: Cell) -> Cell:
    if cell.population <= 0 or cell.n < 0 or not 0 <= cell.hits <= cell.n:
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
    weighed = [cell for cell in cells if cell.n]
    if not weighed:
        return 1.0
    n, people = sum(cell.n for cell in weighed), math.fsum(cell.population for cell in weighed)
    return max(1.0, n * math.fsum(cell.population**2 / cell.n for cell in weighed) / people**2)


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


def collapse(cells: Sequence[Cell]) -> list[Cell]:
    """``cells`` without those that nobody answered in; their people are counted with those most like them.

    An empty stratum joins the nearest age band of its own area that has answers (the younger of two equally near ones). In an
    area without any answer it joins the same age band elsewhere, shared out by population; if nobody of that age answered
    anywhere, all the rest. Collapsing is the textbook's way (Cochran, 5A.12): dropping the people of an empty stratum
    would be the same as giving them the average of all others without a word.
    """
    full = [cell for cell in cells if cell.n]
    extra = [0.0] * len(full)
    for empty in (cell for cell in cells if not cell.n):
        near = _nearest(empty, full)
        total = math.fsum(full[i].population for i in near)
        for i in near:
            extra[i] += empty.population * full[i].population / total
    return [replace(cell, population=cell.population + more) for cell, more in zip(full, extra, strict=True)]


def _nearest(empty: Cell, full: Sequence[Cell]) -> list[int]:
    """Which of ``full`` take the people of ``empty``."""
    here = [i for i, cell in enumerate(full) if cell.area == empty.area]
    if here:
        age = _first_year(empty.ages)
        closest = min(here, key=lambda i: (abs(_first_year(full[i].ages) - age), _first_year(full[i].ages)))
        return [i for i in here if full[i].ages == full[closest].ages]
    return [i for i, cell in enumerate(full) if cell.ages == empty.ages] or list(range(len(full)))


def _first_year(ages: str) -> int:
    found = re.search(r"\d+", ages)
    return int(found[0]) if found else 0


def grouped(cells: Iterable[Cell], by: Callable[[Cell], str]) -> dict[str, list[Cell]]:
    """``cells`` by what ``by`` says of them, in the order in which they come."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(by(cell), []).append(cell)
    return found
