"""What there is to take, and how far one has come with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy.orm import defer

from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, Learner, Quiz
from citizen.quizzes.rules.attempts import AttemptState, Taker
from citizen.quizzes.rules.quizzes import QuizKind, QuizState


def listed(now: datetime) -> Sequence[Quiz]:
    """Every quiz that is open or will open, those that close first before the rest."""
    query = (
        db.select(Quiz)
        .where(
            Quiz.state == QuizState.PUBLISHED,
            Quiz.kind != QuizKind.REVIEW,
            db.or_(Quiz.closes_at.is_(None), Quiz.closes_at > now),
        )
        .order_by(Quiz.closes_at.is_(None), Quiz.closes_at, Quiz.id)
        .options(defer(Quiz.frozen_board))
    )
    return db.session.execute(query).scalars().all()


def quiz_of(quiz_id: int) -> Quiz | None:
    """A quiz that residents may know of; None for a draft, a review quiz or none at all."""
    query = db.select(Quiz).where(Quiz.id == quiz_id, Quiz.state != QuizState.DRAFT, Quiz.kind != QuizKind.REVIEW)
    return db.session.execute(query.options(defer(Quiz.frozen_board))).scalar_one_or_none()


def unfinished(taker: Taker) -> list[tuple[Attempt, Quiz, int | None]]:
    """Attempts that wait for their taker, the latest first, each with the first question that was not seen yet."""
    ahead = (
        db.select(db.func.min(AttemptItem.position))
        .where(AttemptItem.attempt_id == Attempt.id, AttemptItem.answered_at.is_(None))
        .scalar_subquery()
    )
    query = (
        db.select(Attempt, Quiz, ahead)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Attempt.taker.in_(taker.keys), Attempt.state == AttemptState.OPEN)
        .order_by(Attempt.id.desc())
        .options(defer(Quiz.frozen_board))
    )
    return [(attempt, quiz, position) for attempt, quiz, position in db.session.execute(query)]


def taken_on(day: date, quiz_ids: Iterable[int], taker: Taker) -> dict[int, Attempt]:
    """The taker's attempts of one day at daily quizzes, by quiz."""
    query = db.select(Attempt).where(
        Attempt.quiz_id.in_(list(quiz_ids)), Attempt.taker.in_(taker.keys), Attempt.no == day.toordinal()
    )
    return {attempt.quiz_id: attempt for attempt in db.session.execute(query.order_by(Attempt.id)).scalars()}


def attempts_at(quiz_id: int, taker: Taker, *, most: int) -> Sequence[Attempt]:
    """The taker's last attempts at one quiz, the newest first."""
    query = db.select(Attempt).where(Attempt.quiz_id == quiz_id, Attempt.taker.in_(taker.keys))
    return db.session.execute(query.order_by(Attempt.id.desc()).limit(most)).scalars().all()


_UNSEEN = db.select(db.func.min(AttemptItem.position)).where(
    AttemptItem.attempt_id == db.bindparam("attempt"), AttemptItem.answered_at.is_(None)
)


def first_unseen(attempt_id: int) -> int | None:
    """The first question of an attempt that was neither answered nor skipped; None when every one was seen."""
    found: int | None = db.session.execute(_UNSEEN, {"attempt": attempt_id}).scalar()
    return found


def area_of(person_id: int) -> str | None:
    """The community that somebody's results count for, if they named one."""
    return db.session.execute(db.select(Learner.area_code).where(Learner.person_id == person_id)).scalar()
