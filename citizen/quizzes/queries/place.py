"""An attempt with its quiz, as the pages around every question need it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import defer

from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, Quiz
from citizen.quizzes.rules.attempts import AttemptState, Taker
from citizen.quizzes.rules.quizzes import Feedback


@dataclass(frozen=True, slots=True)
class Place:
    """Where a taker is: the attempt, its quiz, and whose it is."""

    attempt: Attempt
    quiz: Quiz
    taker: Taker
    #: Questions that were neither answered nor skipped yet.
    unseen: int

    @property
    def is_open(self) -> bool:
        """Whether it was neither handed in nor set aside."""
        return self.attempt.state == AttemptState.OPEN

    @property
    def explains_each(self) -> bool:
        """Whether a question can be handed in by itself."""
        return self.quiz.feedback == Feedback.EACH

    def is_overdue(self, now: datetime) -> bool:
        """Whether its time is over although nobody has handed it in yet."""
        return self.is_open and now > self.attempt.ends_at


_UNSEEN = (
    db.select(db.func.count())
    .where(AttemptItem.attempt_id == Attempt.id, AttemptItem.answered_at.is_(None))
    .scalar_subquery()
)
#: Built once: every page of an attempt asks it, and putting it together costs more than running it.
_PLACE = (
    db.select(Attempt, Quiz, _UNSEEN)
    .join(Quiz, Quiz.id == Attempt.quiz_id)
    .where(Attempt.token == db.bindparam("token"), Attempt.taker.in_(db.bindparam("takers", expanding=True)))
    # A board of thousands of rows has no place on a page with one question.
    .options(defer(Quiz.frozen_board), defer(Quiz.blueprint))
)


def place_in(token: str, takers: Iterable[Taker]) -> Place | None:
    """The attempt behind an address with all that pages say of it, for nobody but one of ``takers``."""
    by_key = {taker.key: taker for taker in takers}
    row = db.session.execute(_PLACE, {"token": token, "takers": list(by_key)}).first() if by_key else None
    return Place(row[0], row[1], by_key[row[0].taker], int(row[2])) if row else None
