"""Marking: the only place that compares answers with keys."""

from __future__ import annotations

from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, Quiz
from citizen.quizzes.queries.keys import keys_of
from citizen.quizzes.rules import attempts as rules

__all__ = ["keys_of", "mark"]


def mark(attempt: Attempt) -> None:
    """Judge every answer of ``attempt`` by the keys as they are now and write its result."""
    item = AttemptItem
    query = db.select(item.position, item.version_id, item.answer).where(item.attempt_id == attempt.id)
    rows = db.session.execute(query).all()
    keys = keys_of([row.version_id for row in rows])
    results = {
        row.position: rules.is_right(keys[row.version_id][0], row.answer, key=keys[row.version_id][1]) for row in rows
    }
    for right in set(results.values()):
        places = [position for position, result in results.items() if result is right]
        db.session.execute(
            db.update(item)
            .where(item.attempt_id == attempt.id, item.position.in_(places))
            .values(right=right)
            .execution_options(synchronize_session="fetch")
        )
    pass_mark = db.session.execute(db.select(Quiz.pass_mark).where(Quiz.id == attempt.quiz_id)).scalar()
    found = rules.mark(results.values(), pass_mark=pass_mark, size=attempt.size)
    attempt.score, attempt.counted, attempt.passed = found.score, found.counted, found.passed
