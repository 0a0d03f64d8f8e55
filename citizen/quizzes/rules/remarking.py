"""What a corrected key changes in results; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import repeat

from flask_babel import lazy_gettext as _l

from citizen.core.errors import InvalidInput
from citizen.quizzes.rules.attempts import Mark, is_right, mark
from citizen.quizzes.rules.questions import Kind

SHORTEST_REASON, LONGEST_REASON = 10, 300
#: More attempts than this are marked again in the background.
AT_ONCE, BATCH = 500, 200


@dataclass(frozen=True, slots=True)
class Held:
    """How one marked attempt stands, and what it answered to the question."""

    answer: Collection[str] | None
    right: bool | None
    score: int
    counted: int
    size: int
    passed: bool | None
    pass_mark: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a correction would do."""

    attempts: int = 0
    #: Results whose score, number of counted questions or passing changes.
    changed: int = 0
    now_passed: int = 0
    now_failed: int = 0


def ensure_key(kind: str, key: Collection[str], *, options: Collection[str], counting: Collection[str]) -> list[str]:
    """The new key, sorted; empty is a question that counts for nobody.

    Raises InvalidInput for ids that the question has not, for a single choice where all count, and for the key that counts
    already.
    """
    found = sorted(set(key))
    if not set(found) <= set(options):
        raise InvalidInput(_l("Choose among the answers of this question"), "key")
    if kind != Kind.MULTIPLE and len(found) == len(options):
        raise InvalidInput(_l("If every answer is right, let the question count for nobody"), "key")
    if found == sorted(counting):
        raise InvalidInput(_l("This is what counts already"), "key")
    return found


def ensure_reason(words: str) -> str:
    """The reason; raises InvalidInput for one that explains nothing to those whose result changes."""
    if len(words.strip()) < SHORTEST_REASON:
        raise InvalidInput(
            _l("Say what was wrong, in at least %(n)s characters: those who took it read this", n=SHORTEST_REASON),
            "reason",
        )
    return words.strip()


def after(held: Held, right: bool | None) -> Mark:
    """The result of an attempt once its answer to the one question is judged ``right`` (None: it counts for nobody)."""
    was_counted = held.right is not None
    others = held.counted - was_counted
    score = held.score - bool(held.right)
    results = (*repeat(True, score), *repeat(False, others - score))
    return mark((*results, right), pass_mark=held.pass_mark, size=held.size)


def effect(rows: Iterable[Held], *, kind: str, key: Collection[str]) -> Effect:
    """What judging all ``rows`` by ``key`` would change."""
    attempts = changed = won = lost = 0
    for held in rows:
        attempts += 1
        then = after(held, is_right(kind, held.answer, key=key))
        changed += (then.score, then.counted, then.passed) != (held.score, held.counted, held.passed)
        won += bool(then.passed) and held.passed is False
        lost += then.passed is False and bool(held.passed)
    return Effect(attempts, changed, won, lost)
