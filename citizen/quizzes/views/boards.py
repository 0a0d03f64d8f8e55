"""The boards of a quiz, for everybody; one's own row for oneself."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from citizen.core.errors import NotFound
from citizen.quizzes.documents.boards import board_page
from citizen.quizzes.queries.boards import board_quiz
from citizen.quizzes.views.learning import LAST_ID, bp
from citizen.quizzes.views.taker import known_taker
from citizen.web.access import public

__all__ = ["bp"]


@bp.get("/quizzes/<int:quiz_id>/board")
@public
def board(quiz_id: int) -> ResponseReturnValue:
    """Who stands where; a quiz without a board is as unknown as any."""
    quiz = board_quiz(quiz_id) if quiz_id <= LAST_ID else None
    if quiz is None:
        raise NotFound()
    taker = known_taker()
    return render_template("learning/board.html", page=board_page(quiz, taker.person_id if taker else None))
