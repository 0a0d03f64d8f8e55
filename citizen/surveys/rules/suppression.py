"""What of a table of areas by ages may be shown, so that nothing about fewer than 30 answers can be worked out; pure.

Hiding the small cells alone does not help: the others, taken from a sum, give them away. So more is hidden, by a rule that is
coarser than the cheapest one and can be checked by hand:

1. An area or age band with fewer than 30 answers is hidden, and with it, if need be, the next smallest ones, until at least
   two are hidden whose answers together are 30 or more. With fewer than 30 answers in all, nothing is shown.
2. An area in which any age band has fewer than 30 answers shows none of its age bands, only its sum. At least two areas are
   treated so, and in every age band their answers together are 30 or more; areas are added, smallest first, until that holds.

Why nothing can be worked out: what is hidden inside the table is then whole rows, a complete block of areas by age bands.
The sums and differences of what is shown fix exactly the sums of its whole rows and whole columns (a hidden cell of a two-way
table is fixed exactly when its edge in the graph of rows and columns is in no cycle: Gusfield, SIAM J. Computing 17, 1988,
552-571), and each of these rests on 30 answers or more. The bounds of a hidden number, the largest of 0 and row + column −
block to the smallest of row and column (Fréchet), are never closer than 30 answers. The same holds for weighted shares,
which add up by population along the same rows and columns, and for complements. Later releases of a wave add nothing, since
no answer is taken after closing. Complementary suppression: Willenborg and de Waal, Elements of Statistical Disclosure
Control (2001), 6; the smallest number of 30 is the office's own rule.

What this cannot change: where all or none of the answers behind a shown sum count, that is so in each of its parts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

#: Numbers that rest on fewer answers are not shown.
LEAST = 30

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of one table of (area, age band) with its sums; everything else is left empty, its count too."""

    cells: frozenset[Pair]
    areas: frozenset[str]
    ages: frozenset[str]
    total: bool


NOTHING = Shown(frozenset(), frozenset(), frozenset(), False)


def shown(answers: Mapping[Pair, int]) -> Shown:
    """What may be shown of a table with so many ``answers`` by (area, age band); a pair that is missing is no stratum.

    Where an area lacks an age band that others have, ages are not shown at all: the proof above needs a full block.
    """
    areas, ages = _sums(answers, 0), _sums(answers, 1)
    if sum(answers.values()) < LEAST:
        return NOTHING
    open_areas = shown_parts(areas)
    if len(answers) != len(areas) * len(ages):
        return Shown(frozenset(), open_areas, frozenset(), True)
    open_ages = shown_parts(ages)
    if len(areas) == 1 or len(ages) == 1:  # the table is its own margin
        cells = {pair for pair in answers if pair[0] in open_areas and pair[1] in open_ages}
    else:
        closed = _closed_areas(answers, areas, ages)
        cells = {pair for pair in answers if pair[0] not in closed}
    return Shown(frozenset(cells), open_areas, open_ages, True)


def shown_parts(answers: Mapping[str, int], *, never: Collection[str] = ()) -> frozenset[str]:
    """Which parts of a shown sum may be shown beside it, by rule 1 above; parts in ``never`` stay hidden in any case."""
    if sum(answers.values()) < LEAST:
        return frozenset()
    smallest = sorted(answers, key=lambda part: (answers[part], part))
    hidden = {part for part in smallest if answers[part] < LEAST or part in never}
    for part in smallest:
        if not hidden or (len(hidden) > 1 and sum(answers[name] for name in hidden) >= LEAST):
            break
        hidden.add(part)
    return frozenset(answers) - hidden


def _closed_areas(answers: Mapping[Pair, int], areas: Mapping[str, int], ages: Mapping[str, int]) -> set[str]:
    """The areas that show none of their age bands, by rule 2 above."""
    closed = {area for (area, _band), n in answers.items() if n < LEAST} | (set(areas) - shown_parts(areas))
    for area in sorted(areas, key=lambda name: (areas[name], name)):
        sums = [sum(answers[name, band] for name in closed) for band in ages]
        if not closed or (len(closed) > 1 and min(sums) >= LEAST):
            break
        closed.add(area)
    return closed


def _sums(answers: Mapping[Pair, int], axis: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair, n in answers.items():
        found[pair[axis]] = found.get(pair[axis], 0) + n
    return found
