"""What a quiz is, when it can be taken, and how its questions are drawn; pure."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput

MAX_SIZE = 50
SHORTEST_LIMIT, LONGEST_LIMIT = 60, 3 * 3_600


class QuizKind(StrEnum):
    """What a quiz is for."""

    PRACTICE = "practice"
    CHALLENGE = "challenge"
    #: The same questions for everybody, new ones every day.
    DAILY = "daily"
    #: What one got wrong, when it is due again; its questions come from the taker's own cards.
    REVIEW = "review"


class QuizState(StrEnum):
    """Where a quiz stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class Feedback(StrEnum):
    """When the right answers are shown."""

    EACH = "each"
    SUBMIT = "submit"
    CLOSE = "close"


class Standing(StrEnum):
    """Whether a quiz can be begun now."""

    OPEN = "open"
    NOT_YET = "not_yet"
    OVER = "over"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a blueprint: so many questions of a topic and a difficulty; None means any."""

    topic: str | None
    difficulty: int | None
    n: int

    def takes(self, candidate: Candidate) -> bool:
        """Whether this line may hold ``candidate``."""
        return self.topic in (None, candidate.topic) and self.difficulty in (None, candidate.difficulty)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ready version as far as drawing needs it."""

    version_id: int
    topic: str
    difficulty: int


def standing(state: str, opens_at: datetime | None, *, closes_at: datetime | None, now: datetime) -> Standing:
    """Whether an attempt may begin at ``now``; the moment of closing is over."""
    if state == QuizState.DRAFT:
        return Standing.HIDDEN
    if state == QuizState.CLOSED or (closes_at is not None and now >= closes_at):
        return Standing.OVER
    return Standing.NOT_YET if opens_at is not None and now < opens_at else Standing.OPEN


def tells(feedback: str, state: str, *, closes_at: datetime | None, grace: timedelta, now: datetime) -> bool:
    """Whether whoever has handed in may see the right answers.

    With feedback at the closing only once nobody's answer can count any more: the network's ``grace`` comes on top.
    """
    if feedback != Feedback.CLOSE:
        return True
    return now > closes_at + grace if closes_at is not None else state == QuizState.CLOSED


def ensure_open(found: Standing) -> None:
    """Raise Conflict, with words for the taker, unless the quiz can be begun."""
    if found == Standing.NOT_YET:
        raise Conflict(_l("This quiz has not opened yet."))
    if found != Standing.OPEN:
        raise Conflict(_l("This quiz is over. The others go on."))


def ensure_blueprint(parts: Sequence[Part]) -> None:
    """Raise InvalidInput for a blueprint that is empty, too long or holds a line of nothing."""
    size = sum(part.n for part in parts)
    if not parts or any(part.n < 1 for part in parts):
        raise InvalidInput(_l("Say how many questions are drawn"), "blueprint")
    if size > MAX_SIZE:
        raise InvalidInput(_l("A quiz has at most %(most)s questions", most=MAX_SIZE), "blueprint")


def is_first(kind: str, *, made: int) -> bool:
    """Whether an attempt shows how people meet the questions, after ``made`` others at the same quiz by the same taker.

    A review asks only what was wrong before. A daily quiz asks others every day: each day's attempt is the first at them.
    """
    if kind == QuizKind.REVIEW:
        return False
    return kind == QuizKind.DAILY or made == 0


def draw(parts: Sequence[Part], stock: Iterable[Candidate], *, chance: random.Random) -> list[int] | None:
    """Version ids that fill the blueprint, each at most once and in random order; None when the stock cannot."""
    pool = list(stock)
    chance.shuffle(pool)
    drawn = _fill(parts, pool)
    if drawn is not None:
        chance.shuffle(drawn)
    return drawn


def draw_of_day(
    parts: Sequence[Part], stock: Iterable[Candidate], *, rank: Callable[[int], bytes], asked: Collection[int] = ()
) -> list[int] | None:
    """Version ids that fill a daily quiz, in the order of ``rank``; None when the stock cannot.

    ``asked`` is what others were asked today already: it stays, whatever has come to the bank since. Of what may no longer
    be drawn only that is replaced.
    """
    pool = sorted(stock, key=lambda candidate: rank(candidate.version_id))
    kept = [candidate for candidate in pool if candidate.version_id in asked]
    # Within what is kept first: among all, the matching could trade a kept version for a new one.
    drawn = _fill(parts, kept) if len(kept) >= sum(part.n for part in parts) else None
    if drawn is None:
        drawn = _fill(parts, [*kept, *(candidate for candidate in pool if candidate.version_id not in asked)])
    return sorted(drawn, key=rank) if drawn is not None else None


def _fill(parts: Sequence[Part], pool: Sequence[Candidate]) -> list[int] | None:
    """Version ids for every line of the blueprint, what comes first in ``pool`` first; None when there is no way.

    Lines may overlap ("any topic" beside "traffic"), so that taking what fits first can run dry although another choice
    would do: this is a bipartite matching by augmenting paths (Kuhn 1955), which finds one whenever there is one.
    """
    slots = [part for part in parts for _number in range(part.n)]
    held: dict[int, int] = {}

    def seat(slot: int, tried: set[int]) -> bool:
        for index, candidate in enumerate(pool):
            if index in tried or not slots[slot].takes(candidate):
                continue
            tried.add(index)
            if index not in held or seat(held[index], tried):
                held[index] = slot
                return True
        return False

    if not all(seat(slot, set()) for slot in range(len(slots))):
        return None
    return [pool[index].version_id for index in held]


def shortages(parts: Sequence[Part], stock: Iterable[Candidate]) -> list[tuple[Part, int]]:
    """(line, how many questions fit it) of every line that the stock cannot fill even by itself."""
    pool = list(stock)
    fitting = [(part, sum(part.takes(candidate) for candidate in pool)) for part in parts]
    return [(part, n) for part, n in fitting if n < part.n]


def rank_of_day(secret: bytes, quiz_id: int, *, day: date) -> Callable[[int], bytes]:
    """Where each version stands on one day, for everybody alike and not to be foreseen without the site's secret.

    Every version has a place of its own, so that one more in the bank moves no other.
    """
    common = _of_day(secret, quiz_id, day)

    def rank(version_id: int) -> bytes:
        mine = common.copy()
        mine.update(f":{version_id}".encode())
        return mine.digest()

    return rank


def _of_day(secret: bytes, quiz_id: int, day: date) -> hmac.HMAC:
    return hmac.new(secret, f"daily-quiz:{quiz_id}:{day.isoformat()}".encode(), hashlib.sha256)


def ensure_settings(*, size: int, limit_seconds: int | None, pass_mark: int | None) -> None:
    """Raise InvalidInput for a limit or a pass mark that no attempt could meet."""
    if limit_seconds is not None and not SHORTEST_LIMIT <= limit_seconds <= LONGEST_LIMIT:
        raise InvalidInput(_l("A time limit lies between one minute and three hours"), "limit_minutes")
    if pass_mark is not None and not 1 <= pass_mark <= size:
        raise InvalidInput(_l("The pass mark lies between 1 and the number of questions"), "pass_mark")
