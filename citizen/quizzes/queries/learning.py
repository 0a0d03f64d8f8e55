"""What one person has practised, what is due again, and the book of what they got wrong."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import defer

from citizen.core import clock
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion, Quiz, ReviewCard
from citizen.quizzes.queries.asking import asked_by
from citizen.quizzes.queries.drawing import grace
from citizen.quizzes.queries.keys import voided
from citizen.quizzes.rules.attempts import MARKED, AttemptState, key_of
from citizen.quizzes.rules.learning import LEAVES_AFTER
from citizen.quizzes.rules.questions import VersionState
from citizen.quizzes.rules.quizzes import Feedback, QuizKind, QuizState

#: What a page of the book lists.
PAGE = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A card with the wording to show: the one that is asked now, else the last that was."""

    card: ReviewCard
    version: QuestionVersion
    #: It stands in an attempt that is open, so its answer is not for now.
    asked_now: bool


def review_quiz() -> Quiz | None:
    """The quiz of all reviews; none before the first."""
    query = db.select(Quiz).where(Quiz.kind == QuizKind.REVIEW).order_by(Quiz.id).limit(1)
    return db.session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def asked_now(keys: Collection[str]) -> frozenset[int]:
    """Questions of the open attempts under ``keys``: whatever tells their answers has to wait."""
    return frozenset(db.session.execute(asked_by(keys)).scalars())


def _keys(person_id: int, also: Collection[str]) -> tuple[str, ...]:
    return (key_of(person_id), *also)


def _sealed(person_id: int, also: Collection[str]) -> Any:
    """Questions of quizzes that tell nothing before they close, and where answers still count; see `rules.quizzes.tells`.

    An attempt that the office set aside opens nothing: others still answer.
    """
    silent = db.select(Quiz.id).where(
        Quiz.feedback == Feedback.CLOSE,
        db.or_(
            Quiz.closes_at >= clock.now() - grace(), db.and_(Quiz.closes_at.is_(None), Quiz.state != QuizState.CLOSED)
        ),
    )
    return (
        db.select(QuestionVersion.question_id)
        .join(AttemptItem, AttemptItem.version_id == QuestionVersion.id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(
            # The head of an index: quizzes that keep silent are few, and so are one taker's attempts at each.
            Attempt.quiz_id.in_(silent),
            Attempt.taker.in_(_keys(person_id, also)),
            Attempt.state != AttemptState.OPEN,
        )
    )


def has_sealed(person_id: int, also: Collection[str] = ()) -> bool:
    """Whether questions are kept back until their quiz closes."""
    return db.session.execute(_sealed(person_id, also).limit(1)).first() is not None


def _due(person_id: int, also: Collection[str]) -> Any:
    """Cards that a review may ask now, with the version it would ask."""
    today, version = clock.today(), QuestionVersion
    return (
        db.select(version.id)
        .join(ReviewCard, ReviewCard.question_id == version.question_id)
        .where(
            ReviewCard.person_id == person_id,
            ReviewCard.due_at <= clock.now(),
            ReviewCard.right_since < LEAVES_AFTER,
            version.state == VersionState.READY,
            db.or_(version.valid_from.is_(None), version.valid_from <= today),
            db.or_(version.valid_to.is_(None), version.valid_to >= today),
            version.id.not_in(voided()),
            ReviewCard.question_id.not_in(asked_by(_keys(person_id, also))),
            ReviewCard.question_id.not_in(_sealed(person_id, also)),
        )
    )


def due_versions(person_id: int, also: Collection[str] = (), *, most: int) -> list[int]:
    """Versions to ask now, those that wait longest first; none that an open attempt asks or that is still secret."""
    query = _due(person_id, also).order_by(ReviewCard.due_at, ReviewCard.id).limit(most)
    return list(db.session.execute(query).scalars())


def due_count(person_id: int, also: Collection[str] = ()) -> int:
    """How many questions a review could ask now."""
    query = db.select(db.func.count()).select_from(_due(person_id, also).subquery())
    return int(db.session.execute(query).scalar_one())


@dataclass(frozen=True, slots=True)
class Past:
    """How one answer of an attempt that is over is judged, and when it was handed in."""

    right: bool
    moment: datetime


def tells_of_memory() -> ColumnElement[bool]:
    """Answers that show what somebody remembers: those that count, but for what the clock handed in unseen.

    Whoever hands in leaves a question empty because they do not know it; the clock says nothing of the kind.
    """
    found: ColumnElement[bool] = db.and_(
        AttemptItem.right.is_not(None),
        db.or_(Attempt.state != AttemptState.EXPIRED, AttemptItem.answered_at.is_not(None)),
    )
    return found


def answers_to(question_id: int, people: Collection[int]) -> dict[int, list[Past]]:
    """Person → every answer of theirs to a question, in whichever version, in the order of handing in."""
    query = (
        db.select(Attempt.person_id, AttemptItem.right, Attempt.submitted_at)
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .join(QuestionVersion, QuestionVersion.id == AttemptItem.version_id)
        .where(
            QuestionVersion.question_id == question_id,
            Attempt.person_id.in_(list(people)),
            Attempt.submitted_at.is_not(None),
            tells_of_memory(),
        )
        .order_by(Attempt.submitted_at, Attempt.id)
    )
    found: dict[int, list[Past]] = {}
    for person_id, right, moment in db.session.execute(query):
        found.setdefault(person_id, []).append(Past(right, moment))
    return found


def next_due(person_id: int, also: Collection[str] = ()) -> datetime | None:
    """When the next question comes back; none when nothing waits."""
    query = db.select(db.func.min(ReviewCard.due_at)).where(
        ReviewCard.person_id == person_id,
        ReviewCard.due_at > clock.now(),
        ReviewCard.right_since < LEAVES_AFTER,
        ReviewCard.question_id.not_in(_sealed(person_id, also)),
    )
    return db.session.execute(query).scalar()


def book(
    person_id: int, also: Collection[str] = (), *, learned: bool, topic: str | None = None, page: int = 1
) -> tuple[list[Entry], bool]:
    """A page of the book, or of what has left it, the latest mistakes first; and whether more follow."""
    query = _book(person_id, also, learned=learned)
    if topic is not None:
        query = query.where(QuestionVersion.topic == topic)
    query = query.order_by(ReviewCard.last_wrong_at.desc(), ReviewCard.id.desc())
    rows = db.session.execute(query.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    hidden = asked_now(_keys(person_id, also))
    entries = [Entry(card, version, card.question_id in hidden) for card, version in rows[:PAGE]]
    return entries, len(rows) > PAGE


def _book(person_id: int, also: Collection[str], *, learned: bool) -> Any:
    shown = db.aliased(QuestionVersion)
    # The version that is ready, else the highest number that ever was.
    wording = (
        db.select(shown.id)
        .where(shown.question_id == ReviewCard.question_id, shown.state.in_([VersionState.READY, VersionState.RETIRED]))
        .order_by((shown.state == VersionState.READY).desc(), shown.number.desc())
        .limit(1)
        .correlate(ReviewCard)
        .scalar_subquery()
    )
    left = ReviewCard.right_since >= LEAVES_AFTER
    return (
        db.select(ReviewCard, QuestionVersion)
        .join(QuestionVersion, QuestionVersion.id == wording)
        .where(
            ReviewCard.person_id == person_id,
            left if learned else ~left,
            ReviewCard.question_id.not_in(_sealed(person_id, also)),
        )
    )


def topic_counts(person_id: int, also: Collection[str] = (), *, learned: bool) -> dict[str, int]:
    """How many questions of each topic the book holds."""
    rows = _book(person_id, also, learned=learned).with_only_columns(QuestionVersion.topic, db.func.count())
    return {code: int(n) for code, n in db.session.execute(rows.group_by(QuestionVersion.topic))}


def card_of(person_id: int, card_id: int, also: Collection[str] = ()) -> Entry | None:
    """One card of the person's own."""
    for learned in (False, True):
        row = db.session.execute(_book(person_id, also, learned=learned).where(ReviewCard.id == card_id)).first()
        if row is not None:
            return Entry(row[0], row[1], row[0].question_id in asked_now(_keys(person_id, also)))
    return None


def answered_at(person_id: int, since: datetime) -> list[datetime]:
    """When each attempt that ended since got its last answer; one that was never answered is no practice."""
    query = (
        db.select(db.func.max(AttemptItem.answered_at))
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.person_id == person_id, Attempt.submitted_at >= since, Attempt.state.in_(MARKED))
        .where(AttemptItem.answered_at.is_not(None))
        .group_by(Attempt.id)
    )
    return list(db.session.execute(query).scalars())


def ended(person_id: int, *, before: int | None, most: int) -> Sequence[tuple[Attempt, Quiz]]:
    """The person's attempts that are over, those that were set aside too, the latest first; ``before`` an id."""
    query = (
        db.select(Attempt, Quiz)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Attempt.person_id == person_id, Attempt.state != AttemptState.OPEN)
        .options(defer(Quiz.frozen_board), defer(Quiz.blueprint))
    )
    if before is not None:
        query = query.where(Attempt.id < before)
    return [(attempt, quiz) for attempt, quiz in db.session.execute(query.order_by(Attempt.id.desc()).limit(most))]


def begun(person_id: int) -> Sequence[tuple[Attempt, Quiz]]:
    """The person's attempts that wait for them, the latest first."""
    query = (
        db.select(Attempt, Quiz)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Attempt.person_id == person_id, Attempt.state == AttemptState.OPEN)
        .options(defer(Quiz.frozen_board), defer(Quiz.blueprint))
    )
    return [(attempt, quiz) for attempt, quiz in db.session.execute(query.order_by(Attempt.id.desc()))]
