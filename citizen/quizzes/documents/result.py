"""What came of an attempt: the score, what was wrong and why, how everybody did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.quizzes.documents.options import option_rows
from citizen.quizzes.queries.drawing import grace
from citizen.quizzes.queries.flags import why_set_aside
from citizen.quizzes.queries.place import Place
from citizen.quizzes.queries.results import Told, average, told
from citizen.quizzes.rules.attempts import FEWEST_COMPARED, LONGEST, AttemptState, is_right, needed, ran_out
from citizen.quizzes.rules.questions import Kind
from citizen.quizzes.rules.quizzes import Feedback, QuizKind, Standing, standing, tells
from citizen.web.locale import localised
from citizen.web.templating import day, when


def result_page(at: Place, now: datetime) -> dict[str, Any]:
    """Everything on the page of an attempt that is over; explanations only once the quiz lets them be seen."""
    attempt, quiz = at.attempt, at.quiz
    void = attempt.state == AttemptState.VOID
    shown = _explains(at, now)
    rows = [told_row(row, why=shown) for row in told(attempt, at.taker)]
    wrong = [row for row in rows if row["verdict"] in ("wrong", "empty")]
    held = [row for row in rows if row["verdict"] == "held"]
    return {
        "attempt": attempt,
        "quiz": quiz,
        "title": localised(quiz, "title"),
        "headline": _("This attempt does not count") if void else _headline(at),
        "lead": "" if void else _lead(at, wrong=len(wrong), held=len(held)),
        "notices": _notices(at, rows, shown=shown),
        "score": None if void else (attempt.score, attempt.counted),
        "average": None if void else _average(at),
        "wrong": [*wrong, *held] if shown else [],
        "right": [row for row in rows if row["verdict"] in ("right", "dropped")] if shown else [],
        "again": None if void else _again(at, now),
        "mine": "learning.mine" if "learning.mine" in current_app.view_functions else "",
        "index": url_for("quizzes.index"),
        "visitor": attempt.person_id is None,
        "installed": current_app.view_functions,
    }


def _explains(at: Place, now: datetime) -> bool:
    """With feedback after closing nobody is told more than a score as long as others still answer."""
    quiz = at.quiz
    return tells(quiz.feedback, quiz.state, closes_at=quiz.closes_at, grace=grace(), now=now)


def told_row(row: Told, *, why: bool) -> dict[str, Any]:
    """One question with its answers marked; with ``why`` its explanation and source.

    Of one that an open attempt asks there are only its own words: its verdict is "held".
    """
    correction = row.correction
    corrected_at = correction.decided_at if correction else None
    if row.asked_now:
        return {**_question(row), "verdict": "held", "corrected_at": corrected_at}
    answers = option_rows(row.kind, row.options, chosen=row.answer or ())
    right = row.right if row.right is not None else is_right(row.kind, row.answer, key=row.key)
    return {
        **_question(row),
        "options": [{**answer, "right": answer["id"] in row.key} for answer in answers],
        "verdict": _verdict(row, right),
        "why": localised(row.words, "explanation") if why else "",
        "source": localised(row.words, "source") if why else "",
        "corrected": {"reason": correction.reason, "day": day(correction.decided_at)} if correction else None,
        "corrected_at": corrected_at,
    }


def _question(row: Told) -> dict[str, Any]:
    return {
        "position": row.position,
        "stem": localised(row.words, "stem"),
        "many": row.kind == Kind.MULTIPLE,
        "options": [],
        "why": "",
        "source": "",
        "corrected": None,
    }


def _verdict(row: Told, right: bool | None) -> str:
    if not row.key:
        return "dropped"
    if right:
        return "right"
    return "wrong" if row.answer else "empty"


def _headline(at: Place) -> str:
    score, counted = at.attempt.score or 0, at.attempt.counted or 0
    return str(
        ngettext("%(num)d question, %(score)s right", "%(num)d questions, %(score)s right", counted, score=score)
    )


def _lead(at: Place, *, wrong: int, held: int) -> str:
    attempt, mark = at.attempt, at.quiz.pass_mark
    again = ngettext(
        "One more look at the one below, and you know it.", "One more look at those below, and you know them.", wrong
    )
    rest = again if wrong and at.quiz.feedback != Feedback.CLOSE else ""
    if mark is None or attempt.passed is None:
        return str(rest or ("" if wrong or held else _("Nothing was wrong.")))
    least = needed(mark, counted=attempt.counted or 0, size=attempt.size)
    said = (
        _("You passed; %(least)s were needed.", least=least)
        if attempt.passed
        else _("Not passed this time; %(least)s were needed.", least=least)
    )
    return str(_("%(first)s %(second)s", first=said, second=rest) if rest else said)


def _notices(at: Place, rows: list[dict[str, Any]], *, shown: bool) -> list[tuple[str, str, str]]:
    """(kind, title, words) of what is out of the ordinary."""
    found = []
    if at.attempt.state == AttemptState.VOID:
        words = _(
            "The office looked at it and set it aside: %(reason)s If you think that is wrong, call the hotline.",
            reason=why_set_aside(at.attempt.id),
        )
        found.append(("overdue", _("It was set aside"), words))
    elif _by_the_clock(at):
        found.append(("waiting", _("Handed in by itself"), _by_the_clock(at)))
    handed_in = at.attempt.submitted_at
    if handed_in and any(row["corrected_at"] and row["corrected_at"] > handed_in for row in rows):
        words = _("A question was put right after you handed in, and your result was worked out again.")
        found.append(("info", _("Your result was corrected"), words))
    if not shown:
        closes = at.quiz.closes_at
        words = (
            _(
                "The right answers and the reasons stand here from %(when)s on, when the quiz has closed.",
                when=when(closes),
            )
            if closes
            else _("The right answers and the reasons stand here once the quiz has closed.")
        )
        found.append(("info", _("Others are still answering"), words))
    return found


def _by_the_clock(at: Place) -> str:
    """Why the clock handed it in; empty when its taker did."""
    attempt = at.attempt
    if not ran_out(attempt.state, submitted_at=attempt.submitted_at, limit_at=attempt.limit_at):
        return ""
    if attempt.limit_at is not None:
        return str(
            _("The time was over at %(when)s. What you had answered until then counts.", when=when(attempt.limit_at))
        )
    if at.quiz.closes_at is not None and at.quiz.closes_at <= attempt.ends_at:
        return str(
            _("The quiz closed at %(when)s. What you had answered until then counts.", when=when(at.quiz.closes_at))
        )
    return str(
        ngettext(
            "It lay open for %(num)d day. What you had answered until then counts.",
            "It lay open for %(num)d days. What you had answered until then counts.",
            LONGEST.days,
        )
    )


def _average(at: Place) -> dict[str, Any] | None:
    """Everybody's mean in per cent, with how many it is of; nothing while they are few."""
    if at.quiz.kind == QuizKind.REVIEW:
        return None
    found = average(at.quiz, at.attempt.no)
    if found is None or found.n < FEWEST_COMPARED:
        return None
    daily = at.quiz.kind == QuizKind.DAILY
    note = (
        ngettext("%(num)s person that day", "%(num)s people that day", found.n)
        if daily
        else ngettext("%(num)s person, first attempts", "%(num)s people, first attempts", found.n)
    )
    return {"percent": round(found.share * 100), "note": note}


def _again(at: Place, now: datetime) -> dict[str, str] | None:
    quiz, attempt = at.quiz, at.attempt
    open_now = standing(quiz.state, quiz.opens_at, closes_at=quiz.closes_at, now=now) == Standing.OPEN
    left = quiz.attempts_allowed is None or attempt.no < quiz.attempts_allowed
    if quiz.kind in (QuizKind.DAILY, QuizKind.REVIEW) or not open_now or not left:
        return None
    return {"url": url_for("quizzes.start", quiz_id=quiz.id), "words": _("Practise again")}
