"""How people answered: the samples behind a version's statistics, the table of all of them, and one quiz."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased

from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, BankQuestion, QuestionVersion, Quiz, VersionStatistics
from citizen.quizzes.rules.attempts import MARKED
from citizen.quizzes.rules.quizzes import QuizKind
from citizen.quizzes.rules.statistics import MOST_SAMPLES, Sample, rest_share

#: Statistics that must be computed again whatever has come since carry this moment.
STALE = datetime(2000, 1, 1, tzinfo=UTC)
#: So far back the hourly job looks for new results, and so much earlier than its last run: a result that was being
#: written then bears an earlier moment.
LOOK_BACK, OVERLAP = timedelta(days=31), timedelta(hours=2)


def teaches() -> ColumnElement[bool]:
    """Attempts that say something of questions: first ones with a result that was not set aside.

    Of a daily quiz these are all, since every day asks others; that a question came up before is looked at by itself.
    """
    found: ColumnElement[bool] = db.and_(Attempt.first.is_(True), Attempt.state.in_(sorted(MARKED)))
    return found


def samples(version_id: int) -> list[Sample]:
    """The latest first attempts that held the version, at most `MOST_SAMPLES`; of a daily quiz only those whose taker
    had not met the question before."""
    item = AttemptItem
    query = (
        db.select(
            item.right, item.answer, item.seconds, Attempt.score, Attempt.counted, Attempt.id, Attempt.taker, Quiz.kind
        )
        .join(Attempt, Attempt.id == item.attempt_id)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(item.version_id == version_id, teaches())
        .order_by(item.attempt_id.desc())
        .limit(MOST_SAMPLES)
    )
    rows = db.session.execute(query).all()
    met = _first_met(version_id) if any(row.kind == QuizKind.DAILY for row in rows) else {}
    return [
        Sample(row.right, tuple(row.answer or ()), row.seconds, _rest(row))
        for row in rows
        if row.kind != QuizKind.DAILY or met[row.taker] == row.id
    ]


def _rest(row: Any) -> float | None:
    return rest_share(row.score or 0, row.counted or 0, right=row.right)


def _first_met(version_id: int) -> dict[str, int]:
    """Taker → the attempt in which they met the question of a version for the first time, in whichever version."""
    other = aliased(QuestionVersion)
    query = (
        db.select(Attempt.taker, db.func.min(Attempt.id))
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .join(other, other.id == AttemptItem.version_id)
        .join(QuestionVersion, QuestionVersion.question_id == other.question_id)
        .where(QuestionVersion.id == version_id)
        .group_by(Attempt.taker)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def due(now: datetime) -> list[int]:
    """Versions with results that their statistics do not know yet."""
    item, known = AttemptItem, VersionStatistics
    last = (
        db.select(item.version_id, db.func.max(Attempt.submitted_at).label("last"))
        .join(Attempt, Attempt.id == item.attempt_id)
        .where(teaches(), Attempt.submitted_at >= now - LOOK_BACK)
        .group_by(item.version_id)
    )
    rows = db.session.execute(db.select(known.version_id, known.computed_at))
    computed = {row[0]: row[1] for row in rows}
    found = {id_ for id_, moment in computed.items() if moment == STALE}
    for version_id, moment in db.session.execute(last):
        if version_id not in computed or moment > computed[version_id] - OVERLAP:
            found.add(version_id)
    return sorted(found | _never_computed())


def _never_computed() -> set[int]:
    version, item = QuestionVersion, AttemptItem
    met = (
        db.select(item.attempt_id)
        .join(Attempt, Attempt.id == item.attempt_id)
        .where(item.version_id == version.id, teaches())
    )
    query = (
        db.select(version.id)
        .outerjoin(VersionStatistics, VersionStatistics.version_id == version.id)
        .where(VersionStatistics.version_id.is_(None), met.exists())
    )
    return set(db.session.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class Known:
    """One row of the table: numbers only, so that all of them can be sorted at once."""

    version_id: int
    code: str
    number: int
    topic: str
    n: int
    right: int
    discrimination: float | None
    seconds: float | None
    doubts: tuple[str, ...]
    computed_at: datetime

    @property
    def facility(self) -> float | None:
        """The share that was right."""
        return self.right / self.n if self.n else None


def known() -> list[Known]:
    """The statistics of every version that has some."""
    stats, version = VersionStatistics, QuestionVersion
    query = (
        db.select(
            stats.version_id,
            BankQuestion.code,
            version.number,
            version.topic,
            stats.n,
            stats.right,
            stats.discrimination,
            stats.seconds,
            stats.doubts,
            stats.computed_at,
        )
        .join(version, version.id == stats.version_id)
        .join(BankQuestion, BankQuestion.id == version.question_id)
        .order_by(BankQuestion.code, version.number)
    )
    return [Known(**{**row, "doubts": tuple(row["doubts"])}) for row in db.session.execute(query).mappings()]


def versions(ids: Collection[int]) -> dict[int, QuestionVersion]:
    """The versions behind a page of rows."""
    query = db.select(QuestionVersion).where(QuestionVersion.id.in_(sorted(ids)))
    return {version.id: version for version in db.session.execute(query).scalars()}


def codes(ids: Collection[int]) -> dict[int, str]:
    """Version → the code of its question."""
    query = db.select(QuestionVersion.id, BankQuestion.code).join(
        BankQuestion, BankQuestion.id == QuestionVersion.question_id
    )
    return {row[0]: row[1] for row in db.session.execute(query.where(QuestionVersion.id.in_(sorted(ids))))}


def scores(quiz_id: int) -> list[tuple[int, int]]:
    """(right answers, how many first attempts had so many) of a quiz."""
    query = (
        db.select(Attempt.score, db.func.count())
        .where(Attempt.quiz_id == quiz_id, teaches(), Attempt.score.is_not(None))
        .group_by(Attempt.score)
        .order_by(Attempt.score)
    )
    return [(score or 0, n) for score, n in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Met:
    """How first attempts at one quiz met one version."""

    version_id: int
    n: int
    right: int


def met_in(quiz_id: int) -> list[Met]:
    """Every version that first attempts at a quiz held, the hardest first; each taker's first meeting with it only."""
    item = AttemptItem
    turn = db.func.row_number().over(partition_by=(Attempt.taker, item.version_id), order_by=Attempt.id)
    held = (
        db.select(item.version_id, item.right, turn.label("turn"))
        .join(Attempt, Attempt.id == item.attempt_id)
        .where(Attempt.quiz_id == quiz_id, teaches())
        .subquery()
    )
    right = db.func.coalesce(db.func.sum(db.case((held.c.right.is_(True), 1), else_=0)), 0)
    query: Any = (
        db.select(held.c.version_id, db.func.count(), right).where(held.c.turn == 1).group_by(held.c.version_id)
    )
    found = [Met(*row) for row in db.session.execute(query)]
    return sorted(found, key=lambda row: (row.right / row.n, row.version_id))
