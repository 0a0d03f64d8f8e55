"""Wilson's interval at its known values, at its edges, and against the equation that defines it."""

from __future__ import annotations

import math

import pytest

from citizen.core.intervals import Z95, wilson


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(19, 20, 0.764, 0.991), (190, 200, 0.910, 0.973), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (1, 1, 0.207, 1.0)],
)
def test_known_values(x: float, n: float, low: float, high: float) -> None:
    found = wilson(x, n)
    assert found is not None
    assert (round(found.low, 3), round(found.high, 3)) == (low, high)


def test_the_edges_are_exact_and_nothing_has_no_interval() -> None:
    for n in (1, 3, 7.3, 1e6):
        none, all_ = wilson(0, n), wilson(n, n)
        assert none is not None and all_ is not None
        assert none.low == 0.0 and all_.high == 1.0 and none.high == pytest.approx(1 - all_.low)
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("x", "n"), [(3, 17), (0.4, 2.5), (346.5, 385), (999, 1000)])
def test_the_bounds_solve_the_score_equation(x: float, n: float) -> None:
    """A bound is a share p for which |x/n - p| is exactly z standard errors of p itself."""
    found = wilson(x, n)
    assert found is not None and 0 <= found.low < x / n < found.high <= 1
    for bound in found:
        assert abs(x / n - bound) == pytest.approx(Z95 * math.sqrt(bound * (1 - bound) / n))


@pytest.mark.parametrize(("x", "n"), [(-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(x: float, n: float) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(x, n)
