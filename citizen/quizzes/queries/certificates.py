"""Which attempt a certificate can be had for."""

from __future__ import annotations

from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.quizzes.models import Attempt, Quiz


def certifiable(token: str, person_id: int) -> tuple[Attempt, Quiz]:
    """The person's own attempt that was passed, or certified before, with its quiz; raises NotFound for any other."""
    query = (
        db.select(Attempt, Quiz)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Attempt.token == token, Attempt.person_id == person_id, Quiz.certificate)
    )
    row = db.session.execute(query).first()
    if row is None or not (row[0].passed or row[0].certificate):
        raise NotFound()
    return row[0], row[1]
