"""Who stands where on a board, for people and for communities; pure.

More right answers come first; of two with as many, whoever handed in earlier. How fast somebody answered never counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

#: Rows of a board that everybody sees; one's own row comes on top of them.
MOST_SHOWN = 50
#: Rows kept when a board is frozen: more than are shown, so that the list stays full when somebody takes their name off.
MOST_KEPT = 100
#: A community with fewer people has no place: its mean would tell of single people.
FEWEST_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class Result:
    """One marked attempt of one person."""

    person_id: int
    attempt_id: int
    score: int
    submitted_at: datetime

    @property
    def second(self) -> datetime:
        """When it was handed in; parts of a second decide nothing."""
        return self.submitted_at.replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Place:
    """A rank and what holds it."""

    rank: int
    #: Somebody else has the same number of right answers, handed in within the same second.
    tied: bool
    result: Result


def best(results: Iterable[Result]) -> list[Result]:
    """Everybody's best attempt, the earliest of several equal ones, in the order of a board."""
    found: dict[int, Result] = {}
    for result in results:
        known = found.get(result.person_id)
        if known is None or _order(result) < _order(known):
            found[result.person_id] = result
    return sorted(found.values(), key=_order)


def rank(results: Iterable[Result]) -> list[Place]:
    """The board: each person once, with their best attempt. Equal ones share a rank, and the next rank is left out."""
    ordered = best(results)
    marks = [(result.score, result.second) for result in ordered]
    first: dict[tuple[int, datetime], int] = {}
    shared: dict[tuple[int, datetime], int] = {}
    for place, held in enumerate(marks, start=1):
        first.setdefault(held, place)
        shared[held] = shared.get(held, 0) + 1
    return [Place(first[held], shared[held] > 1, result) for held, result in zip(marks, ordered, strict=True)]


def rank_among(kept: Sequence[Place], result: Result) -> int | None:
    """The rank that ``result`` would have beside the places that were kept; None where it may lie behind others too."""
    better = sum((-place.result.score, place.result.second) < (-result.score, result.second) for place in kept)
    return None if better == len(kept) >= MOST_KEPT else 1 + better


def _order(result: Result) -> tuple[int, datetime, datetime, int]:
    return -result.score, result.second, result.submitted_at, result.attempt_id


@dataclass(frozen=True, slots=True)
class Tally:
    """What the people of one community reached: how many took part, and the sum of their best scores."""

    area_code: str
    people: int
    total: int


@dataclass(frozen=True, slots=True)
class Community:
    """One community on its board. One with too few people has neither rank nor mean nor number."""

    area_code: str
    rank: int | None
    #: Mean of the best scores in tenths of a right answer, rounded half up.
    tenths: int | None
    people: int | None
    tied: bool = False


def communities(tallies: Iterable[Tally]) -> list[Community]:
    """The communities' board: by the mean to one decimal, as it is shown; equal means share a rank.

    Those with fewer than `FEWEST_PEOPLE` come last, without a rank, in the order of their codes.
    """
    rows = sorted(tallies, key=lambda row: row.area_code)
    large = [row for row in rows if row.people >= FEWEST_PEOPLE]
    means = {row.area_code: (20 * row.total + row.people) // (2 * row.people) for row in large}
    placed = [
        Community(
            row.area_code,
            rank=1 + sum(mean > means[row.area_code] for mean in means.values()),
            tenths=means[row.area_code],
            people=row.people,
            tied=sum(mean == means[row.area_code] for mean in means.values()) > 1,
        )
        for row in sorted(large, key=lambda row: -means[row.area_code])
    ]
    small = [row.area_code for row in rows if row.people < FEWEST_PEOPLE]
    return [*placed, *(Community(code, None, tenths=None, people=None) for code in small)]
