"""Who can be told apart, and whether a change can be shown: known values and what must never be claimed."""

from __future__ import annotations

import math

import numpy
import pytest

from citizen.surveys.rules.comparing import Difference, below, change, holm, told_apart, two_sided, z_score
from citizen.surveys.rules.estimates import Cell, Estimate, estimate


def share(x: int, n: int) -> Estimate:
    found = estimate([Cell(10**9, n, x)])
    assert found is not None
    return found


#: (x1, n1, x2, n2, low, high) of p1 - p2: Newcombe (1998), table II, method 10, rows a, b, d, e, g and h.
NEWCOMBE = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0),
    (10, 10, 0, 10, 0.6075, 1.0),
]


@pytest.mark.parametrize(("x1", "n1", "x2", "n2", "low", "high"), NEWCOMBE)
def test_newcombes_own_table(x1: int, n1: int, x2: int, n2: int, low: float, high: float) -> None:
    found = change(share(x2, n2), share(x1, n1))
    assert found.change == pytest.approx(x1 / n1 - x2 / n2)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(0.01, 0.2, True), (-0.2, -0.01, True), (-0.01, 0.2, False), (0.0, 0.1, False), (-0.1, 0.0, False)],
)
def test_a_change_is_shown_only_where_the_interval_leaves_zero_out(low: float, high: float, shown: bool) -> None:
    assert Difference((low + high) / 2, low, high).shown is shown


def test_the_score_by_hand() -> None:
    p, n = numpy.array([0.8, 0.6]), numpy.array([70, 80])
    pooled = (p * n).sum() / n.sum()
    z = 0.2 / math.sqrt(pooled * (1 - pooled) * (1 / 70 + 1 / 80))
    assert z_score(share(56, 70), share(48, 80)) == pytest.approx(z, abs=1e-5)
    assert two_sided(1.959964) == pytest.approx(0.05, abs=1e-6)
    assert below(share(48, 80), share(56, 70)) == pytest.approx(two_sided(z) / 2, abs=1e-6)
    assert below(share(56, 70), share(48, 80)) > 0.99


@pytest.mark.parametrize(("one", "other"), [((30, 30), (40, 40)), ((0, 30), (0, 50))])
def test_all_or_none_everywhere_is_no_difference(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert z_score(share(*one), share(*other)) == 0


#: Holm's steps at 0.05: 0.05/4, 0.05/3, 0.05/2, 0.05.
HOLM: list[tuple[dict[str, float], set[str]]] = [
    ({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}, {"a", "d"}),
    ({"a": 0.012, "b": 0.016, "c": 0.024, "d": 0.049}, {"a", "b", "c", "d"}),
    ({"a": 0.013, "b": 0.0130001, "c": 0.02, "d": 0.02}, set()),
    ({"a": 0.05}, {"a"}),
    ({}, set()),
]


@pytest.mark.parametrize(("chances", "held"), HOLM)
def test_holm(chances: dict[str, float], held: set[str]) -> None:
    assert holm(chances) == held


GROUPS: list[tuple[dict[str, tuple[int, int]], tuple[tuple[str, ...], ...]]] = [
    ({"a": (90, 100), "b": (88, 100), "c": (85, 100)}, (("a", "b", "c"),)),
    ({"a": (95, 100), "b": (50, 100), "c": (5, 100)}, (("a",), ("b",), ("c",))),
    ({"a": (93, 100), "b": (85, 100), "c": (75, 100)}, (("a", "b"), ("b", "c"))),
    ({"a": (50, 100)}, (("a",),)),
    ({}, ()),
]


@pytest.mark.parametrize(("counts", "groups"), GROUPS)
def test_groups(counts: dict[str, tuple[int, int]], groups: tuple[tuple[str, ...], ...]) -> None:
    assert told_apart({name: share(*pair) for name, pair in counts.items()}).groups == groups


def test_of_many_equal_areas_hardly_ever_one_is_called_different() -> None:
    """Twenty tables of ten areas with the same share: Holm keeps false alarms to about one table in twenty."""
    drawn = numpy.random.default_rng(4).binomial(120, 0.8, size=(60, 10))
    alarms = sum(len(told_apart({i: share(int(x), 120) for i, x in enumerate(row)}).groups) > 1 for row in drawn)
    assert alarms <= 7
