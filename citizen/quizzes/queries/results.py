"""What may be known of an attempt once it is over, or of a question once it is closed: keys, explanations, sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased

from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, KeyCorrection, QuestionVersion, Quiz
from citizen.quizzes.queries.asking import asked_by
from citizen.quizzes.rules.attempts import MARKED, Taker
from citizen.quizzes.rules.questions import Kind
from citizen.quizzes.rules.quizzes import Feedback, QuizKind

_WORDS = tuple(f"{name}_{tongue}" for name in ("stem", "explanation", "source") for tongue in ("hans", "hant", "en"))
_COLUMNS = (
    AttemptItem.position,
    AttemptItem.version_id,
    AttemptItem.order,
    AttemptItem.answer,
    AttemptItem.right,
    QuestionVersion.kind,
    QuestionVersion.options,
    QuestionVersion.key,
    *(getattr(QuestionVersion, name) for name in _WORDS),
)
_CORRECTED = (KeyCorrection.key.label("corrected_key"), KeyCorrection.reason, KeyCorrection.decided_at)


@dataclass(frozen=True, slots=True)
class Correction:
    """What counts as right instead of a key that was wrong, why, and since when."""

    key: Sequence[str]
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """One question with everything that explains it. ``words`` has stem_, explanation_ and source_ for `localised`."""

    position: int
    version_id: int
    kind: Kind
    words: Any
    #: {"id", "hans", "hant", "en"} in the attempt's order; empty for true/false.
    options: Sequence[Mapping[str, str]]
    answer: Sequence[str] | None
    #: As it was marked; None for a question that counts for nobody, and before the attempt is marked.
    right: bool | None
    #: Ids that count as right; empty where the question counts for nobody.
    key: Sequence[str]
    correction: Correction | None
    #: Another attempt of the same taker is open and asks it: nothing of it may be told before that is handed in.
    asked_now: bool


def told(attempt: Attempt, taker: Taker) -> list[Told]:
    """Every question of an attempt that has a result, in its order; of any other attempt none."""
    query = (
        _query(attempt, taker)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(AttemptItem.attempt_id == attempt.id, Attempt.state.in_(MARKED))
    )
    return [_told(row) for row in db.session.execute(query.order_by(AttemptItem.position))]


def told_one(attempt: Attempt, taker: Taker, *, position: int) -> Told | None:
    """One question of an open attempt that explains each, once its taker closed it; None in every other case."""
    query = (
        _query(attempt, taker)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(
            AttemptItem.attempt_id == attempt.id,
            AttemptItem.position == position,
            AttemptItem.closed,
            Quiz.feedback == Feedback.EACH,
        )
    )
    row = db.session.execute(query).first()
    return _told(row) if row else None


def _query(attempt: Attempt, taker: Taker) -> Any:
    """Questions with their versions, with the last correction of each, and whether the taker is asked them elsewhere."""
    elsewhere = QuestionVersion.question_id.in_(asked_by(taker.keys, but=attempt.id))
    other = aliased(KeyCorrection)
    last = db.select(db.func.max(other.id)).where(other.version_id == AttemptItem.version_id).scalar_subquery()
    return (
        db.select(*_COLUMNS, *_CORRECTED, elsewhere.label("asked_now"))
        .join(QuestionVersion, QuestionVersion.id == AttemptItem.version_id)
        .outerjoin(KeyCorrection, KeyCorrection.id == last)
    )


def _told(row: Any) -> Told:
    by_id = {option["id"]: option for option in row.options}
    correction = Correction(row.corrected_key, row.reason, row.decided_at) if row.decided_at else None
    return Told(
        position=row.position,
        version_id=row.version_id,
        kind=Kind(row.kind),
        words=row,
        options=[by_id[id_] for id_ in row.order if id_ in by_id],
        answer=row.answer,
        right=row.right,
        key=correction.key if correction else row.key,
        correction=correction,
        asked_now=bool(row.asked_now),
    )


def corrections_of(version_ids: Iterable[int]) -> dict[int, Correction]:
    """The last correction of each version that has one."""
    correction = KeyCorrection
    query = (
        db.select(correction.version_id, correction.key, correction.reason, correction.decided_at)
        .where(correction.version_id.in_(list(version_ids)))
        .order_by(correction.id)
    )
    return {row.version_id: Correction(row.key, row.reason, row.decided_at) for row in db.session.execute(query)}


@dataclass(frozen=True, slots=True)
class Average:
    """How everybody did: mean share of right answers, 0 to 1, over ``n`` attempts."""

    share: float
    n: int


def average(quiz: Quiz, no: int) -> Average | None:
    """The mean over everybody's first attempts at a quiz, of a daily quiz over everybody's attempts of that day.

    ``no`` is the number of the attempt that it is shown beside. None where nobody has a result.
    """
    share = db.cast(Attempt.score, db.Float) / Attempt.counted
    query = db.select(db.func.avg(share), db.func.count()).where(
        Attempt.quiz_id == quiz.id, Attempt.state.in_(MARKED), Attempt.counted > 0
    )
    query = query.where(Attempt.no == no) if quiz.kind == QuizKind.DAILY else query.where(Attempt.first)
    found, n = db.session.execute(query).one()
    return Average(float(found), n) if n else None
