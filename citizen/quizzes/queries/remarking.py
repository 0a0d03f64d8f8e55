"""Which attempts a corrected key would touch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from citizen.certificates.models import Certificate
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, KeyCorrection, Quiz
from citizen.quizzes.rules.attempts import MARKED, AttemptState
from citizen.quizzes.rules.remarking import Held

CHUNK = 1_000


def held(version_id: int, *, until: datetime) -> Iterator[Held]:
    """Every marked attempt with the version that was handed in up to ``until``; read in chunks."""
    item = AttemptItem
    query = (
        db.select(item.answer, item.right, Attempt.score, Attempt.counted, Attempt.size, Attempt.passed, Quiz.pass_mark)
        .join(Attempt, Attempt.id == item.attempt_id)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(item.version_id == version_id, Attempt.state.in_(sorted(MARKED)), Attempt.submitted_at <= until)
    )
    for answer, right, score, counted, size, passed, pass_mark in db.session.execute(query).yield_per(CHUNK):
        yield Held(answer, right, score or 0, counted or 0, size, passed, pass_mark)


def marked_ids(version_id: int, *, after: int, most: int, since: datetime | None = None) -> list[int]:
    """Marked attempts with the version whose id is above ``after``, in the order of ids; ``since`` bounds the handing in."""
    query = (
        db.select(Attempt.id)
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(
            AttemptItem.version_id == version_id,
            AttemptItem.attempt_id > after,
            Attempt.state.in_(sorted(MARKED)),
        )
        .order_by(Attempt.id)
    )
    if since is not None:
        query = query.where(Attempt.submitted_at >= since)
    return list(db.session.execute(query.limit(most)).scalars())


@dataclass(frozen=True, slots=True)
class Judged:
    """How an attempt's answer to a version is judged, and whose it is."""

    person_id: int | None
    right: bool | None


def judged(version_id: int, attempt_ids: list[int]) -> dict[int, Judged]:
    """Attempt → how its answer to the version is judged."""
    query = (
        db.select(Attempt.id, Attempt.person_id, AttemptItem.right)
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(AttemptItem.version_id == version_id, Attempt.id.in_(attempt_ids))
    )
    return {id_: Judged(person_id, right) for id_, person_id, right in db.session.execute(query)}


def doubtful_certificates(version_id: int, *, most: int) -> list[str]:
    """Numbers of certificates that nobody has revoked although their attempt, which held the version, is not passed
    any more; the oldest first, at most ``most``."""
    query = (
        db.select(Certificate.number)
        .join(Attempt, Attempt.certificate == Certificate.number)
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(
            AttemptItem.version_id == version_id,
            Attempt.state.in_(sorted(MARKED)),
            Attempt.passed.is_(False),
            Certificate.revoked_at.is_(None),
        )
        .order_by(Certificate.id)
    )
    return list(db.session.execute(query.limit(most)).scalars())


def open_with(version_id: int) -> int:
    """Attempts that are going on with this version."""
    query = (
        db.select(db.func.count(Attempt.id))
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(AttemptItem.version_id == version_id, Attempt.state == AttemptState.OPEN)
    )
    return int(db.session.execute(query).scalar_one())


def final_boards(version_id: int) -> int:
    """Quizzes with this version whose board is final already."""
    quizzes = (
        db.select(Attempt.quiz_id)
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(AttemptItem.version_id == version_id)
    )
    query = db.select(db.func.count()).where(Quiz.id.in_(quizzes), Quiz.frozen_board.is_not(None))
    return int(db.session.execute(query).scalar_one())


def corrections(version_id: int) -> list[KeyCorrection]:
    """Every correction of a version, the latest first."""
    query = db.select(KeyCorrection).where(KeyCorrection.version_id == version_id)
    return list(db.session.execute(query.order_by(KeyCorrection.id.desc())).scalars())
