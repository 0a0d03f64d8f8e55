"""Freezing a board: what stands on it when a quiz has closed stands there for good."""

from __future__ import annotations

from typing import Any

from citizen.core import clock
from citizen.core.database import locked
from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.quizzes.models import Quiz
from citizen.quizzes.queries import boards as queries
from citizen.quizzes.rules.boards import MOST_KEPT, Community, Place, communities, rank


def freeze(quiz: Quiz) -> None:
    """Keep the boards of ``quiz`` as they are now; doing it again changes nothing, nor does a quiz without a board.

    Call it when the last open attempt has been handed in. Kept are ids, never names: a nickname is looked up each time the
    board is shown, so that whoever hides or leaves disappears from frozen boards too. Raises NotFound for a quiz that is gone.
    """
    row = locked(Quiz, Quiz.id == quiz.id)
    if row is None:
        raise NotFound()
    if not row.board or row.frozen_board is not None:
        return
    row.frozen_board = {
        "at": clock.now().isoformat(),
        "people": [_place(place) for place in rank(queries.leaders(row.id, MOST_KEPT))],
        "areas": [_community(found) for found in communities(queries.tallies(row.id))],
    }
    db.session.flush()


def _place(place: Place) -> dict[str, Any]:
    result = place.result
    return {
        "rank": place.rank,
        "tied": place.tied,
        "person": result.person_id,
        "attempt": result.attempt_id,
        "score": result.score,
        "at": result.submitted_at.isoformat(),
    }


def _community(found: Community) -> dict[str, Any]:
    return {
        "area": found.area_code,
        "rank": found.rank,
        "tenths": found.tenths,
        "people": found.people,
        "tied": found.tied,
    }
