"""What a quiz is, said before it begins: how long, how often, who sees what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.quizzes.documents.index import limit_words, size_words
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.queries.index import attempts_at
from citizen.quizzes.rules.attempts import KEEP_ANONYMOUS, MARKED, AttemptState, Taker
from citizen.quizzes.rules.quizzes import Feedback, QuizKind, Standing, standing
from citizen.web.locale import localised
from citizen.web.templating import day, when

#: Earlier attempts that are looked at; a quiz that limits them allows fewer.
_MOST = 100
_SHOWN = 5


def about_page(quiz: Quiz, taker: Taker | None, *, now: datetime, refused: str = "") -> dict[str, Any]:
    """Everything on the page of a quiz; ``refused`` says why it could not be begun just now."""
    attempts = attempts_at(quiz.id, taker, most=_MOST) if taker else []
    found = standing(quiz.state, quiz.opens_at, closes_at=quiz.closes_at, now=now)
    address = url_for("quizzes.show", quiz_id=quiz.id)
    return {
        "quiz": quiz,
        "attempt": None,
        "title": localised(quiz, "title"),
        "intro": localised(quiz, "intro"),
        "facts": _facts(quiz, attempts),
        "step": _step(quiz, attempts, found, signed_in=bool(taker and taker.person_id)),
        "start": url_for("quizzes.start", quiz_id=quiz.id),
        "sign_in": url_for("accounts.sign_in", next=address),
        "opens": when(quiz.opens_at) if quiz.opens_at else "",
        "earlier": _earlier(attempts),
        "how": _how(quiz),
        "kept": _kept(quiz, signed_in=bool(taker and taker.person_id)),
        "seen_by": _seen_by(quiz),
        "refused": refused,
        "index": url_for("quizzes.index"),
        "installed": current_app.view_functions,
    }


def _step(quiz: Quiz, attempts: Sequence[Attempt], found: Standing, *, signed_in: bool) -> str:
    """What the page offers: go_on, early, over, sign_in, done (today), used (all attempts) or begin."""
    if any(attempt.state == AttemptState.OPEN for attempt in attempts):
        return "go_on"
    if found != Standing.OPEN:
        return "early" if found == Standing.NOT_YET else "over"
    if quiz.account_needed and not signed_in:
        return "sign_in"
    if quiz.kind == QuizKind.DAILY:
        return "done" if attempts and attempts[0].no >= clock.today().toordinal() else "begin"
    used = quiz.attempts_allowed is not None and len(attempts) >= quiz.attempts_allowed
    return "used" if used else "begin"


def _facts(quiz: Quiz, attempts: Sequence[Attempt]) -> list[dict[str, str]]:
    limit = limit_words(quiz)
    if quiz.limit_seconds:
        limit = _("%(span)s; you can ask for more time", span=limit)
    rows = [
        ("list", _("Questions"), size_words(quiz)),
        ("clock", _("Time"), limit),
        ("check", _("To pass"), _pass_words(quiz)),
        ("again", _("Attempts"), _attempt_words(quiz, attempts)),
        ("cal", _("Open when"), _window(quiz)),
        ("info", _("Answers and reasons"), _feedback_words(quiz)),
    ]
    return [{"icon": icon, "label": label, "value": value} for icon, label, value in rows if value]


def _pass_words(quiz: Quiz) -> str:
    if quiz.pass_mark is None:
        return ""
    return str(ngettext("%(num)d right answer", "%(num)d right answers", quiz.pass_mark))


def _attempt_words(quiz: Quiz, attempts: Sequence[Attempt]) -> str:
    if quiz.kind == QuizKind.DAILY:
        return str(_("once a day"))
    if quiz.attempts_allowed is None:
        return str(_("as many as you like"))
    left = max(0, quiz.attempts_allowed - len(attempts))
    return str(_("%(left)s of %(all)s left", left=left, all=quiz.attempts_allowed))


def _window(quiz: Quiz) -> str:
    if quiz.opens_at and quiz.closes_at:
        return str(_("%(opens)s to %(closes)s", opens=when(quiz.opens_at), closes=when(quiz.closes_at)))
    if quiz.closes_at:
        return str(_("until %(when)s", when=when(quiz.closes_at)))
    return str(_("from %(when)s", when=when(quiz.opens_at))) if quiz.opens_at else ""


def _feedback_words(quiz: Quiz) -> str:
    return {
        Feedback.EACH: str(_("after each question, with the reason")),
        Feedback.SUBMIT: str(_("right after you hand in, with the reason")),
        Feedback.CLOSE: str(_("your score at once, the answers when the quiz has closed")),
    }[Feedback(quiz.feedback)]


def _how(quiz: Quiz) -> str:
    if quiz.feedback == Feedback.EACH:
        words = _(
            "One question a page, and its reason right after you check the answer. "
            "Close the page whenever you like; it goes on where you were."
        )
    else:
        words = _(
            "One question a page. You can go back, leave one for now and change answers until you hand in. "
            "Close the page whenever you like; it goes on where you were."
        )
    return str(words)


def _kept(quiz: Quiz, *, signed_in: bool) -> str:
    if signed_in or quiz.account_needed:
        return str(
            _(
                "Your answers are kept with your account, so that you can look at them again and practise what was wrong."
            )
        )
    return str(
        _(
            "Your answers are kept without your name, for this browser only, and deleted after %(days)s days.",
            days=KEEP_ANONYMOUS.days,
        )
    )


def _seen_by(quiz: Quiz) -> list[str]:
    office = _(
        "The office sees how often each question was answered rightly. "
        "It looks at a single attempt only if something about it is odd."
    )
    if quiz.board:
        board = _(
            "The board shows a nickname and a score, of those who chose a nickname; nobody else sees your result."
        )
    else:
        board = _("Nobody but you sees your result.")
    return [str(board), str(office)]


def _earlier(attempts: Sequence[Attempt]) -> list[dict[str, str]]:
    rows = [attempt for attempt in attempts if attempt.state in MARKED][:_SHOWN]
    return [
        {
            "href": url_for("attempts.result", token=attempt.token),
            "day": day(attempt.started_at),
            "words": _("%(score)s of %(counted)s right", score=attempt.score or 0, counted=attempt.counted or 0),
        }
        for attempt in rows
    ]
