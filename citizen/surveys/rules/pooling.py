"""Which strata are counted together, so that nothing about a few answers can be worked out; pure.

The rule, which can be checked by hand:

1. A stratum with fewer than 30 answers is lonely until 30 answers of others are counted with it. Its pool takes in the next
   age band of the same area, the one with fewer answers first, until nobody in it is lonely.
2. Where a whole area is lonely in this sense, it goes together with the smallest other area, age band by age band, and rule 1
   holds for the two as for one.
3. Where that leaves somebody lonely in the whole county, there are no pools, and nothing is shown.

Every number that is published is worked out from the populations and from the sums of these pools alone: their answers and
those of them that count. That is the whole proof, whatever is printed (shares, intervals, design effects, tests, rounded or
not): two surveys whose pools have the same sums are published alike, so nobody can tell which of the two took place. Within
a pool with x answers that count, a stratum with n answers and r others beside it may hold anything from max(0, x − r) to
min(n, x) of them. For a small stratum r is 30 or more and larger than n, so that is everything from 0 to n wherever both sorts
of answers are common in the pool; the number is fixed only where all or none of the pool count. Somebody who knows all
populations, how many answered in each stratum, and the rule itself learns no more.

Single questions are counted in the same pools, put together further where fewer people answered them (`pooled` of pools),
so they cannot be played off against the rate either. Strata put together before weighting, with one share for all their
people, are the textbook's collapsed strata (Cochran, Sampling Techniques, 3rd ed. 1977, 5A.12); the smallest number of 30 is
the office's own rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from citizen.surveys.rules.estimates import Cell, Estimate, estimate

#: Numbers that rest on fewer answers are not shown.
LEAST = 30
#: So much of an age band's people must be in pools of that age alone, or the band is not shown.
MOST = 0.5


class Place(NamedTuple):
    """The people of one stratum."""

    area: str
    ages: str
    population: float


@dataclass(frozen=True, slots=True)
class Pool:
    """Strata that are counted as one; ``hits`` may be a sum of parts of 1, such as shares of right answers."""

    places: tuple[Place, ...]
    n: int
    hits: float

    @property
    def areas(self) -> frozenset[str]:
        """The areas of its people."""
        return frozenset(place.area for place in self.places)

    @property
    def ages(self) -> frozenset[str]:
        """The age bands of its people."""
        return frozenset(place.ages for place in self.places)

    @property
    def population(self) -> float:
        """Its people."""
        return math.fsum(place.population for place in self.places)


def pooled(parts: Sequence[Pool]) -> tuple[Pool, ...]:
    """``parts`` put together until none of them is lonely, by the rule above; nothing where that cannot be.

    Parts are single strata, or pools of strata with fewer answers than before: then the new pools are made of whole old ones.
    """
    rows = [[row] for row in _joined(parts, lambda part: part.areas)]
    while alone := [row for row in rows if _row_is_lonely(row)]:
        if len(rows) == 1:
            return ()
        smallest = min(alone, key=_row_size)
        rows.remove(smallest)
        min(rows, key=_row_size).extend(smallest)
    return tuple(pool for row in rows for pool in _pools_of([part for parts in row for part in parts]))


def _row_is_lonely(row: list[list[Pool]]) -> bool:
    """Whether a row of areas cannot be shown even when all its ages are counted together."""
    return is_lonely(part.n for parts in row for part in parts) or is_lonely(_answers(parts) for parts in row)


def _row_size(row: list[list[Pool]]) -> tuple[int, list[str]]:
    """Answers of a row; equal ones are told apart by name, so that the outcome is always the same."""
    return sum(_answers(parts) for parts in row), sorted(area for parts in row for part in parts for area in part.areas)


def is_lonely(answers: Iterable[int]) -> bool:
    """Whether any of these numbers of ``answers`` is below 30 and has fewer than 30 others beside it."""
    sizes = list(answers)
    return any(n < LEAST and sum(sizes) - n < LEAST for n in sizes)


def _pools_of(parts: Sequence[Pool]) -> list[Pool]:
    """The pools of one row: the same ages together, then neighbours in age where somebody is lonely."""
    groups = sorted(_joined(parts, lambda part: part.ages), key=lambda group: min(min(part.ages) for part in group))
    while True:
        alone = [i for i, group in enumerate(groups) if is_lonely(part.n for part in group)]
        if not alone or len(groups) == 1:
            return [_one(group) for group in groups]
        i = min(alone, key=lambda i: (_answers(groups[i]), i))
        beside = min((j for j in (i - 1, i + 1) if 0 <= j < len(groups)), key=lambda j: (_answers(groups[j]), j))
        first, last = sorted((i, beside))
        groups[first : last + 1] = [groups[first] + groups[last]]


def _joined(parts: Sequence[Pool], of: Callable[[Pool], AbstractSet[Hashable]]) -> list[list[Pool]]:
    """``parts`` in groups: two that have anything of ``of`` in common are in the same one."""
    groups: list[tuple[set[Hashable], list[Pool]]] = []
    for part in parts:
        near = [group for group in groups if group[0] & of(part)]
        names = {name for group in near for name in group[0]} | of(part)
        members = [member for group in near for member in group[1]] + [part]
        groups = [group for group in groups if not group[0] & of(part)] + [(names, members)]
    return [members for _names, members in groups]


def _one(parts: Sequence[Pool]) -> Pool:
    places = tuple(place for part in parts for place in part.places)
    return Pool(places, _answers(parts), math.fsum(part.hits for part in parts))


def _answers(parts: Iterable[Pool]) -> int:
    return sum(part.n for part in parts)


def of_area(area: str) -> Callable[[Place], bool]:
    """The people of one area."""
    return lambda place: place.area == area


def outside(area: str) -> Callable[[Place], bool]:
    """The people of all other areas."""
    return lambda place: place.area != area


def of_ages(ages: str) -> Callable[[Place], bool]:
    """The people of one age band."""
    return lambda place: place.ages == ages


def everybody(_place: Place) -> bool:
    """All people."""
    return True


def share(pools: Sequence[Pool], among: Callable[[Place], bool] = everybody) -> Estimate | None:
    """The share of the people ``among`` whom it is asked; strata that are counted together have the share of their pool.

    Its answers are those of all pools that it takes from. Where it takes only a part of a pool's people there is no finite
    population correction, which makes the interval wider, never narrower. None where there are no such people.
    """
    cells, whole = [], True
    for pool in pools:
        people = math.fsum(place.population for place in pool.places if among(place))
        if people:
            cells.append(Cell(people, pool.n, pool.hits))
            whole = whole and people == pool.population
    return estimate(cells, fpc=whole)


def open_areas(pools: Sequence[Pool]) -> list[str]:
    """The areas that are counted with no other area, in the order of the pools."""
    mixed = {area for pool in pools for area in pool.areas if len(pool.areas) > 1}
    return [area for area in _names(pools, lambda place: place.area) if area not in mixed]


def open_ages(pools: Sequence[Pool]) -> list[str]:
    """The age bands of which at least half of the people are counted with no other age."""
    found = []
    for ages in _names(pools, lambda place: place.ages):
        people = math.fsum(place.population for pool in pools for place in pool.places if place.ages == ages)
        own = math.fsum(pool.population for pool in pools if pool.ages == {ages})
        if own >= MOST * people:
            found.append(ages)
    return found


def _names(pools: Sequence[Pool], of: Callable[[Place], str]) -> list[str]:
    return list(dict.fromkeys(of(place) for pool in pools for place in pool.places))


def single(pools: Iterable[Pool]) -> dict[tuple[str, str], Pool]:
    """The strata that are counted by themselves, by (area, age band)."""
    return {(pool.places[0].area, pool.places[0].ages): pool for pool in pools if len(pool.places) == 1}


def together(pools: Iterable[Pool]) -> int:
    """How many strata are counted together with others."""
    return sum(len(pool.places) for pool in pools if len(pool.places) > 1)
