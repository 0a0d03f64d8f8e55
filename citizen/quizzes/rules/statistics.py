"""What first attempts say of a question: how easy it is, whether it tells people apart, which wrong answers draw; pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from citizen.quizzes.rules.questions import Kind

#: A version is judged by its latest first attempts, at most so many: memory stays bounded, old habits fade.
MOST_SAMPLES = 5_000
#: Fewer answers than this raise no doubt; a dead option needs more of them.
ENOUGH, ENOUGH_FOR_OPTIONS = 30, 100
EASY, HARD, DEAD = 0.95, 0.2, 0.01
#: The share of takers at the top that tells most (Kelley 1939).
UPPER = 0.27
#: Counts what was left empty.
EMPTY = ""


class Doubt(StrEnum):
    """A reason to look at a question again; it decides nothing."""

    TOO_EASY = "too_easy"
    TOO_HARD = "too_hard"
    NEGATIVE = "negative"
    DEAD_OPTION = "dead_option"
    KEY_DOUBT = "key_doubt"


@dataclass(frozen=True, slots=True)
class Sample:
    """How one first attempt met the version."""

    #: None where the question counts for nobody.
    right: bool | None
    chosen: Collection[str]
    seconds: int | None
    #: Right answers among the attempt's other counted questions, as a share; None where there are no others.
    rest: float | None


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a version its statistics need: how it is answered, its options, and what counts as right now."""

    kind: str
    options: tuple[str, ...]
    key: frozenset[str]


@dataclass(frozen=True, slots=True)
class Findings:
    """The statistics of one version."""

    n: int
    right: int
    #: -1 to 1; None where it is not defined.
    discrimination: float | None
    #: Median; None without a measured answer.
    seconds: float | None
    #: Option id → how often it was chosen; "" counts those left empty.
    chosen: dict[str, int]
    doubts: tuple[Doubt, ...]


def rest_share(score: int, counted: int, *, right: bool | None) -> float | None:
    """The score without the item as a share of the other counted questions; None where there are none."""
    if right is None:
        return score / counted if counted else None
    return (score - right) / (counted - 1) if counted > 1 else None


def discrimination(samples: Collection[Sample]) -> float | None:
    """Pearson's correlation (point-biserial) of right or wrong with the rest of the quiz.

    None with fewer than two usable attempts, and where either side does not vary.
    """
    pairs = [
        (float(sample.right), sample.rest) for sample in samples if sample.right is not None and sample.rest is not None
    ]
    try:
        return statistics.correlation([right for right, _rest in pairs], [rest for _right, rest in pairs])
    except statistics.StatisticsError:
        return None


def choices(samples: Collection[Sample], options: Collection[str]) -> dict[str, int]:
    """How often each option was chosen; "" counts those left empty. With several answers each of them counts."""
    found = Counter(dict.fromkeys((*options, EMPTY), 0))
    for sample in samples:
        found.update(sample.chosen or (EMPTY,))
    return dict(found)


def median_seconds(samples: Collection[Sample]) -> float | None:
    """The middle of the measured seconds."""
    measured = [sample.seconds for sample in samples if sample.seconds is not None]
    return float(statistics.median(measured)) if measured else None


def guessing(shape: Shape) -> float:
    """The share that would be right by choosing blindly, every allowed answer being as likely as another."""
    n = len(shape.options)
    if not n:
        return 0.0
    return 1 / (2**n - 1) if shape.kind == Kind.MULTIPLE else len(shape.key) / n


def findings(samples: Sequence[Sample], shape: Shape) -> Findings:
    """Everything that is known of one version from ``samples``, its latest first attempts."""
    judged = [sample for sample in samples if sample.right is not None]
    chosen, found = choices(samples, shape.options), discrimination(judged)
    right = sum(bool(sample.right) for sample in judged)
    return Findings(
        n=len(samples),
        right=right,
        discrimination=found,
        seconds=median_seconds(samples),
        chosen=chosen,
        doubts=tuple(_doubts(judged, shape, chosen=chosen, correlation=found)),
    )


def _doubts(
    judged: Sequence[Sample], shape: Shape, *, chosen: Mapping[str, int], correlation: float | None
) -> list[Doubt]:
    n = len(judged)
    if n < ENOUGH:
        return []
    share = sum(bool(sample.right) for sample in judged) / n
    found = []
    if _key_in_doubt(judged, shape):
        found.append(Doubt.KEY_DOUBT)
    if correlation is not None and correlation < 0:
        found.append(Doubt.NEGATIVE)
    if share < max(HARD, guessing(shape)):
        found.append(Doubt.TOO_HARD)
    if share > EASY:
        found.append(Doubt.TOO_EASY)
    wrong = [option for option in shape.options if option not in shape.key]
    if n >= ENOUGH_FOR_OPTIONS and any(chosen[option] < DEAD * n for option in wrong):
        found.append(Doubt.DEAD_OPTION)
    return found


def _key_in_doubt(judged: Sequence[Sample], shape: Shape) -> bool:
    """Whether those who know the rest best prefer a wrong option to the key."""
    top = high_scorers(judged)
    picked = choices(top, shape.options)
    wrong = [picked[option] for option in shape.options if option not in shape.key]
    keys = [picked[option] for option in shape.options if option in shape.key]
    if not wrong or not keys:
        return False
    # Any of the keys makes a single choice right; a multiple choice needs them all, so its rarest one is compared.
    return max(wrong) > (min(keys) if shape.kind == Kind.MULTIPLE else sum(keys))


def high_scorers(samples: Sequence[Sample]) -> list[Sample]:
    """The upper 27 % by the rest of the quiz, with all who are level with the last of them.

    Where that would be more than half of all, only those above: when nearly everybody is level, nobody stands out.
    """
    ranked = sorted((sample.rest for sample in samples if sample.rest is not None), reverse=True)
    if not ranked:
        return []
    bar = ranked[max(1, round(UPPER * len(ranked))) - 1]
    if sum(rest >= bar for rest in ranked) * 2 > len(ranked):
        return [sample for sample in samples if sample.rest is not None and sample.rest > bar]
    return [sample for sample in samples if sample.rest is not None and sample.rest >= bar]


def distribution(scores: Collection[tuple[int, int]], size: int) -> list[int]:
    """How many attempts had 0, 1, … ``size`` right; ``scores`` are (right, how many attempts)."""
    found = [0] * (size + 1)
    for right, attempts in scores:
        if 0 <= right <= size:
            found[right] += attempts
    return found
