"""What a person got wrong comes back: cards written when an attempt is marked, and the review that asks them again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from itertools import dropwhile
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects import postgresql, sqlite

from citizen.core import clock
from citizen.core.content import Words
from citizen.core.database import locked
from citizen.core.errors import Conflict, Forbidden, NotFound
from citizen.departments.models import ContentStamp
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion, Quiz, ReviewCard
from citizen.quizzes.queries import learning as queries
from citizen.quizzes.queries import taking
from citizen.quizzes.rules import learning as rules
from citizen.quizzes.rules.attempts import Taker
from citizen.quizzes.rules.quizzes import Feedback, QuizKind, QuizState
from citizen.quizzes.services.attempts import attempt_marked, begin

_TITLE = Words.of("错题重做", "Once more")


def remember(attempt: Attempt) -> None:
    """Write down what the attempt shows of its person: a wrong answer makes or moves a card, a right one moves a card.

    Nothing is kept of visitors, nor of questions that count for nobody. Call it once for each attempt, in the transaction
    that marks it. Attempts of one person may end at the same time: whoever comes second waits for the first one's cards.
    """
    if attempt.person_id is None:
        return
    query = (
        db.select(QuestionVersion.question_id, AttemptItem.right)
        .join(AttemptItem, AttemptItem.version_id == QuestionVersion.id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(AttemptItem.attempt_id == attempt.id, queries.tells_of_memory())
    )
    results: dict[int, bool] = {}
    for question_id, right in db.session.execute(query):
        results[question_id] = right and results.get(question_id, True)
    moment = attempt.submitted_at or clock.now()
    _make_missing(attempt.person_id, [id_ for id_, right in results.items() if not right], moment)
    _move(attempt.person_id, results, moment)


attempt_marked.connect(remember)


def _make_missing(person_id: int, question_ids: list[int], moment: datetime) -> None:
    """An empty card for each question that has none; in the order of ids, so that two writers never wait for each other."""
    if not question_ids:
        return
    insert = (postgresql if db.engine.dialect.name == "postgresql" else sqlite).insert(ReviewCard)
    empty = {
        "person_id": person_id,
        "card": {},
        "due_at": moment,
        "times_wrong": 0,
        "right_since": 0,
        "last_wrong_at": moment,
        "changed_at": moment,
    }
    rows = [{**empty, "question_id": id_} for id_ in sorted(question_ids)]
    db.session.execute(insert.on_conflict_do_nothing(index_elements=["person_id", "question_id"]), rows)


def _move(person_id: int, results: Mapping[int, bool], moment: datetime) -> None:
    query = (
        db.select(ReviewCard)
        .where(ReviewCard.person_id == person_id, ReviewCard.question_id.in_(list(results)))
        .order_by(ReviewCard.question_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for card in db.session.execute(query).scalars():
        _answer(card, right=results[card.question_id], moment=moment)
    db.session.flush()


def _answer(card: ReviewCard, *, right: bool, moment: datetime) -> None:
    moved = rules.scheduled(card.card or None, right=right, day_begins=first_moment(moment), number=card.question_id)
    card.card, card.due_at, card.changed_at = moved.card, moved.due_at, max(moment, card.changed_at)
    card.right_since = card.right_since + 1 if right else 0
    if not right:
        card.times_wrong += 1
        card.last_wrong_at = max(moment, card.last_wrong_at)


def relearn(question_id: int, turned: Mapping[int, bool]) -> None:
    """Work the cards of a question out again from every answer as it is judged now; who was never wrong has none.

    ``turned`` are the people one of whose answers is judged otherwise than before, and whether one of these is wrong now:
    only that brings back a card that its owner took out of the book.
    """
    past = queries.answers_to(question_id, list(turned))
    for person_id in sorted(turned):
        answers = list(dropwhile(lambda answer: answer.right, past.get(person_id, [])))
        if answers and turned[person_id]:
            _make_missing(person_id, [question_id], answers[0].moment)
        card = locked(ReviewCard, ReviewCard.person_id == person_id, ReviewCard.question_id == question_id)
        if card is None:
            continue
        if not answers:
            db.session.delete(card)
            continue
        card.card, card.times_wrong, card.right_since = {}, 0, 0
        card.last_wrong_at = card.changed_at = answers[0].moment
        for answer in answers:
            _answer(card, right=answer.right, moment=answer.moment)
    db.session.flush()


def first_moment(moment: datetime) -> datetime:
    """When the county's day of ``moment`` begins."""
    return _midnight(clock.local(moment).date())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.COUNTY_ZONE)


def forget(person_id: int, card_id: int) -> None:
    """Take a question out of the book; a wrong answer brings it back. Raises NotFound for another's card."""
    card = locked(ReviewCard, ReviewCard.id == card_id, ReviewCard.person_id == person_id)
    if card is None:
        raise NotFound()
    db.session.delete(card)
    db.session.flush()


def begin_review(taker: Taker) -> Attempt:
    """An attempt at the questions that are due today, at most ten, or the review that the person has open.

    Raises Forbidden without an account, Conflict when nothing is due, `AlreadyBegun` when another tab was faster.
    """
    if taker.person_id is None:
        raise Forbidden()
    quiz = review_quiz()
    going_on = taking.open_attempt(quiz.id, taker)
    if going_on is not None:
        return going_on
    versions = queries.due_versions(taker.person_id, taker.also, most=rules.MOST_AT_ONCE)
    if not versions:
        raise Conflict(_l("Nothing is due today."))
    made = taking.made(quiz.id, taker)
    return begin(quiz, taker, versions=versions, number=made.last + 1, made=made.many)


def review_quiz() -> Quiz:
    """The one quiz that all reviews are attempts of, made on first use.

    No constraint can say "one of this kind", so whoever finds none takes the lock of the county's one stamp, which every site
    has, and looks again.
    """
    found = queries.review_quiz()
    if found is None:
        locked(ContentStamp, ContentStamp.id == 1)
        found = queries.review_quiz() or _new_review_quiz()
    return found


def _new_review_quiz() -> Quiz:
    now = clock.now()
    values: dict[str, Any] = {"kind": QuizKind.REVIEW, "state": QuizState.PUBLISHED, "feedback": Feedback.EACH}
    quiz = Quiz(
        **values,
        title_hans=_TITLE.hans,
        title_hant=_TITLE.hant,
        title_en=_TITLE.en,
        blueprint=[],
        size=0,
        account_needed=True,
        created_at=now,
        changed_at=now,
    )
    db.session.add(quiz)
    db.session.flush()
    return quiz
