"""Nothing about fewer than 30 answers can be worked out from what is shown: a real attack, and a control that it breaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citizen.surveys.rules.suppression import LEAST, NOTHING, Pair, Shown, shown, shown_parts

BIG = 10**6


class Published(NamedTuple):
    """Every number on the page as an equation over the unknown cells: coefficients and what was printed."""

    pairs: list[Pair]
    rows: list[list[float]]
    printed: list[float]


def published(values: Mapping[Pair, float], kept: Shown, weights: Mapping[Pair, float] | None = None) -> Published:
    """What anybody can read: each cell, area, age band and total that is shown, as a sum of (weighted) cells."""
    pairs = list(values)
    sets = [{pair} for pair in pairs if pair in kept.cells]
    sets += [{pair for pair in pairs if pair[0] == area} for area in sorted(kept.areas)]
    sets += [{pair for pair in pairs if pair[1] == band} for band in sorted(kept.ages)]
    sets += [set(pairs)] if kept.total else []
    weight = weights or dict.fromkeys(pairs, 1.0)
    rows = [[weight[pair] if pair in chosen else 0.0 for pair in pairs] for chosen in sets]
    return Published(pairs, rows, [sum(weight[pair] * values[pair] for pair in chosen) for chosen in sets])


def solvable(found: Published) -> set[Pair]:
    """The cells that linear algebra fixes: their unit vector lies in the row space of the equations."""
    if not found.rows:
        return set()
    matrix = numpy.array(found.rows)
    _u, sizes, basis = numpy.linalg.svd(matrix / numpy.abs(matrix).max(axis=1, keepdims=True), full_matrices=True)
    rank = int((sizes > 1e-9).sum())
    free = basis[rank:]
    return {pair for i, pair in enumerate(found.pairs) if not len(free) or numpy.abs(free[:, i]).max() < 1e-7}


def bounds(found: Published) -> dict[Pair, tuple[float, float]]:
    """The shuttle attack (Buzzigoli and Giusti 1999): whole numbers from 0 on, narrowed by every equation until nothing moves.

    The equations it may use are those printed and every difference of two of them in which one set holds the other.
    """
    sets = {frozenset(i for i, v in enumerate(row) if v): n for row, n in zip(found.rows, found.printed, strict=True)}
    sets |= {a - b: sets[a] - sets[b] for a in sets for b in sets if b < a}
    known = {next(iter(part)) for part in sets if len(part) == 1}
    for part, n in list(sets.items()):
        inside = part & known
        sets[part - inside] = n - sum(sets[frozenset({i})] for i in inside)
    low, high = [0.0] * len(found.pairs), [float(BIG)] * len(found.pairs)
    for _round in range(50):
        before = (list(low), list(high))
        for part, n in sets.items():
            for i in part:
                high[i] = min(high[i], n - sum(low[j] for j in part if j != i))
                low[i] = max(low[i], n - sum(high[j] for j in part if j != i))
        if before == (low, high):
            break
    return {pair: (low[i], high[i]) for i, pair in enumerate(found.pairs)}


def small_sums(answers: Mapping[Pair, int], kept: Shown) -> list[int]:
    """Answers behind every remainder: a shown sum without its shown parts, where that is fewer than 30 but not nothing hidden."""
    areas, bands = sorted({a for a, _b in answers}), sorted({b for _a, b in answers})
    lines = [([(a, b) for b in bands], a in kept.areas) for a in areas]
    lines += [([(a, b) for a in areas], b in kept.ages) for b in bands]
    rests = [sum(answers[p] for p in line if p not in kept.cells) for line, open_ in lines if open_]
    hidden = [any(p not in kept.cells for p in line) for line, open_ in lines if open_]
    for axis, parts, open_parts in ((0, areas, kept.areas), (1, bands, kept.ages)):
        closed = [part for part in parts if part not in open_parts]
        if kept.total and closed and open_parts:
            rests.append(sum(n for pair, n in answers.items() if pair[axis] in closed))
            hidden.append(True)
    return [rest for rest, some in zip(rests, hidden, strict=True) if some and rest < LEAST]


def only_the_small(answers: Mapping[Pair, int]) -> Shown:
    """The control: small cells and small sums are hidden and nothing else."""
    sums: dict[str, int] = {}
    for pair, n in answers.items():
        for name in pair:
            sums[name] = sums.get(name, 0) + n
    big = {name for name, n in sums.items() if n >= LEAST}
    cells = frozenset(pair for pair, n in answers.items() if n >= LEAST)
    return Shown(
        cells,
        frozenset({a for a, _b in answers} & big),
        frozenset({b for _a, b in answers} & big),
        sum(answers.values()) >= LEAST,
    )


def table(rows: list[list[int]]) -> dict[Pair, int]:
    return {(f"A{i}", f"b{j}"): n for i, row in enumerate(rows) for j, n in enumerate(row)}


sizes = st.one_of(st.integers(0, 35), st.integers(25, 40), st.integers(0, 200))
tables = st.tuples(st.integers(1, 6), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(sizes, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    ).map(table)
)


@given(tables)
@settings(max_examples=80, deadline=None)
def test_no_attack_finds_a_hidden_cell(answers: dict[Pair, int]) -> None:
    kept = shown(answers)
    small = {pair for pair, n in answers.items() if n < LEAST}
    assert not small & kept.cells
    found = published(answers, kept)
    assert not small & solvable(found)
    assert not small_sums(answers, kept)
    reached = bounds(found)
    assert all(high - low >= LEAST for pair, (low, high) in reached.items() if pair in small)


@given(tables, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_weighted_shares_give_no_hidden_share_away(answers: dict[Pair, int], chance: object) -> None:
    rnd = chance.random  # type: ignore[attr-defined]
    shares = {pair: rnd() for pair in answers}
    weights = {pair: 100 + 9_000 * rnd() for pair in answers}
    small = {pair for pair, n in answers.items() if n < LEAST}
    assert not small & solvable(published(shares, shown(answers), weights))


@pytest.mark.parametrize(
    "rows",
    [
        [[40, 12, 50], [60, 70, 80], [45, 55, 65]],
        [[12, 13, 50], [60, 70, 80]],
        [[100, 100], [100, 5]],
        [[31, 4], [33, 90], [35, 3], [90, 90]],
    ],
)
def test_the_attack_breaks_a_table_without_complementary_suppression(rows: list[list[int]]) -> None:
    answers = table(rows)
    control = only_the_small(answers)
    small = {pair for pair, n in answers.items() if n < LEAST}
    assert small & solvable(published(answers, control)) or small_sums(answers, control)
    assert not small & solvable(published(answers, shown(answers)))
    assert not small_sums(answers, shown(answers))


def test_the_attack_reads_the_very_number() -> None:
    answers = table([[40, 12, 50], [60, 70, 80]])
    reached = bounds(published(answers, only_the_small(answers)))
    assert reached["A0", "b1"] == (12, 12)


#: (answers by part, what stays).
LINES: list[tuple[dict[str, int], set[str]]] = [
    ({"a": 40, "b": 50, "c": 60}, {"a", "b", "c"}),
    ({"a": 10, "b": 50, "c": 60}, {"c"}),
    ({"a": 3, "b": 4, "c": 60, "d": 90}, {"d"}),
    ({"a": 20, "b": 20, "c": 60}, {"c"}),
    ({"a": 0, "b": 60}, set()),
    ({"a": 10, "b": 10}, set()),
    ({"a": 30}, {"a"}),
    ({"a": 29}, set()),
    ({}, set()),
]


@pytest.mark.parametrize(("answers", "stays"), LINES)
def test_small_parts_take_the_next_smallest_with_them(answers: dict[str, int], stays: set[str]) -> None:
    assert shown_parts(answers) == stays


def test_what_is_hidden_elsewhere_stays_hidden_with_enough_beside_it() -> None:
    answers = {"a": 40, "b": 14, "c": 45, "d": 90}
    assert shown_parts(answers, never={"b", "a"}) == {"c", "d"}
    assert shown_parts({**answers, "a": 10}, never={"b", "a"}) == {"d"}
    assert shown_parts({"a": 40, "b": 50, "c": 60}, never={"c"}) == {"b"}


def test_a_full_table_is_shown_as_a_whole() -> None:
    answers = table([[30, 31], [40, 50]])
    assert shown(answers) == Shown(frozenset(answers), frozenset({"A0", "A1"}), frozenset({"b0", "b1"}), True)


@pytest.mark.parametrize("answers", [{}, table([[10, 19]]), table([[0, 0], [0, 0]])])
def test_with_fewer_than_thirty_in_all_nothing_is_shown(answers: dict[Pair, int]) -> None:
    assert shown(answers) == NOTHING


def test_a_table_with_holes_shows_no_ages() -> None:
    answers = {("A", "x"): 40, ("A", "y"): 40, ("B", "y"): 45}
    assert shown(answers) == Shown(frozenset(), frozenset({"A", "B"}), frozenset(), True)
