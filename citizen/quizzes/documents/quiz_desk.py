"""Pages of the quiz desk: the list, one quiz, its form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import format_percent
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.quizzes.documents.bank_words import difficulty_name, joined, topic_name
from citizen.quizzes.forms.questions import DIFFICULTY_WORDS
from citizen.quizzes.forms.quiz_fields import Line
from citizen.quizzes.forms.quizzes import FEEDBACKS, KINDS, shown, values_of
from citizen.quizzes.models import Quiz
from citizen.quizzes.queries import desk
from citizen.quizzes.queries import flags as flag_queries
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.queries.drawing import stock
from citizen.quizzes.rules.flags import FlagState
from citizen.quizzes.rules.publishing import MAX_LINES, frozen, lacking_texts, short
from citizen.quizzes.rules.quizzes import Feedback, Part, QuizKind, QuizState
from citizen.web.locale import localised, page_language
from citizen.web.templating import when

#: Shape and word of each state.
STATES: dict[QuizState, tuple[str, Any]] = {
    QuizState.PUBLISHED: ("done", _l("Published")),
    QuizState.DRAFT: ("working", _l("Draft")),
    QuizState.CLOSED: ("held", _l("Has closed")),
}
#: Words of the lists of each state.
LISTS: dict[QuizState, Any] = {
    QuizState.PUBLISHED: _l("Published ones"),
    QuizState.DRAFT: _l("Drafts"),
    QuizState.CLOSED: _l("Closed ones"),
}


def sections(current: str) -> list[dict[str, Any]]:
    """The desk's pages as links; flags carry the number of those that wait."""
    rows = (
        ("index", _("Quizzes"), None),
        ("statistics", _("Statistics"), None),
        ("flags", _("Flags"), flag_queries.by_state().get(FlagState.OPEN, 0)),
    )
    return [
        {"url": url_for(f"quiz_desk.{name}"), "label": label, "count": count, "current": name == current}
        for name, label, count in rows
    ]


def percent(part: float, whole: float) -> str:
    """A share in whole per cent; a dash of nothing."""
    return str(format_percent(part / whole)) if whole else "–"


def list_page(state: QuizState, *, before: int | None) -> dict[str, Any]:
    """The quizzes of one state with what came of them."""
    found, counts = desk.quizzes(state, before=before), desk.by_state()
    page = found[: desk.PAGE]
    tallies = desk.tallies([quiz.id for quiz in page])
    return {
        "sections": sections("index"),
        "state": state,
        "tabs": [
            {
                "url": url_for("quiz_desk.index", state=code.value),
                "label": word,
                "count": counts.get(code, 0),
                "current": code == state,
            }
            for code, word in LISTS.items()
        ],
        "rows": [_row(quiz, tallies[quiz.id]) for quiz in page],
        "next": url_for("quiz_desk.index", state=state.value, before=page[-1].id) if len(found) > desk.PAGE else "",
    }


def _row(quiz: Quiz, tally: desk.Tally) -> dict[str, Any]:
    return {
        "url": url_for("quiz_desk.show", quiz_id=quiz.id),
        "title": localised(quiz, "title"),
        "kind": KINDS[QuizKind(quiz.kind)],
        "size": quiz.size,
        "window": window(quiz.opens_at, quiz.closes_at),
        "n": tally.marked,
        "passing": passing(quiz, tally),
    }


def window(opens_at: datetime | None, closes_at: datetime | None) -> str:
    """When a quiz can be taken, on the county's clock."""
    if opens_at and closes_at:
        return str(_("%(start)s to %(end)s", start=when(opens_at), end=when(closes_at)))
    if closes_at:
        return str(_("until %(end)s", end=when(closes_at)))
    return str(_("from %(start)s", start=when(opens_at)) if opens_at else _("always"))


def passing(quiz: Quiz, tally: desk.Tally) -> str:
    """The passing rate and what it is a share of."""
    if quiz.pass_mark is None:
        return str(_("no pass mark"))
    if not tally.judged:
        return str(_("nobody yet"))
    return str(
        _(
            "%(share)s (%(passed)s of %(n)s)",
            share=percent(tally.passed, tally.judged),
            passed=tally.passed,
            n=tally.judged,
        )
    )


def show_page(quiz: Quiz, *, lacking: Sequence[tuple[Part, int]] | None = None) -> dict[str, Any]:
    """One quiz: what it is, what stands before its publication, what can be done."""
    tally = desk.tallies([quiz.id])[quiz.id]
    begun = desk.begun(quiz.id)
    draft = quiz.state == QuizState.DRAFT
    return {
        "sections": sections("index"),
        "quiz": quiz,
        "title": localised(quiz, "title"),
        "intro": localised(quiz, "intro"),
        "tag": STATES[QuizState(quiz.state)],
        "facts": _facts(quiz),
        "lines": _lines(quiz),
        "checks": _checks(quiz) if draft else [],
        "lacking": [(line_words(part), part.n, n) for part, n in lacking or []],
        "results": [
            (_("Handed in"), str(tally.marked)),
            (_("Passing rate"), passing(quiz, tally)),
            (_("Going on"), str(tally.open)),
        ],
        "begun": begun,
        "can": {
            "publish": draft,
            "take_back": quiz.state == QuizState.PUBLISHED and not begun,
            "close": quiz.state == QuizState.PUBLISHED,
        },
        "public_url": _public_url(quiz),
        "board": _board_words(quiz),
    }


def _public_url(quiz: Quiz) -> str:
    known = "quizzes.show" in current_app.view_functions and quiz.state != QuizState.DRAFT
    return url_for("quizzes.show", quiz_id=quiz.id) if known else ""


def _board_words(quiz: Quiz) -> str:
    if not quiz.board or quiz.state != QuizState.CLOSED:
        return ""
    if quiz.frozen_board is None:
        return str(_("The board becomes final when the last attempt is handed in."))
    return str(_("The board is final. Corrections and attempts that are set aside change it no more."))


def _facts(quiz: Quiz) -> list[tuple[str, Any]]:
    minutes = quiz.limit_seconds // 60 if quiz.limit_seconds else None
    needed = _("%(n)s of %(size)s right", n=quiz.pass_mark, size=quiz.size) if quiz.pass_mark else _("none")
    tries = _("one a day") if quiz.kind == QuizKind.DAILY else quiz.attempts_allowed or _("as many as one likes")
    extras = [
        word
        for given, word in (
            (quiz.account_needed, _("account needed")),
            (quiz.certificate, _("certificate")),
            (quiz.board, _("board")),
        )
        if given
    ]
    return [
        (_("Kind"), KINDS[QuizKind(quiz.kind)]),
        (_("Number of questions"), quiz.size),
        (_("Window"), window(quiz.opens_at, quiz.closes_at)),
        (_("Time limit"), _("%(n)s minutes", n=minutes) if minutes else _("none")),
        (_("Pass mark"), needed),
        (_("Attempts each"), tries),
        (_("Answers shown"), FEEDBACKS[Feedback(quiz.feedback)]),
        (_("Besides"), joined(extras) if extras else _("nothing")),
    ]


def _lines(quiz: Quiz) -> list[dict[str, Any]]:
    pool = stock(clock.today())
    return [
        {
            "topic": topic_name(part.topic) if part.topic else _("all topics"),
            "difficulty": difficulty_name(part.difficulty) if part.difficulty else _("any"),
            "n": part.n,
            "there": (there := sum(part.takes(candidate) for candidate in pool)),
            "short": there < part.n,
        }
        for part in desk.parts_of(quiz)
    ]


def _checks(quiz: Quiz) -> list[tuple[bool, str]]:
    """What publishing asks for, each with whether it holds now."""
    draft, now = desk.draft_of(quiz), clock.now()
    lacking = short(draft.parts, stock(clock.today()))
    return [
        (not lacking_texts(draft.title, draft.intro), _("Title and introduction stand in Chinese and in English")),
        (lacking is None, _("The bank can fill every line of the blueprint today")),
        (draft.closes_at is None or draft.closes_at > now, _("The closing time lies ahead")),
    ]


def line_words(part: Part) -> str:
    """A line of a blueprint in words, without its number."""
    topic = topic_name(part.topic) if part.topic else _("all topics")
    return f"{topic} · {difficulty_name(part.difficulty)}" if part.difficulty else topic


def lines_words(lines: Sequence[Line]) -> str:
    """A whole blueprint in words."""
    parts = [line.part for line in lines]
    return joined(f"{line_words(part)} × {part.n}" for part in parts if part is not None)


def edit_page(form: Any, quiz: Quiz | None = None, *, focus: str = "", theirs: Any = ()) -> dict[str, Any]:
    """The form of a quiz: all of it while it is a draft, else its texts and its closing."""
    return {
        "sections": sections("index"),
        "form": form,
        "form_errors": form.errors,
        "quiz": quiz,
        "title": localised(quiz, "title") if quiz else "",
        "whole": "blueprint" in form,
        "focus": focus,
        "theirs": theirs,
        "topics": [(row.code, row.words.in_language(page_language())) for row in topics()],
        "difficulties": [(str(code), f"{code} {word}") for code, word in DIFFICULTY_WORDS.items()],
        "most_lines": MAX_LINES,
    }


def is_frozen(quiz: Quiz) -> bool:
    """Whether only the texts and a later closing may be changed."""
    return frozen(quiz.state, desk.begun(quiz.id))


def differing(form: Any, quiz: Quiz) -> list[tuple[Any, str]]:
    """(label, value now) of everything in which a stored quiz differs from what was typed."""
    now = values_of(quiz)
    return [
        (form[name].label.text, shown(form, name, value, lines_words) or "–")
        for name, value in now.items()
        if name != "version" and name in form and (form[name].data or "") != (value or "")
    ]
