"""When a question that was answered wrong is asked again, and which days were days of practice; pure.

The schedule is FSRS 6 as py-fsrs computes it (https://github.com/open-spaced-repetition/py-fsrs): a wrong answer is rated
Again, a right one Good. Its steps of minutes are switched off, since nobody sits here for hours: everything counts in whole
days of the county's calendar, so that a question is due on a day and not at a time of day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fsrs import Card, Rating, Scheduler

#: Right answers in a row after which a question leaves the wrong-answer book.
LEAVES_AFTER = 3
#: Questions of one review.
MOST_AT_ONCE = 10
#: Days that the page of one's own practice shows.
DAYS_SHOWN = 30

# Without fuzzing the same answers give the same day, which can be tested and explained.
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A card after an answer: what py-fsrs keeps of it, and the first moment of the day on which it is due."""

    card: dict[str, Any]
    due_at: datetime


def scheduled(card: Mapping[str, Any] | None, *, right: bool, day_begins: datetime, number: int) -> Scheduled:
    """The card after an answer on the day that begins at ``day_begins``; ``number`` names a card that is new.

    A clock that hands an attempt in late may bring an answer of an earlier day than the card knows: it counts as the
    card's own last day then, since time never runs backwards in a memory.
    """
    moment = day_begins.astimezone(UTC)
    known = Card.from_dict(dict(card)) if card else Card(card_id=number, due=moment)  # type: ignore[arg-type]
    if known.last_review is not None:
        moment = max(moment, known.last_review)
    found, _log = _SCHEDULER.review_card(known, Rating.Good if right else Rating.Again, moment)
    return Scheduled(dict(found.to_dict()), found.due)


def days_in_a_row(days: Collection[date], today: date) -> int:
    """How many days with practice end today, or yesterday while today has none yet."""
    last = today if today in days else today - timedelta(days=1)
    length = 0
    while last - timedelta(days=length) in days:
        length += 1
    return length


def last_days(today: date, many: int = DAYS_SHOWN) -> list[date]:
    """The days up to today, today last."""
    return [today - timedelta(days=back) for back in range(many - 1, -1, -1)]
