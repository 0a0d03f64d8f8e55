"""What the desk for quizzes lists, and which quizzes wait for their closing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from citizen.core.content import Words
from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.rules.attempts import MARKED, AttemptState
from citizen.quizzes.rules.publishing import Draft
from citizen.quizzes.rules.quizzes import Feedback, Part, QuizKind, QuizState

BIGGEST_ID = 2**31 - 1
PAGE = 40


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a quiz so far; attempts that were set aside are left out."""

    marked: int = 0
    #: Of those marked, how many could pass, and how many did.
    judged: int = 0
    passed: int = 0
    open: int = 0


def quiz_of(quiz_id: int) -> Quiz:
    """A quiz of the desk; raises NotFound, also for the one that holds everybody's reviews."""
    quiz = db.session.get(Quiz, quiz_id) if quiz_id <= BIGGEST_ID else None
    if quiz is None or quiz.kind == QuizKind.REVIEW:
        raise NotFound()
    return quiz


def by_state() -> dict[str, int]:
    """How many quizzes stand where."""
    query = db.select(Quiz.state, db.func.count()).where(Quiz.kind != QuizKind.REVIEW).group_by(Quiz.state)
    return {row[0]: row[1] for row in db.session.execute(query)}


def quizzes(state: QuizState, *, before: int | None = None) -> list[Quiz]:
    """One page of the quizzes in ``state``, the newest first, and one more where there is a next page."""
    query = db.select(Quiz).where(Quiz.state == state, Quiz.kind != QuizKind.REVIEW)
    if before is not None:
        query = query.where(Quiz.id < before)
    return list(db.session.execute(query.order_by(Quiz.id.desc()).limit(PAGE + 1)).scalars())


def tallies(quiz_ids: Collection[int]) -> dict[int, Tally]:
    """What came of each of these quizzes."""
    counts: dict[int, dict[str, int]] = {id_: {} for id_ in quiz_ids}
    query = (
        db.select(Attempt.quiz_id, Attempt.state, Attempt.passed, db.func.count())
        .where(Attempt.quiz_id.in_(sorted(counts)))
        .group_by(Attempt.quiz_id, Attempt.state, Attempt.passed)
    )
    for quiz_id, state, passed, n in db.session.execute(query):
        found = counts[quiz_id]
        if state == AttemptState.OPEN:
            found["open"] = found.get("open", 0) + n
        elif state in MARKED:
            found["marked"] = found.get("marked", 0) + n
            found["judged"] = found.get("judged", 0) + (n if passed is not None else 0)
            found["passed"] = found.get("passed", 0) + (n if passed else 0)
    return {id_: Tally(**found) for id_, found in counts.items()}


def begun(quiz_id: int) -> int:
    """How many attempts there are, whatever became of them."""
    query = db.select(db.func.count()).where(Attempt.quiz_id == quiz_id)
    return int(db.session.execute(query).scalar_one())


def open_ids(quiz_id: int) -> list[int]:
    """Attempts that are going on, in the order in which they are locked."""
    query = db.select(Attempt.id).where(Attempt.quiz_id == quiz_id, Attempt.state == AttemptState.OPEN)
    return list(db.session.execute(query.order_by(Attempt.id)).scalars())


def parts_of(quiz: Quiz) -> tuple[Part, ...]:
    """The blueprint of a stored quiz."""
    return tuple(Part(part["topic"], part["difficulty"], part["n"]) for part in quiz.blueprint)


def draft_of(quiz: Quiz) -> Draft:
    """Everything that the office said of a stored quiz."""
    return Draft(
        kind=QuizKind(quiz.kind),
        title=Words(quiz.title_hans, quiz.title_hant, quiz.title_en),
        intro=Words(quiz.intro_hans, quiz.intro_hant, quiz.intro_en),
        parts=parts_of(quiz),
        feedback=Feedback(quiz.feedback),
        limit_seconds=quiz.limit_seconds,
        pass_mark=quiz.pass_mark,
        attempts_allowed=quiz.attempts_allowed,
        opens_at=quiz.opens_at,
        closes_at=quiz.closes_at,
        account_needed=quiz.account_needed,
        certificate=quiz.certificate,
        board=quiz.board,
    )


def to_close(now: datetime, *, grace: timedelta, most: int) -> list[int]:
    """Quizzes whose time and its grace are over but which are not closed, or whose board is not final yet."""
    waits = db.or_(
        Quiz.state == QuizState.PUBLISHED,
        db.and_(Quiz.state == QuizState.CLOSED, Quiz.board.is_(True), Quiz.frozen_board.is_(None)),
    )
    query = db.select(Quiz.id).where(Quiz.closes_at <= now - grace, waits).order_by(Quiz.closes_at).limit(most)
    return list(db.session.execute(query).scalars())
