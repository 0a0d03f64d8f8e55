"""Which questions are being asked: whatever tells their answers has to wait."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select

from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion
from citizen.quizzes.rules.attempts import AttemptState


def asked_by(keys: Collection[str], *, but: int | None = None) -> Select[int]:
    """Questions, whatever their version, of the open attempts under ``keys``; those of the attempt ``but`` left out.

    ``keys`` are all that one session stands for (`rules.attempts.Taker.keys`).
    """
    query: Select[int] = (
        db.select(QuestionVersion.question_id)
        .join(AttemptItem, AttemptItem.version_id == QuestionVersion.id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.taker.in_(list(keys)), Attempt.state == AttemptState.OPEN)
    )
    return query.where(Attempt.id != but) if but is not None else query
