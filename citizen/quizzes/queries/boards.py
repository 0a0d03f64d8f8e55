"""Results for the boards. Reads stay short at a hundred thousand attempts: they walk `ix_attempts_result`, score by score."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from citizen.extensions import db
from citizen.quizzes.models import Attempt, Learner, Quiz
from citizen.quizzes.rules.attempts import MARKED, AttemptState, key_of
from citizen.quizzes.rules.boards import MOST_SHOWN, Result, Tally, best
from citizen.quizzes.rules.quizzes import QuizState

#: Attempts that are read at a time: more than a board shows, since some people tried more than once.
BLOCK = 200


def board_quiz(quiz_id: int) -> Quiz | None:
    """A quiz that has a board for everybody to see; a draft has none."""
    query = db.select(Quiz).where(Quiz.id == quiz_id, Quiz.board, Quiz.state != QuizState.DRAFT)
    return db.session.execute(query).scalar_one_or_none()


def leaders(quiz_id: int, most: int = MOST_SHOWN) -> list[Result]:
    """Everybody's best attempt, in the order of the board, of those who let their nickname be shown.

    Whoever turns up first in that order does so with their best attempt; later ones are passed over.
    """
    found: dict[int, Result] = {}
    score = _top(quiz_id, None)
    while score is not None and len(found) < most:
        for result in _with_score(quiz_id, score):
            found.setdefault(result.person_id, result)
            if len(found) == most:
                break
        score = _top(quiz_id, score)
    return list(found.values())


def _top(quiz_id: int, below: int | None) -> int | None:
    """The highest score that somebody reached, below another one."""
    tops = []
    for state in MARKED:
        query = db.select(db.func.max(Attempt.score)).where(Attempt.quiz_id == quiz_id, Attempt.state == state)
        if below is not None:
            query = query.where(Attempt.score < below)
        tops.append(db.session.execute(query).scalar())
    return max((top for top in tops if top is not None), default=None)


def _with_score(quiz_id: int, score: int) -> Iterator[Result]:
    """The attempts with one score, the earliest first, read a block at a time."""
    last: tuple[datetime, int] | None = None
    while True:
        rows = db.session.execute(block(quiz_id, score, last)).all()
        yield from (Result(*row) for row in rows)
        if len(rows) < BLOCK:
            return
        last = (rows[-1].submitted_at, rows[-1].id)


def block(quiz_id: int, score: int, last: tuple[datetime, int] | None) -> Any:
    """The query for the next attempts after ``last``. Each state follows the index by itself, then the two are merged."""
    parts = []
    for state in sorted(MARKED):
        part = (
            db.select(Attempt.person_id, Attempt.id, Attempt.score, Attempt.submitted_at)
            .join(Learner, Learner.person_id == Attempt.person_id)
            .where(
                Attempt.quiz_id == quiz_id,
                Attempt.state == state,
                Attempt.score == score,
                Learner.hidden.is_(False),
            )
            .order_by(Attempt.submitted_at, Attempt.id)
            .limit(BLOCK)
        )
        if last is not None:
            later = db.and_(Attempt.submitted_at == last[0], Attempt.id > last[1])
            part = part.where(Attempt.submitted_at >= last[0], db.or_(Attempt.submitted_at > last[0], later))
        parts.append(db.select(part.subquery()))
    both = db.union_all(*parts).subquery()
    return db.select(both).order_by(both.c.submitted_at, both.c.id).limit(BLOCK)


def best_of(quiz_id: int, person_id: int) -> Result | None:
    """The best attempt of one person, shown or not."""
    # By taker, the head of a unique index; a person's attempts at one quiz are few, so the rest is sorted out here.
    query = db.select(Attempt.person_id, Attempt.id, Attempt.score, Attempt.submitted_at, Attempt.state).where(
        Attempt.quiz_id == quiz_id, Attempt.taker == key_of(person_id)
    )
    rows = db.session.execute(query).all()
    return next(iter(best(Result(*row[:4]) for row in rows if row.state in MARKED)), None)


def rank_of(quiz_id: int, result: Result) -> int:
    """The rank that ``result`` has, or would have, among those who let their nickname be shown."""
    better = db.or_(
        Attempt.score > result.score, db.and_(Attempt.score == result.score, Attempt.submitted_at < result.second)
    )
    query = (
        db.select(db.func.count(db.distinct(Attempt.person_id)))
        .join(Learner, Learner.person_id == Attempt.person_id)
        .where(Attempt.quiz_id == quiz_id, Attempt.state.in_(MARKED), better, Learner.hidden.is_(False))
    )
    return 1 + int(db.session.execute(query).scalar_one())


def tallies(quiz_id: int) -> list[Tally]:
    """People and their best scores by community, of everybody with an account, shown or not.

    An attempt counts for the community that it was begun for, else for the one that its person names on their own page.
    """
    place = (
        db.func.row_number()
        .over(
            partition_by=Attempt.person_id,
            order_by=(Attempt.score.desc(), Attempt.submitted_at, Attempt.id),
        )
        .label("place")
    )
    own = (
        db.select(Attempt.person_id, Attempt.score, Attempt.area_code, place)
        .where(Attempt.quiz_id == quiz_id, Attempt.state.in_(MARKED), Attempt.person_id.is_not(None))
        .subquery()
    )
    area = db.func.coalesce(own.c.area_code, Learner.area_code)
    query = (
        db.select(area, db.func.count(), db.func.sum(own.c.score))
        .outerjoin(Learner, Learner.person_id == own.c.person_id)
        .where(own.c.place == 1, area.is_not(None))
        .group_by(area)
    )
    return [Tally(code, int(people), int(total)) for code, people, total in db.session.execute(query)]


def nicknames(person_ids: Collection[int]) -> dict[int, str]:
    """Nicknames of those among ``person_ids`` who let them be shown."""
    query = db.select(Learner.person_id, Learner.nickname).where(
        Learner.person_id.in_(person_ids), Learner.hidden.is_(False)
    )
    return {row.person_id: row.nickname for row in db.session.execute(query)}


def set_aside(attempt_ids: Collection[int]) -> frozenset[int]:
    """Those among ``attempt_ids`` that the office has set aside."""
    query = db.select(Attempt.id).where(Attempt.id.in_(attempt_ids), Attempt.state == AttemptState.VOID)
    return frozenset(db.session.execute(query).scalars())


def learner_of(person_id: int) -> Learner | None:
    """How the person appears on boards; none for somebody who does not."""
    return db.session.get(Learner, person_id)


def boards_of(person_id: int, most: int = 10) -> list[Quiz]:
    """Quizzes with a board that the person has a result at, the latest first."""
    latest = db.func.max(Attempt.id)
    query = (
        db.select(Quiz)
        .join(Attempt, Attempt.quiz_id == Quiz.id)
        .where(Attempt.person_id == person_id, Attempt.state.in_(MARKED), Quiz.board, Quiz.state != QuizState.DRAFT)
        .group_by(Quiz.id)
        .order_by(latest.desc())
        .limit(most)
    )
    return list(db.session.execute(query).scalars())
