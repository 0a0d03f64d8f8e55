"""What can be found out about a few answers from all that is published: solved for, and a control that gives them away.

Whoever attacks knows the rule, all populations and how many answered in every stratum. What is left open is how many of them
count. A pair of surveys that are published alike proves that nobody can tell them apart, however clever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citizen.surveys.rules.comparing import told_apart
from citizen.surveys.rules.estimates import Cell, Estimate, estimate
from citizen.surveys.rules.pooling import (
    LEAST,
    Place,
    Pool,
    everybody,
    is_lonely,
    of_ages,
    of_area,
    open_ages,
    open_areas,
    outside,
    pooled,
    share,
    single,
    together,
)

Pair = tuple[str, str]
#: The review's table: one person of the youngest in A1, who does not count; (people, answers, of them count).
TOLD = {
    "A1": [(2_000, 1, 0), (1_000, 40, 22), (1_000, 40, 25)],
    "A2": [(2_000, 60, 30), (1_000, 40, 20), (1_000, 41, 21)],
    "A3": [(2_000, 60, 33), (1_000, 40, 28), (1_000, 40, 21)],
    "A4": [(2_000, 60, 35), (1_000, 40, 20), (1_000, 40, 30)],
}
AGES = ("18-44", "45-59", "60+")


def strata(table: Mapping[str, Sequence[tuple[int, int, int]]]) -> list[Pool]:
    """Every stratum by itself."""
    return [
        Pool((Place(area, ages, people),), n, hits)
        for area, row in table.items()
        for ages, (people, n, hits) in zip(AGES, row, strict=False)
    ]


def published(pools: Sequence[Pool]) -> dict[object, object]:
    """All that is worked out for pages and files, unrounded: shares, intervals, answers, design effects, tests."""
    areas = {area: share(pools, of_area(area)) for area in open_areas(pools)}
    known = {area: found for area, found in areas.items() if found is not None}
    return {
        "county": share(pools),
        "areas": areas,
        "others": {area: share(pools, outside(area)) for area in areas},
        "ages": {ages: share(pools, of_ages(ages)) for ages in open_ages(pools)},
        "cells": {pair: share([pool]) for pair, pool in single(pools).items()},
        "verdicts": told_apart(known),
        "together": together(pools),
    }


def told(parts: Sequence[Pool]) -> dict[object, object]:
    """What is published of a survey, and again of one question of it."""
    return published(pooled(parts))


def by_itself(parts: Sequence[Pool]) -> dict[object, object]:
    """The control: every stratum is weighted by itself; areas, ages and the county are printed, small cells are not."""
    found = published([part for part in parts if part.n])
    found["cells"] = {pair: share([pool]) for pair, pool in single(parts).items() if pool.n >= LEAST}
    return found


def swapped(parts: Sequence[Pool], hidden: Pool, hits: float, others: Sequence[Pool]) -> list[Pool]:
    """The same survey, but ``hits`` of the ``hidden`` stratum count; the ``others`` of its pool make up for it."""
    more, changed = hidden.hits - hits, {hidden: hits}
    for other in others:
        step = min(max(more, -other.hits), other.n - other.hits)
        changed[other], more = other.hits + step, more - step
    assert more == 0
    return [Pool(part.places, part.n, changed.get(part, part.hits)) for part in parts]


def small(parts: Sequence[Pool]) -> list[tuple[Pool, list[Pool]]]:
    """Each stratum with fewer than 30 answers, with the others of its pool."""
    home = {place: pool for pool in pooled(parts) for place in pool.places}
    return [
        (part, [other for other in parts if other != part and home.get(other.places[0]) == home[part.places[0]]])
        for part in parts
        if part.n < LEAST and part.places[0] in home
    ]


sizes = st.one_of(st.integers(0, 3), st.integers(0, 35), st.integers(25, 40), st.integers(0, 200))
cells = st.tuples(st.integers(250, 9_000), sizes, st.floats(0, 1)).map(
    lambda row: (row[0], row[1], round(row[2] * row[1]))
)
tables = st.tuples(st.integers(1, 6), st.integers(1, 3)).flatmap(
    lambda shape: st.lists(
        st.lists(cells, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    ).map(lambda rows: strata({f"A{number}": row for number, row in enumerate(rows, 1)}))
)


@given(tables)
@settings(max_examples=120, deadline=None)
def test_a_hidden_stratum_may_hold_anything(parts: list[Pool]) -> None:
    """The feasible interval of every small stratum, solved and proved by two surveys at its ends that are published alike."""
    before = told(parts)
    for hidden, others in small(parts):
        beside, hits = sum(other.n for other in others), hidden.hits + sum(other.hits for other in others)
        assert beside >= LEAST
        low, high = max(0.0, hits - beside), min(float(hidden.n), hits)
        for end in (low, high):
            assert told(swapped(parts, hidden, end, others)) == before
        if LEAST <= hits <= beside:
            assert (low, high) == (0, hidden.n), "everything is possible"
        if hidden.n and 0 < hits < hidden.n + beside:
            assert low < high, "known only where all or none of the pool count"


@given(tables, st.data())
@settings(max_examples=60, deadline=None)
def test_nor_is_it_known_how_many_answered_there(parts: list[Pool], data: st.DataObject) -> None:
    """An answer more in a hidden stratum and one fewer beside it: published alike as long as the pools are the same."""
    pools = pooled(parts)
    pairs = [(part, other) for part, beside in small(parts) for other in beside if other.n > other.hits]
    if not pairs:
        return
    part, other = data.draw(st.sampled_from(pairs))
    moved = {part: part.n + 1, other: other.n - 1}
    after = [Pool(row.places, moved.get(row, row.n), row.hits) for row in parts]
    if [pool.places for pool in pooled(after)] == [pool.places for pool in pools]:
        assert told(after) == told(parts)


@given(tables, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_question_that_fewer_answered_is_counted_in_whole_pools(parts: list[Pool], chance: object) -> None:
    pools = pooled(parts)
    fewer = [Pool(pool.places, n, 0) for pool in pools for n in [chance.randint(0, pool.n)]]  # type: ignore[attr-defined]
    again = pooled(fewer)
    assert all(any(set(pool.places) <= set(bigger.places) for bigger in again) for pool in pools) or not again
    for bigger in again:
        assert not is_lonely(pool.n for pool in fewer if set(pool.places) <= set(bigger.places))
    assert set(open_areas(again)) <= set(open_areas(pools)) and set(single(again)) <= set(single(pools))


@given(tables)
@settings(max_examples=60, deadline=None)
def test_pools_are_what_the_rule_says(parts: list[Pool]) -> None:
    pools = pooled(parts)
    assert sorted(place for pool in pools for place in pool.places) == (
        sorted(part.places[0] for part in parts) if pools else []
    )
    assert bool(pools) or is_lonely(part.n for part in parts) or is_lonely(_sums(parts).values())
    for pool in pools:
        assert pool.n >= LEAST and not is_lonely(part.n for part in parts if part.places[0] in pool.places)
    if pools and all(part.n >= LEAST for part in parts):
        assert len(pools) == len(parts)
    hidden = {part.places[0].area for part in parts} - set(open_areas(pools))
    assert not pools or len(hidden) != 1, "one area alone would be the county without the others"


def _sums(parts: Sequence[Pool]) -> dict[str, int]:
    areas = {part.places[0].area for part in parts}
    return {area: sum(part.n for part in parts if part.places[0].area == area) for area in areas}


def width(found: Mapping[object, object], parts: Sequence[Pool], hidden: Pool) -> float:
    """How far apart the bounds of a hidden stratum's share are, by subtraction along its area and its ages (rounded to a tenth
    of a per cent, as printed): what the cells that are shown leave of the sum, the other hidden ones being all or nothing.
    """
    area, ages, people = hidden.places[0]
    low, high = 0.0, 1.0
    for sums, name, axis in ((found["areas"], area, 0), (found["ages"], ages, 1)):
        total = sums.get(name)  # type: ignore[attr-defined]
        line = [part for part in parts if part.places[0][axis] == name]
        if total is None:
            continue
        rest = sum(part.places[0].population for part in line) * round(total.p, 3)
        unknown = 0.0
        for part in line:
            known: Estimate | None = found["cells"].get(part.places[0][:2])  # type: ignore[attr-defined]
            if known is not None:
                rest -= part.places[0].population * round(known.p, 3)
            elif part != hidden:
                unknown += part.places[0].population
        error = 0.0005 * 2 * sum(part.places[0].population for part in line)
        low, high = max(low, (rest - unknown - error) / people), min(high, (rest + error) / people)
    return high - low


def test_the_control_gives_the_only_person_away() -> None:
    """Each stratum weighted by itself: subtraction alone finds that the one person of A1 does not count."""
    parts = strata(TOLD)
    hidden, others = small(parts)[0]
    assert hidden.n == 1
    naked = by_itself(parts)
    assert width(naked, parts, hidden) < 0.1
    as_if = swapped(parts, hidden, 1, others)
    assert by_itself(as_if) != naked, "and its sums say which of the two surveys took place"
    assert told(as_if) == told(parts), "the pools do not"


def test_the_control_gives_the_number_of_answers_away() -> None:
    """The interval of A1 fits one answer of its youngest and no other number; that of the pools fits all of them."""
    found: dict[int, object] = {}
    pools: dict[int, object] = {}
    for n in range(1, 12):
        row = [(2_000, n, 0), (1_000, 41 - n, 22), (1_000, 40, 25)]
        cells = [Cell(people, n, hits) for people, n, hits in row]
        naked = estimate(cells)
        assert naked is not None
        found[n] = (round(naked.low, 3), round(naked.high, 3), round(naked.deff, 2))
        pools[n] = told(strata({**TOLD, "A1": row}))
    assert [n for n in found if found[n] == found[1]] == [1]
    assert all(pools[n] == pools[1] for n in pools)


def places(pools: Sequence[Pool]) -> set[frozenset[Pair]]:
    """The pools as sets of (area, age band)."""
    return {frozenset((place.area, place.ages) for place in pool.places) for pool in pools}


def grid(rows: Sequence[Sequence[int]]) -> list[Pool]:
    """A table of numbers of answers."""
    return strata({f"A{i}": [(1_000, n, 0) for n in row] for i, row in enumerate(rows, 1)})


#: (answers by area and age, the pools as letters in the same order; a dash is not shown at all).
WORKED: list[tuple[list[list[int]], list[str]]] = [
    ([[30, 31, 32], [40, 50, 60]], ["abc", "def"]),
    ([[1, 40, 40], [60, 40, 40]], ["aab", "cde"]),
    ([[60, 0, 40], [60, 40, 40]], ["abb", "cde"]),
    ([[20, 20, 50], [60, 40, 40]], ["aaa", "bcd"]),
    ([[29, 1, 29], [60, 40, 40], [90, 90, 90]], ["aaa", "bcd", "efg"]),
    ([[6, 4, 10], [36, 7, 42], [59, 59, 59]], ["aab", "aab", "cde"]),
    ([[5, 5, 5], [5, 5, 5], [5, 5, 5]], ["aaa", "aaa", "aaa"]),
    ([[0, 0, 0], [40, 40, 40]], ["abc", "abc"]),
    ([[20, 20]], ["--"]),
    ([[29]], ["-"]),
    ([[30]], ["a"]),
    ([[10, 19]], ["--"]),
]


@pytest.mark.parametrize(("rows", "letters"), WORKED)
def test_worked_tables(rows: list[list[int]], letters: list[str]) -> None:
    expected: dict[str, set[Pair]] = {}
    for i, line in enumerate(letters, 1):
        for ages, letter in zip(AGES, line, strict=False):
            expected.setdefault(letter, set()).add((f"A{i}", ages))
    expected.pop("-", None)
    assert places(pooled(grid(rows))) == {frozenset(pool) for pool in expected.values()}


def test_what_is_shown_of_pools() -> None:
    pools = pooled(strata(TOLD))
    assert open_areas(pools) == ["A1", "A2", "A3", "A4"]
    assert open_ages(pools) == list(AGES) and together(pools) == 2
    assert ("A1", "60+") in single(pools) and ("A1", "45-59") not in single(pools)
    found = share(pools, of_area("A1"))
    assert found is not None and found.n == 81
    assert found.p == pytest.approx((3_000 * 22 / 41 + 1_000 * 25 / 40) / 4_000)
    assert share(pools, lambda _place: False) is None and share([], everybody) is None


def test_an_age_band_is_shown_where_most_of_its_people_are_counted_by_themselves() -> None:
    pools = pooled(grid([[1, 40, 40], [1, 40, 40], [60, 40, 40]]))
    assert open_ages(pools) == ["60+"]
    band = share(pooled(grid([[1, 40, 40], [60, 40, 40], [60, 40, 40]])), of_ages("18-44"))
    assert band is not None and band.n == 41 + 60 + 60, "with all answers that it takes from"


@pytest.mark.parametrize(
    ("answers", "lonely"),
    [
        ([], False),
        ([30], False),
        ([29], True),
        ([0, 30], False),
        ([0, 29], True),
        ([20, 20], True),
        ([20, 20, 20], False),
    ],
)
def test_lonely(answers: list[int], lonely: bool) -> None:
    assert is_lonely(answers) is lonely


def test_areas_without_an_age_band_join_by_the_others() -> None:
    parts = [
        Pool((Place(area, ages, 100),), n, 0)
        for area, ages, n in (("A", "18-44", 40), ("A", "60+", 40), ("B", "60+", 5), ("C", "60+", 90))
    ]
    assert places(pooled(parts)) == {
        frozenset({("A", "18-44")}),
        frozenset({("A", "60+"), ("B", "60+")}),
        frozenset({("C", "60+")}),
    }
    assert open_areas(pooled(parts)) == ["C"]


def test_no_two_pools_share_a_place() -> None:
    pools = pooled(grid([[1, 40, 3], [2, 2, 2], [60, 40, 0], [50, 9, 31]]))
    assert not any(set(one.places) & set(other.places) for one, other in combinations(pools, 2))
