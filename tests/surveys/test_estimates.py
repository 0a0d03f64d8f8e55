"""Shares, intervals and sample sizes against values worked out elsewhere, and what must hold for all of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citizen.core.intervals import wilson
from citizen.surveys.rules.estimates import Cell, effective, estimate, kish
from citizen.surveys.rules.sample_size import sample_size

#: (x, n, low %, high %): the first two are the office's own fixtures; the rest is Wilson's formula by hand.
WILSON = [
    (19, 20, 76.4, 99.1),
    (190, 200, 91.0, 97.3),
    (0, 20, 0.0, 16.1),
    (20, 20, 83.9, 100.0),
    (0, 1, 0.0, 79.3),
    (1, 1, 20.7, 100.0),
]


@pytest.mark.parametrize(("x", "n", "low", "high"), WILSON)
def test_one_cell_of_a_big_population_is_wilsons_interval(x: int, n: int, low: float, high: float) -> None:
    found = estimate([Cell(10**9, n, x)])
    assert found is not None
    assert (found.p, found.n, found.deff) == (x / n, n, 1.0)
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == (low, high)


#: (p, e, deff, N, answers)
NEEDED = [
    (0.9, 0.03, 1.0, None, 385),
    (0.9, 0.03, 1.5, None, 577),
    (0.5, 0.05, 1.0, None, 385),
    (0.5, 0.05, 1.0, 1_000, 278),
    (0.9, 0.03, 1.5, 20, 20),
    (1.0, 0.03, 1.0, None, 1),
    (0.0, 0.03, 1.0, 1, 1),
]


@pytest.mark.parametrize(("p", "e", "deff", "people", "answers"), NEEDED)
def test_answers_needed(p: float, e: float, deff: float, people: int | None, answers: int) -> None:
    assert sample_size(p, e, deff=deff, population=people) == answers


@pytest.mark.parametrize(
    ("p", "e", "deff", "people"), [(1.1, 0.1, 1, None), (0.5, 0, 1, None), (0.5, 0.1, 0.9, None), (0.5, 0.1, 1, 0)]
)
def test_no_such_survey(p: float, e: float, deff: float, people: int | None) -> None:
    with pytest.raises(ValueError, match="no survey"):
        sample_size(p, e, deff=deff, population=people)


WORKED = [
    Cell(9_000, 60, 42),
    Cell(3_000, 90, 81),
    Cell(6_000, 50, 45),
    Cell(2_000, 100, 60),
]


def test_a_worked_example() -> None:
    people, n, x = (numpy.array(column) for column in ([9e3, 3e3, 6e3, 2e3], [60, 90, 50, 100], [42, 81, 45, 60]))
    p = float((people / people.sum() * (x / n)).sum())
    weights = numpy.repeat(people / n, n)
    deff = 1 + float(weights.var() / weights.mean() ** 2)
    n_eff = 300 / deff / (1 - 300 / 20_000)
    z = 1.959964
    middle = (p + z * z / (2 * n_eff)) / (1 + z * z / n_eff)
    half = z / (1 + z * z / n_eff) * math.sqrt(p * (1 - p) / n_eff + z * z / (4 * n_eff**2))
    found = estimate(WORKED)
    assert found is not None
    assert found.p == pytest.approx(0.78) == pytest.approx(p)
    assert found.deff == pytest.approx(deff) and deff == pytest.approx(1.6575)
    assert found.n_eff == pytest.approx(n_eff)
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half))
    assert (found.n, found.population) == (300, 20_000)


def test_a_given_design_effect_takes_the_place_of_kishs() -> None:
    found = estimate(WORKED, deff=2.0, fpc=False)
    assert found is not None and (found.deff, found.n_eff) == (2.0, 150)
    with pytest.raises(ValueError, match="from 1 on"):
        estimate(WORKED, deff=0.9)


@pytest.mark.parametrize("bad", [{"population": 0}, {"n": 0, "hits": 0}, {"hits": 61}, {"hits": -1}])
def test_cells_that_cannot_be(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no stratum"):
        estimate([replace(WORKED[0], **bad)])


#: (n, deff, N, so many answers of a plain sample)
EFFECTIVE = [
    (400, 1.0, None, 400),
    (400, 2.0, None, 200),
    (400, 1.0, 4_000, 400 / 0.9),
    (400, 2.0, 4_000, 200 / 0.9),
    (90, 1.0, 100, 100),
    (100, 1.0, 100, 100),
    (100, 2.0, 100, 100),
]


@pytest.mark.parametrize(("n", "deff", "people", "n_eff"), EFFECTIVE)
def test_effective_answers(n: int, deff: float, people: int | None, n_eff: float) -> None:
    assert effective(n, deff=deff, population=people) == pytest.approx(n_eff)


def test_nobody_is_there() -> None:
    assert estimate([]) is None


counts = st.tuples(st.integers(80, 50_000), st.integers(1, 80), st.floats(0, 1))


def cells(rows: list[tuple[int, int, float]]) -> list[Cell]:
    """(population, answers, share) as strata."""
    return [Cell(N, n, round(p * n)) for N, n, p in rows]


tables = st.lists(counts, min_size=1, max_size=9).map(cells)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_the_estimate_lies_in_its_interval(table: list[Cell]) -> None:
    found = estimate(table)
    assert found is not None
    assert 0 <= found.low <= found.p <= found.high <= 1
    assert found.low < found.high
    assert found.deff >= 1 and found.n_eff > 0


@given(tables, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_strata_changes_nothing(table: list[Cell], chance: object) -> None:
    shuffled = list(table)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    before, after = estimate(table), estimate(shuffled)
    assert before is not None and after is not None
    assert (after.p, after.low, after.high) == pytest.approx((before.p, before.low, before.high))


@given(st.lists(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_equal_weights_are_a_plain_sample(drawn: list[tuple[int, int]]) -> None:
    table = [Cell(100 * n, n, x) for n, x in drawn]
    found = estimate(table, fpc=False)
    n, x = sum(n for n, _x in drawn), sum(x for _n, x in drawn)
    assert found is not None and kish(table) == pytest.approx(1)
    assert (found.low, found.high) == pytest.approx(tuple(wilson(x, n) or ()), abs=1e-9)
