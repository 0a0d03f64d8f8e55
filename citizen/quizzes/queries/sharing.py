"""What may be known of a shared result: the quiz, the score, the day. Nothing of its taker is read here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from citizen.extensions import db
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.rules.attempts import MARKED
from citizen.quizzes.rules.quizzes import QuizKind


@dataclass(frozen=True, slots=True)
class Shared:
    """A result as everybody with its address sees it. ``title_…`` are for `localised`."""

    share_id: str
    quiz_id: int
    title_hans: str
    title_hant: str
    title_en: str
    score: int
    counted: int
    submitted_at: datetime


_COLUMNS = (
    Attempt.share_id,
    Quiz.id,
    Quiz.title_hans,
    Quiz.title_hant,
    Quiz.title_en,
    Attempt.score,
    Attempt.counted,
    Attempt.submitted_at,
)


def shared(share_id: str) -> Shared | None:
    """The result behind an address; one that was taken back or set aside is as unknown as any."""
    query = (
        db.select(*_COLUMNS)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Attempt.share_id == share_id, Attempt.state.in_(MARKED))
    )
    row = db.session.execute(query).first()
    return Shared(*row) if row else None


def own(token: str, takers: Collection[str]) -> Attempt | None:
    """The attempt that its taker wants to share; none for anybody else, without a result, and for a review."""
    query = (
        db.select(Attempt)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(
            Attempt.token == token,
            Attempt.taker.in_(takers),
            Attempt.state.in_(MARKED),
            Quiz.kind != QuizKind.REVIEW,
        )
    )
    return db.session.execute(query).scalar_one_or_none()
