"""All questions of an attempt before it is handed in: what was answered, what is still empty."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from citizen.quizzes.documents.options import option_rows
from citizen.quizzes.documents.question import stem_of
from citizen.quizzes.documents.remaining import remaining
from citizen.quizzes.queries.place import Place
from citizen.quizzes.queries.taking import Asked, all_asked
from citizen.quizzes.rules.quizzes import Feedback
from citizen.web.locale import localised
from citizen.web.templating import when


def overview_page(at: Place, now: datetime) -> dict[str, Any]:
    """Every question with its answer and the way back to it; nothing can be changed any more once the time is over."""
    over = at.is_overdue(now)
    rows = [_row(at, asked, closed=asked.closed or over) for asked in all_asked(at.attempt)]
    return {
        "title": localised(at.quiz, "title"),
        "rows": rows,
        "empty": [row for row in rows if not row["answer"]],
        "over": over,
        "ended": when(at.attempt.limit_at or at.attempt.ends_at),
        "hand_in": url_for("attempts.hand_in", token=at.attempt.token),
        "after": _after(at),
        "left": None if over else remaining(at, now),
    }


def _after(at: Place) -> str:
    if at.quiz.feedback == Feedback.CLOSE:
        return str(_("After that nothing can be changed, and you see your score."))
    return str(_("After that nothing can be changed, and you see what was right."))


def _row(at: Place, asked: Asked, *, closed: bool) -> dict[str, Any]:
    chosen = [row["text"] for row in option_rows(asked.kind, asked.options, chosen=asked.answer or ()) if row["chosen"]]
    address = url_for("attempts.question", token=at.attempt.token, position=asked.position)
    return {
        "position": asked.position,
        "stem": stem_of(asked),
        "answer": _("; ").join(chosen),
        "href": "" if closed else address,
    }
