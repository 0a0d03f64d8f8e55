"""What looks odd about an attempt at a challenge; pure. A flag is a reason for a person to look and decides nothing."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput

#: Impossible speed: a median below so many seconds, with enough questions and most of them right.
FASTEST, FEWEST, GOOD = 2.0, 5, 0.8
#: So many different takers from one device within a day.
CROWD = 5
#: So many questions with the same wrong answer, less likely than this by the quiz's own rates.
SAME_WRONG, CHANCE = 6, 1e-4
#: Patterns are looked for among the latest attempts of a quiz, at most so many.
MOST_COMPARED = 2_000
SHORTEST_REASON, LONGEST_REASON, LONGEST_NOTE = 4, 300, 500


class FlagKind(StrEnum):
    """What was found."""

    SPEED = "speed"
    DEVICE = "device"
    PATTERN = "pattern"


class FlagState(StrEnum):
    """What a person made of it."""

    OPEN = "open"
    DISMISSED = "dismissed"
    CONFIRMED = "confirmed"


#: Verb → state; only an open flag is decided.
VERDICTS = {"dismiss": FlagState.DISMISSED, "confirm": FlagState.CONFIRMED}

#: An answer that was given: option ids, sorted.
Given = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The answers of one attempt, by version: what was given, and whether it was right. Empty answers are left out."""

    attempt_id: int
    taker: str
    answers: Mapping[int, tuple[Given, bool]]

    @property
    def wrong(self) -> set[tuple[int, Given]]:
        """(version, answer) of every wrong answer."""
        return {(version, given) for version, (given, right) in self.answers.items() if not right}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two attempts with the same wrong answers."""

    first: int
    second: int
    #: How many questions they have the same wrong answer to, and how many they share.
    same: int
    shared: int
    chance: float


def ensure_verdict(verb: str, state: str) -> FlagState:
    """The state that ``verb`` leads to; raises Conflict when somebody has decided already."""
    if state != FlagState.OPEN:
        raise Conflict(_l("Somebody has decided on this already. Please look again."))
    return VERDICTS[verb]


def ensure_reason(words: str) -> str:
    """The reason; raises InvalidInput for one that says nothing."""
    if len(words.strip()) < SHORTEST_REASON:
        raise InvalidInput(_l("Say why, in at least four characters: the person reads it."), "reason")
    return words.strip()


def too_fast(seconds: Collection[int], *, size: int, score: int, counted: int) -> float | None:
    """The median seconds per question when they are too few for the result, else None."""
    if size < FEWEST or len(seconds) < FEWEST or not counted or score < GOOD * counted:
        return None
    median = float(statistics.median(seconds))
    return median if median < FASTEST else None


def agreement(counts: Mapping[Given, int], wrong: Collection[Given]) -> float:
    """How likely two people who know nothing of each other give the same wrong answer to one question.

    ``counts`` says how often each answer was given in this quiz; the sum of squares of the wrong ones' rates. Each rate
    is smoothed by one more taker for every answer and one for all that nobody gave, so that few takers prove little.
    """
    total = sum(counts.values()) + len(counts) + 1
    return sum(((counts.get(given, 0) + 1) / total) ** 2 for given in wrong)


def at_least(wanted: int, chances: Sequence[float]) -> float:
    """The probability that at least ``wanted`` of independent events happen (Poisson binomial, by the exact recursion)."""
    exactly = [1.0]
    for chance in chances:
        exactly = [
            (exactly[k] if k < len(exactly) else 0.0) * (1 - chance) + (exactly[k - 1] * chance if k else 0.0)
            for k in range(len(exactly) + 1)
        ]
    return sum(exactly[wanted:])


def same_wrong_answers(sheets: Sequence[Sheet]) -> list[Pair]:
    """Pairs of attempts, by different takers, whose wrong answers agree too often for chance.

    Whoever has fewer than `SAME_WRONG` wrong answers is in no pair; so most attempts are never compared.
    """
    likely = _agreements(sheets)
    weak = [(sheet, sheet.wrong) for sheet in sheets]
    weak = [(sheet, wrong) for sheet, wrong in weak if len(wrong) >= SAME_WRONG]
    found = []
    for (one, his), (other, hers) in combinations(weak, 2):
        same = len(his & hers)
        if one.taker == other.taker or same < SAME_WRONG:
            continue
        shared = one.answers.keys() & other.answers.keys()
        chance = at_least(same, [likely[version] for version in shared])
        if chance < CHANCE:
            found.append(Pair(one.attempt_id, other.attempt_id, same, len(shared), chance))
    return found


def _agreements(sheets: Sequence[Sheet]) -> dict[int, float]:
    """Version → how likely two independent takers agree in a wrong answer to it."""
    counts: dict[int, Counter[Given]] = {}
    wrong: dict[int, set[Given]] = {}
    for sheet in sheets:
        for version, (given, right) in sheet.answers.items():
            counts.setdefault(version, Counter())[given] += 1
            if not right:
                wrong.setdefault(version, set()).add(given)
    return {version: agreement(found, wrong.get(version, set())) for version, found in counts.items()}
