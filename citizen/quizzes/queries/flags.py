"""What the search for odd attempts reads, and what a person reads who decides about a flag."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select

from citizen.certificates.models import Certificate
from citizen.core.audit import Event
from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptFlag, AttemptItem, QuestionVersion, Quiz
from citizen.quizzes.queries.desk import BIGGEST_ID
from citizen.quizzes.rules.attempts import MARKED
from citizen.quizzes.rules.flags import CROWD, MOST_COMPARED, FlagState, Sheet
from citizen.quizzes.rules.quizzes import QuizKind

PAGE = 40
#: The event that says why an attempt was set aside.
SET_ASIDE = "attempt.set_aside"


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast one attempt was, and what came of it."""

    attempt_id: int
    size: int
    score: int
    counted: int
    seconds: tuple[int, ...]


def challenges_since(moment: datetime) -> list[int]:
    """Challenges at which somebody got a result since ``moment``."""
    query = (
        db.select(Attempt.quiz_id)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Quiz.kind == QuizKind.CHALLENGE, Attempt.state.in_(sorted(MARKED)), Attempt.submitted_at >= moment)
        .distinct()
    )
    return sorted(db.session.execute(query).scalars())


def speeds(quiz_id: int, *, since: datetime) -> list[Speed]:
    """The measured seconds of every attempt at a quiz that got its result since ``since``."""
    item = AttemptItem
    query = (
        db.select(Attempt.id, Attempt.size, Attempt.score, Attempt.counted, item.seconds)
        .join(item, item.attempt_id == Attempt.id)
        .where(
            Attempt.quiz_id == quiz_id,
            Attempt.state.in_(sorted(MARKED)),
            Attempt.submitted_at >= since,
            item.seconds.is_not(None),
        )
        .order_by(Attempt.id)
    )
    found: dict[int, tuple[int, int, int, list[int]]] = {}
    for id_, size, score, counted, seconds in db.session.execute(query):
        found.setdefault(id_, (size, score or 0, counted or 0, []))[3].append(seconds or 0)
    return [Speed(id_, size, score, counted, tuple(seconds)) for id_, (size, score, counted, seconds) in found.items()]


def crowds(quiz_id: int, *, since: datetime) -> list[tuple[int, list[int]]]:
    """(people, attempts) of every device from which too many takers came to a quiz since ``since``.

    The mark of a device changes every day, so that the same mark always means the same day.
    """
    marked = (Attempt.quiz_id == quiz_id, Attempt.state.in_(sorted(MARKED)), Attempt.submitted_at >= since)
    people = db.func.count(Attempt.taker.distinct())
    crowded = (
        db.select(Attempt.device, people)
        .where(*marked, Attempt.device != "")
        .group_by(Attempt.device)
        .having(people >= CROWD)
    )
    found = []
    for device, n in db.session.execute(crowded):
        ids = db.select(Attempt.id).where(*marked, Attempt.device == device).order_by(Attempt.id)
        found.append((n, list(db.session.execute(ids).scalars())))
    return found


def sheets(quiz_id: int) -> list[Sheet]:
    """What was answered in the latest marked attempts at a quiz, at most `MOST_COMPARED`."""
    latest = (
        db.select(Attempt.id)
        .where(Attempt.quiz_id == quiz_id, Attempt.state.in_(sorted(MARKED)))
        .order_by(Attempt.id.desc())
        .limit(MOST_COMPARED)
        .subquery()
    )
    item = AttemptItem
    query = (
        db.select(Attempt.id, Attempt.taker, item.version_id, item.answer, item.right)
        .join(item, item.attempt_id == Attempt.id)
        .where(Attempt.id.in_(db.select(latest.c.id)), item.answer.is_not(None), item.right.is_not(None))
        .order_by(Attempt.id)
    )
    found: dict[int, tuple[str, dict[int, tuple[tuple[str, ...], bool]]]] = {}
    for id_, taker, version_id, answer, right in db.session.execute(query):
        if answer:
            found.setdefault(id_, (taker, {}))[1][version_id] = (tuple(answer), bool(right))
    return [Sheet(id_, taker, answers) for id_, (taker, answers) in found.items()]


def by_state() -> dict[str, int]:
    """How many flags stand where."""
    query = db.select(AttemptFlag.state, db.func.count()).group_by(AttemptFlag.state)
    return {row[0]: row[1] for row in db.session.execute(query)}


def flags(state: FlagState, *, before: int | None = None) -> list[tuple[AttemptFlag, Attempt, Quiz]]:
    """One page of flags, the newest first, and one more where there is a next page."""
    query = _flagged().where(AttemptFlag.state == state)
    if before is not None:
        query = query.where(AttemptFlag.id < before)
    rows = db.session.execute(query.order_by(AttemptFlag.id.desc()).limit(PAGE + 1))
    return [(flag, attempt, quiz) for flag, attempt, quiz in rows]


def flag_of(flag_id: int) -> tuple[AttemptFlag, Attempt, Quiz]:
    """One flag with its attempt and quiz; raises NotFound."""
    query = _flagged().where(AttemptFlag.id == min(flag_id, BIGGEST_ID))
    row = db.session.execute(query).first()
    if row is None:
        raise NotFound()
    flag, attempt, quiz = row
    return flag, attempt, quiz


def flags_of(attempt_id: int) -> list[AttemptFlag]:
    """Every flag of an attempt, the oldest first."""
    query = db.select(AttemptFlag).where(AttemptFlag.attempt_id == attempt_id).order_by(AttemptFlag.id)
    return list(db.session.execute(query).scalars())


def attempt_with_quiz(attempt_id: int) -> tuple[Attempt, Quiz]:
    """An attempt and its quiz; raises NotFound."""
    query = db.select(Attempt, Quiz).join(Quiz, Quiz.id == Attempt.quiz_id)
    row = db.session.execute(query.where(Attempt.id == min(attempt_id, BIGGEST_ID))).first()
    if row is None:
        raise NotFound()
    attempt, quiz = row
    return attempt, quiz


def answers(attempt_id: int) -> list[tuple[AttemptItem, QuestionVersion]]:
    """What was asked and answered, in order."""
    query = (
        db.select(AttemptItem, QuestionVersion)
        .join(QuestionVersion, QuestionVersion.id == AttemptItem.version_id)
        .where(AttemptItem.attempt_id == attempt_id)
        .order_by(AttemptItem.position)
    )
    return [(item, version) for item, version in db.session.execute(query)]


def why_set_aside(attempt_id: int) -> str:
    """The words that the taker reads about an attempt that was set aside; empty for any other."""
    query = (
        db.select(Event.detail)
        .where(Event.subject == "attempt", Event.subject_id == attempt_id, Event.action == SET_ASIDE)
        .order_by(Event.id.desc())
        .limit(1)
    )
    detail = db.session.execute(query).scalar()
    return str((detail or {}).get("reason", ""))


def still_holds(number: str) -> bool:
    """Whether nobody has revoked the certificate with this number."""
    query = db.select(Certificate.id).where(Certificate.number == number, Certificate.revoked_at.is_(None))
    return db.session.execute(query).first() is not None


def _flagged() -> Select[AttemptFlag, Attempt, Quiz]:
    query: Select[AttemptFlag, Attempt, Quiz] = (
        db.select(AttemptFlag, Attempt, Quiz)
        .join(Attempt, Attempt.id == AttemptFlag.attempt_id)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
    )
    return query
