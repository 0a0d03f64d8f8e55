"""What the home page says of quizzes: today's questions, and the challenge that closes next."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.quizzes.models import Quiz
from citizen.quizzes.queries.index import listed
from citizen.quizzes.rules.quizzes import QuizKind, Standing, standing
from citizen.web.locale import localised
from citizen.web.templating import when


def today_cards() -> list[dict[str, Any]]:
    """At most two: the daily quiz first. The same for everybody, so that the page may be kept."""
    now = clock.now()
    going = [
        quiz
        for quiz in listed(now)
        if standing(quiz.state, quiz.opens_at, closes_at=quiz.closes_at, now=now) == Standing.OPEN
    ]
    kinds = (QuizKind.DAILY, QuizKind.CHALLENGE)
    found = [next((quiz for quiz in going if quiz.kind == kind), None) for kind in kinds]
    return [_card(quiz) for quiz in found if quiz is not None]


def _card(quiz: Quiz) -> dict[str, Any]:
    note = ngettext("%(num)d question", "%(num)d questions", quiz.size)
    if quiz.kind == QuizKind.DAILY:
        note = f"{note} · {_('new ones every day, the same for everybody')}"
    elif quiz.closes_at is not None:
        note = f"{note} · {_('open until %(when)s', when=when(quiz.closes_at))}"
    return {"title": localised(quiz, "title"), "note": str(note), "url": url_for("quizzes.show", quiz_id=quiz.id)}
