"""Marking: the only place that compares answers with keys."""

from __future__ import annotations

from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion, Quiz
from citizen.quizzes.queries.keys import corrected
from citizen.quizzes.rules import attempts as rules

_ITEMS = AttemptItem.__table__
#: Built once: a class hands in within the same minute.
_ANSWERS = (
    db.select(AttemptItem.position, AttemptItem.version_id, AttemptItem.answer)
    .add_columns(QuestionVersion.kind, QuestionVersion.key, Quiz.pass_mark)
    .join(QuestionVersion, QuestionVersion.id == AttemptItem.version_id)
    .join(Quiz, Quiz.id == db.bindparam("quiz"))
    .where(AttemptItem.attempt_id == db.bindparam("attempt"))
)
_PLACE = _ITEMS.c.position
_JUDGE = (
    db.update(_ITEMS)
    .where(_ITEMS.c.attempt_id == db.bindparam("attempt"))
    .values(
        right=db.case(
            (_PLACE.in_(db.bindparam("rights", expanding=True)), db.true()),
            (_PLACE.in_(db.bindparam("wrongs", expanding=True)), db.false()),
        )
    )
)


def mark(attempt: Attempt) -> None:
    """Judge every answer of ``attempt`` by the keys as they are now and write its result.

    The questions are written in the database; those that the session holds already are read anew when next looked at.
    """
    connection = db.session.connection()
    rows = connection.execute(_ANSWERS, {"attempt": attempt.id, "quiz": attempt.quiz_id}).all()
    now = corrected(row.version_id for row in rows)
    results = {
        row.position: rules.is_right(row.kind, row.answer, key=now.get(row.version_id, list(row.key))) for row in rows
    }
    places = {
        name: [position for position, result in results.items() if result is right]
        for name, right in (("rights", True), ("wrongs", False))
    }
    connection.execute(_JUDGE, {"attempt": attempt.id, **places})
    for held in db.session.identity_map.values():
        if isinstance(held, AttemptItem) and held.attempt_id == attempt.id:
            db.session.expire(held, ["right"])
    pass_mark = rows[0].pass_mark if rows else None
    found = rules.mark(results.values(), pass_mark=pass_mark, size=attempt.size)
    attempt.score, attempt.counted, attempt.passed = found.score, found.counted, found.passed
