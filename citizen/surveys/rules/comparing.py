"""Which estimates can be told apart, and whether anything changed; pure arithmetic.

Two shares whose difference may well be chance are never ranked: the page says so in words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Generic, Protocol, TypeVar

#: The chance of calling any two equal shares different that a whole table of comparisons may have.
LEVEL = 0.05

Key = TypeVar("Key")


class Share(Protocol):
    """A share with its interval and its effective number of answers, such as `estimates.Estimate`."""

    @property
    def p(self) -> float: ...  # noqa: D102 - the fields of `Estimate`
    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102
    @property
    def n_eff(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Difference:
    """The later share minus the earlier one, -1 to 1, with its 95 % interval."""

    change: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether a change can be shown at all: the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Verdicts(Generic[Key]):
    """Of a table of shares: who cannot be told apart from whom."""

    #: For each, the others from which it cannot be told apart, in the table's order.
    alike: dict[Key, tuple[Key, ...]]
    #: The largest sets within which nobody can be told apart from anybody (a compact letter display, Piepho 2004).
    groups: tuple[tuple[Key, ...], ...]


def z_score(one: Share, other: Share) -> float:
    """The pooled two-sample score of a difference of shares on effective numbers of answers; 0 where both are all or none.

    z = (p₁ − p₂) / √(p̄ (1 − p̄) (1/n₁ + 1/n₂)) with p̄ = (n₁ p₁ + n₂ p₂) / (n₁ + n₂) (Fleiss, Levin and Paik, Statistical
    Methods for Rates and Proportions, 3rd ed. 2003, 3.2). The samples must be of different people.
    """
    pooled = (one.n_eff * one.p + other.n_eff * other.p) / (one.n_eff + other.n_eff)
    variance = pooled * (1 - pooled) * (1 / one.n_eff + 1 / other.n_eff)
    return (one.p - other.p) / math.sqrt(variance) if variance > 0 else 0.0


def two_sided(z: float) -> float:
    """The chance of a score at least so far from 0 when nothing differs."""
    return math.erfc(abs(z) / math.sqrt(2))


def below(one: Share, other: Share) -> float:
    """The chance of a share at least so far below ``other`` when nothing differs (one-sided)."""
    return math.erfc(-z_score(one, other) / math.sqrt(2)) / 2


def holm(chances: Mapping[Key, float], *, level: float = LEVEL) -> set[Key]:
    """The comparisons that hold when all of them are looked at together (Holm, Scand. J. Statistics 6, 1979, 65–70).

    The smallest chance is held against level / m, the next against level / (m − 1) and so on; the first that fails ends it.
    """
    held: set[Key] = set()
    order = sorted(chances.items(), key=lambda entry: entry[1])
    for done, (key, chance) in enumerate(order):
        if chance > level / (len(order) - done):
            break
        held.add(key)
    return held


def told_apart(shares: Mapping[Key, Share], *, level: float = LEVEL) -> Verdicts[Key]:
    """Two-sided tests of all pairs of ``shares`` with Holm's correction over all pairs: who is like whom."""
    keys = list(shares)
    chances = {
        (i, j): two_sided(z_score(shares[keys[i]], shares[keys[j]])) for i, j in combinations(range(len(keys)), 2)
    }
    apart = holm(chances, level=level)
    like = {
        i: {j for j in range(len(keys)) if j != i and (min(i, j), max(i, j)) not in apart} for i in range(len(keys))
    }
    groups = sorted(tuple(sorted(group)) for group in _cliques(like))
    return Verdicts(
        {keys[i]: tuple(keys[j] for j in sorted(like[i])) for i in like},
        tuple(tuple(keys[i] for i in group) for group in groups),
    )


def _cliques(like: Mapping[int, set[int]]) -> list[set[int]]:
    """All largest sets whose members are all alike (Bron and Kerbosch, CACM 16, 1973, with pivot)."""
    found: list[set[int]] = []

    def grow(chosen: set[int], open_: set[int], seen: set[int]) -> None:
        if not open_ and not seen:
            found.append(chosen)
            return
        pivot = max(open_ | seen, key=lambda i: len(like[i] & open_))
        for i in sorted(open_ - like[pivot]):
            grow(chosen | {i}, open_ & like[i], seen & like[i])
            open_, seen = open_ - {i}, seen | {i}

    if like:
        grow(set(), set(like), set())
    return found


def change(earlier: Share, later: Share) -> Difference:
    """How a share changed between two independent samples, with Newcombe's hybrid score interval.

    Newcombe, Statistics in Medicine 17 (1998), 873–890, method 10, on the Wilson intervals of both shares. It stays within
    -1 and 1 and holds for shares of 0 and 1, where the plain normal interval would have no width.
    """
    d = later.p - earlier.p
    low = d - math.hypot(later.p - later.low, earlier.high - earlier.p)
    high = d + math.hypot(later.high - later.p, earlier.p - earlier.low)
    return Difference(d, max(-1.0, low), min(1.0, high))


def sorted_by_share(shares: Mapping[Key, Share]) -> Sequence[Key]:
    """The keys, largest share first; equal ones stay in the table's order."""
    return sorted(shares, key=lambda key: -shares[key].p)
