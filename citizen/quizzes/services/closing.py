"""The end of a quiz, by the clock or by hand: attempts that go on are handed in, then its board is final."""

from __future__ import annotations

from datetime import timedelta

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.extensions import db
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.queries.desk import open_ids
from citizen.quizzes.queries.drawing import grace
from citizen.quizzes.rules.attempts import AttemptState, extended, times
from citizen.quizzes.rules.publishing import Step, ensure_transition
from citizen.quizzes.rules.quizzes import QuizState
from citizen.quizzes.services.boards import freeze


def close_now(quiz: Quiz, *, by: int) -> None:
    """Close a locked quiz by hand: nobody begins it any more, attempts that go on end with the grace of the network.

    Its board is final at once when nobody is at it, else as soon as the last attempt is handed in (`close_due`). Raises
    Conflict unless it is published.
    """
    target, now = ensure_transition(Step.CLOSE, quiz.state), clock.now()
    quiz.state, quiz.version, quiz.changed_at = target, quiz.version + 1, now
    if quiz.closes_at is None or quiz.closes_at > now:
        quiz.closes_at = now
        # A quiz that would have opened only later never does.
        if quiz.opens_at is not None and quiz.opens_at >= now:
            quiz.opens_at = None
    db.session.flush()
    left = retime(quiz)
    record(
        "quiz.closed",
        "quiz",
        subject_id=quiz.id,
        actor=(by, "staff"),
        states=(QuizState.PUBLISHED, target),
        detail={"open_attempts": left},
    )
    if not left:
        _freeze(quiz)


def retime(quiz: Quiz) -> int:
    """Give every attempt that goes on the end that the quiz's closing time gives it now; returns how many there are.

    The attempts are locked in the order of their ids, after the quiz.
    """
    limit = timedelta(seconds=quiz.limit_seconds) if quiz.limit_seconds else None
    left = 0
    for id_ in open_ids(quiz.id):
        attempt = locked(Attempt, Attempt.id == id_, Attempt.state == AttemptState.OPEN)
        if attempt is None:
            continue  # handed in between the look and the lock
        if attempt.extended and limit is not None:
            found = extended(attempt.started_at, limit, grace=grace(), closes_at=quiz.closes_at)
        else:
            found = times(attempt.started_at, limit=limit, grace=grace(), closes_at=quiz.closes_at)
        attempt.limit_at, attempt.ends_at = found.limit_at, found.ends_at
        left += 1
    db.session.flush()
    return left


def close_due(quiz_id: int) -> bool:
    """Close a quiz whose time and grace are over, and make its board final; False while attempts still go on.

    Doing it twice changes nothing more: a final board stays as it is.
    """
    quiz, now = locked(Quiz, Quiz.id == quiz_id), clock.now()
    if quiz is None or quiz.closes_at is None or quiz.closes_at > now - grace() or open_ids(quiz.id):
        return False
    if quiz.state == QuizState.PUBLISHED:
        quiz.state, quiz.version, quiz.changed_at = QuizState.CLOSED, quiz.version + 1, now
        record("quiz.closed", "quiz", subject_id=quiz.id, states=(QuizState.PUBLISHED, QuizState.CLOSED))
        db.session.flush()
    if quiz.state == QuizState.CLOSED:
        _freeze(quiz)
    return True


def _freeze(quiz: Quiz) -> None:
    if quiz.board and quiz.frozen_board is None:
        freeze(quiz)
        db.session.flush()
