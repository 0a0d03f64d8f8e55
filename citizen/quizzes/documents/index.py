"""The list of what can be taken, and where one was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.quizzes.documents.remaining import span_words
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.queries.index import listed, taken_on, unfinished
from citizen.quizzes.rules.attempts import AttemptState, Taker
from citizen.quizzes.rules.quizzes import QuizKind, Standing, standing
from citizen.web.locale import localised
from citizen.web.templating import when, words


def index_page(taker: Taker | None, now: datetime) -> dict[str, Any]:
    """Everything that is open to anybody, and what ``taker`` has begun or done of it."""
    quizzes = listed(now)
    kinds = {kind: [quiz for quiz in quizzes if quiz.kind == kind] for kind in QuizKind}
    daily = [quiz for quiz in kinds[QuizKind.DAILY] if _standing(quiz, now) == Standing.OPEN]
    done = taken_on(clock.today(), [quiz.id for quiz in daily], taker) if taker and daily else {}
    practice = [quiz for quiz in kinds[QuizKind.PRACTICE] if _standing(quiz, now) == Standing.OPEN]
    installed = current_app.view_functions
    return {
        "daily": [_daily(quiz, done.get(quiz.id)) for quiz in daily],
        "begun": [_going_on(*row) for row in unfinished(taker)] if taker else [],
        "challenges": [_challenge(quiz, now) for quiz in kinds[QuizKind.CHALLENGE]],
        "practice": _by_topic(practice),
        "mine": url_for("learning.mine") if "learning.mine" in installed else "",
        "live": url_for("live.join") if "live.join" in installed else "",
    }


def _standing(quiz: Quiz, now: datetime) -> Standing:
    return standing(quiz.state, quiz.opens_at, closes_at=quiz.closes_at, now=now)


def _daily(quiz: Quiz, attempt: Attempt | None) -> dict[str, Any]:
    shown = {
        "title": localised(quiz, "title"),
        "href": url_for("quizzes.show", quiz_id=quiz.id),
        "meta": size_words(quiz),
    }
    if attempt is None:
        return {**shown, "state": "new", "action": _("Begin")}
    if attempt.state == AttemptState.OPEN:
        return {**shown, "state": "open", "action": _("Go on where you were")}
    score = _("Done today: %(score)s of %(counted)s right", score=attempt.score or 0, counted=attempt.counted or 0)
    link = url_for("attempts.result", token=attempt.token)
    return {**shown, "state": "done", "score": score, "href": link, "action": _("See the answers")}


def _going_on(attempt: Attempt, quiz: Quiz, position: int | None) -> dict[str, str]:
    until = when(attempt.limit_at or attempt.ends_at)
    place = (
        _("question %(n)s of %(total)s", n=position, total=attempt.size)
        if position
        else _("everything seen, not handed in")
    )
    return {
        "title": localised(quiz, "title"),
        "href": place_of(attempt.token, position),
        "meta": _("%(place)s, open until %(until)s", place=place, until=until),
    }


def place_of(token: str, position: int | None) -> str:
    """Where an attempt goes on: a question, or the overview when every one was seen."""
    if position is None:
        return url_for("attempts.check", token=token)
    return url_for("attempts.question", token=token, position=position)


def _challenge(quiz: Quiz, now: datetime) -> dict[str, Any]:
    early = _standing(quiz, now) == Standing.NOT_YET
    if early and quiz.opens_at:
        window = _("Opens %(when)s", when=when(quiz.opens_at))
    else:
        window = _("Closes %(when)s", when=when(quiz.closes_at)) if quiz.closes_at else _("No closing date")
    return {**_card(quiz), "window": window, "state": "waiting" if early else "working"}


def _card(quiz: Quiz, topic: str = "") -> dict[str, str]:
    title = localised(quiz, "title")
    parts = (topic if topic != title else "", size_words(quiz), limit_words(quiz))
    return {
        "title": title,
        "href": url_for("quizzes.show", quiz_id=quiz.id),
        "meta": _(", ").join(part for part in parts if part),
    }


def _by_topic(quizzes: Iterable[Quiz]) -> list[dict[str, str]]:
    """Practice in the county's order of topics, each named where the title does not; what mixes several comes last."""
    names = {topic.code: words(topic.words) for topic in topics()}
    order = {code: place for place, code in enumerate(names)}
    found = [(_topic_of(quiz), quiz) for quiz in quizzes]
    found.sort(key=lambda pair: order.get(pair[0], len(order)))
    return [_card(quiz, names.get(code, _("Mixed topics"))) for code, quiz in found]


def _topic_of(quiz: Quiz) -> str:
    """The one topic that a quiz asks about; nothing for several or for all."""
    codes = {part["topic"] for part in quiz.blueprint}
    return (codes.pop() or "") if len(codes) == 1 else ""


def size_words(quiz: Quiz) -> str:
    """How many questions."""
    return str(ngettext("%(num)d quiz question", "%(num)d quiz questions", quiz.size))


def limit_words(quiz: Quiz) -> str:
    """The time limit, or that there is none."""
    return span_words(quiz.limit_seconds) if quiz.limit_seconds else str(_("no time limit"))
