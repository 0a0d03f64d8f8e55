"""One question on a page of its own."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from citizen.quizzes.documents.options import option_rows
from citizen.quizzes.documents.remaining import remaining
from citizen.quizzes.documents.result import told_row
from citizen.quizzes.forms.attempts import Go
from citizen.quizzes.queries.place import Place
from citizen.quizzes.queries.results import told_one
from citizen.quizzes.queries.taking import Asked
from citizen.quizzes.rules.questions import Kind
from citizen.web.locale import localised


def question_page(at: Place, asked: Asked, *, now: datetime, error: str = "") -> dict[str, Any]:
    """Everything on the page of ``asked``; its explanation only when it was closed in a quiz that explains each."""
    attempt = at.attempt
    last = asked.position == attempt.size
    told = told_one(attempt, at.taker, position=asked.position) if asked.closed and at.explains_each else None
    ahead = url_for("attempts.check", token=attempt.token) if last else _address(at, asked.position + 1)
    return {
        "title": localised(at.quiz, "title"),
        "stem": stem_of(asked),
        "position": asked.position,
        "size": attempt.size,
        "many": asked.kind == Kind.MULTIPLE,
        "hint": _hint(at, asked),
        "options": option_rows(asked.kind, asked.options, chosen=asked.answer or ()),
        "action": _address(at, asked.position),
        "buttons": _buttons(at, asked, last=last),
        "told": told_row(told, why=True) if told else None,
        "ahead": ahead,
        "overview": url_for("attempts.check", token=attempt.token),
        "hand_in": url_for("attempts.hand_in", token=attempt.token),
        "left": remaining(at, now),
        "error": error,
    }


def stem_of(asked: Asked) -> str:
    """The question in the page's language."""
    return localised(SimpleNamespace(**asked.words), "stem")


def _address(at: Place, position: int) -> str:
    return url_for("attempts.question", token=at.attempt.token, position=position)


def _hint(at: Place, asked: Asked) -> str:
    many = asked.kind == Kind.MULTIPLE
    if at.explains_each:
        words = _("Choose all that are right.") if many else _("Choose one.")
    elif many:
        words = _("Choose all that are right. You can change it until you hand in.")
    else:
        words = _("Choose one. You can change it until you hand in.")
    return str(words)


def _buttons(at: Place, asked: Asked, *, last: bool) -> list[tuple[str, str, str]]:
    """(where it goes, words, kind), the main one first: it is what Enter presses."""
    back = [(Go.PREVIOUS, _("Previous question"), "quiet")] if asked.position > 1 else []
    overview = (Go.OVERVIEW, _("Every question"), "quiet")
    if at.explains_each:
        return [
            (Go.CLOSE, _("Check the answer"), "primary"),
            (Go.SKIP, _("Leave it for now"), "quiet"),
            *back,
            overview,
        ]
    if last:
        return [(Go.OVERVIEW, _("Check my answers"), "primary"), *back]
    if at.unseen == 0:
        # Everything was seen once: whoever changes an answer now came from the overview and wants to go back there.
        return [(Go.OVERVIEW, _("Back to all my answers"), "primary"), (Go.SKIP, _("Next question"), "quiet"), *back]
    onward = (Go.NEXT, _("Next question"), "primary")
    return [onward, (Go.SKIP, _("Leave it for now"), "quiet"), *back, overview]
