"""The machine of a hall quiz: what its host may do next, until when phones may answer, what a hall's answers come to; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput
from citizen.core.text import fold_width

MAX_TITLE = 80
SHORTEST, LONGEST = 5, 600
#: An answer that was sent in time may arrive so much later.
GRACE = timedelta(seconds=3)
#: A round that nobody ended is over after this time.
LIFE = timedelta(hours=12)
#: Rounds and what phones answered are deleted after this time.
KEEP = timedelta(days=90)
#: Phones that are still there find the end of a round under its code for so long; the code is not given out again before.
AFTERWARDS = timedelta(hours=12)
CODE_LENGTH = 6
#: Wrong codes that one network address may send before it waits; a right one is let in all the same, since a whole hall
#: may share an address with somebody who plays.
WRONG_PER_VISITOR = "30/hour"
#: Wrong codes after which a right one is not let in either: more are no mistakes, they look for a round that is not theirs.
TRIED_PER_VISITOR = "1000/hour"


class LiveState(StrEnum):
    """Where a round stands."""

    WAITING = "waiting"
    ASKING = "asking"
    #: The question is closed; its answer and the hall's are on the screen.
    SHOWN = "shown"
    ENDED = "ended"


class Verb(StrEnum):
    """What a host does."""

    ASK = "ask"
    CLOSE = "close"
    NEXT = "next"
    END = "end"


S = LiveState
#: Verb → (from, to).
TRANSITIONS: dict[Verb, tuple[frozenset[LiveState], LiveState]] = {
    Verb.ASK: (frozenset({S.WAITING}), S.ASKING),
    Verb.CLOSE: (frozenset({S.ASKING}), S.SHOWN),
    Verb.NEXT: (frozenset({S.SHOWN}), S.ASKING),
    Verb.END: (frozenset({S.WAITING, S.ASKING, S.SHOWN}), S.ENDED),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a round of ``size`` questions stands; ``position`` is 0 before the first."""

    state: LiveState
    position: int
    size: int


def step(verb: Verb, place: Place) -> Place:
    """The place that ``verb`` leads to; raises Conflict where it leads nowhere from here."""
    sources, target = TRANSITIONS[verb]
    if place.state not in sources or (verb is Verb.NEXT and place.position >= place.size):
        raise Conflict(_l("The round stands elsewhere now. Please look at the screen again."))
    moved = verb in (Verb.ASK, Verb.NEXT)
    return Place(target, place.position + 1 if moved else place.position, place.size)


def main_verb(place: Place) -> Verb | None:
    """The one step that the host's key takes from here; None once the round has ended."""
    if place.state is S.SHOWN:
        return Verb.NEXT if place.position < place.size else Verb.END
    return {S.WAITING: Verb.ASK, S.ASKING: Verb.CLOSE}.get(place.state)


def until(asked_at: datetime | None, seconds: int | None) -> datetime | None:
    """When the time for the question that was asked at ``asked_at`` is over; None when the host alone decides."""
    return asked_at + timedelta(seconds=seconds) if asked_at is not None and seconds is not None else None


def takes_answers(state: LiveState, ends_at: datetime | None, *, arrived: datetime) -> bool:
    """Whether an answer that arrived at ``arrived`` counts: while the question is asked, and within its time and the grace."""
    return state is S.ASKING and (ends_at is None or arrived <= ends_at + GRACE)


def is_closed(position: int, *, place: Place) -> bool:
    """Whether the question at ``position`` is closed, so that its key may be told."""
    return position < place.position or (position == place.position and place.state in (S.SHOWN, S.ENDED))


def typed_code(raw: object) -> str | None:
    """The six digits behind any way of typing them (spaces, dashes, full width), else None."""
    if not isinstance(raw, str) or len(raw) > 40:
        return None
    digits = "".join(
        char for char in fold_width(raw) if not char.isspace() and char not in "-\u2010\u2011\u2013\u2014\u200b"
    )
    return digits if len(digits) == CODE_LENGTH and digits.isascii() and digits.isdigit() else None


def ensure_seconds(seconds: int | None) -> None:
    """Raise InvalidInput for a time in which nobody could answer, or that nobody would wait for."""
    if seconds is not None and not SHORTEST <= seconds <= LONGEST:
        raise InvalidInput(_l("The time for one question lies between 5 and 600 seconds"), "seconds")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a hall answered to one question."""

    #: Phones that answered.
    phones: int
    #: Option id → phones that chose it, in the order shown.
    chosen: Mapping[str, int]
    #: Phones that were right; None for a question that counts for nobody.
    right: int | None


def tally(answers: Iterable[tuple[Sequence[str], int, bool | None]], *, offered: Sequence[str]) -> Tally:
    """Add up (chosen ids, phones, whether it is right). A phone that took all its choices back did not answer."""
    chosen, phones, right, counts = dict.fromkeys(offered, 0), 0, 0, True
    for ids, n, is_right in answers:
        if not ids:
            continue
        phones += n
        counts = counts and is_right is not None
        right += n if is_right else 0
        for id_ in ids:
            chosen[id_] = chosen.get(id_, 0) + n
    return Tally(phones, chosen, right if counts else None)


def share(n: int, of: int) -> int:
    """Whole percent, halves up; 0 of nothing."""
    return (200 * n + of) // (2 * of) if of else 0
