"""What a learner owns, as its pages show it: days of practice, results, what is due, the wrong-answer book."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.quizzes.documents.options import option_rows
from citizen.quizzes.models import Attempt, Learner, Quiz
from citizen.quizzes.queries import boards
from citizen.quizzes.queries import learning as queries
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.queries.keys import keys_of
from citizen.quizzes.queries.learning import Entry
from citizen.quizzes.rules.attempts import AttemptState
from citizen.quizzes.rules.learning import DAYS_SHOWN, LEAVES_AFTER, days_in_a_row, last_days
from citizen.quizzes.rules.questions import Kind, VersionState
from citizen.quizzes.rules.quizzes import QuizKind
from citizen.web.locale import localised, page_language
from citizen.web.templating import clock as time_of
from citizen.web.templating import day

#: Results on a page.
RESULTS = 10


def mine_page(person_id: int, *, also: tuple[str, ...], before: int | None) -> dict[str, Any]:
    """Everything on the page of one's own learning; ``before`` pages through the results.

    ``also`` are the other keys of the session, see `rules.attempts.Taker`.
    """
    rows = queries.ended(person_id, before=before, most=RESULTS + 1)
    begun = queries.begun(person_id)
    review = next((attempt for attempt, quiz in begun if quiz.kind == QuizKind.REVIEW), None)
    return {
        "practice": practice(person_id),
        "due": queries.due_count(person_id, also),
        "next_due": _next_day(person_id, also),
        "review": review,
        "begun": [
            {"title": localised(quiz, "title"), "url": url_for("quizzes.show", quiz_id=quiz.id)}
            for _attempt, quiz in begun
            if quiz.kind != QuizKind.REVIEW
        ],
        "results": [_result(attempt, quiz) for attempt, quiz in rows[:RESULTS]],
        "older": url_for("learning.mine", before=rows[RESULTS - 1][0].id) if len(rows) > RESULTS else "",
        "newest": url_for("learning.mine") if before is not None else "",
        "book": sum(queries.topic_counts(person_id, also, learned=False).values()),
        "learner": boards.learner_of(person_id),
        "boards": boards.boards_of(person_id),
        "installed": current_app.view_functions,
    }


def practice(person_id: int) -> dict[str, Any]:
    """The last thirty days, each with how many attempts it saw; a day without one is just a day."""
    days = last_days(clock.today())
    since = datetime.combine(days[0], time(), clock.COUNTY_ZONE)
    answered = [clock.local(moment).date() for moment in queries.answered_at(person_id, since)]
    found = {found: answered.count(found) for found in days if found in answered}
    row = days_in_a_row(found, days[-1])
    return {
        "days": [{"n": found.day, "done": found in answered, "today": found == days[-1]} for found in days],
        "blanks": days[0].weekday(),
        "span": _("%(first)s to %(last)s", first=day(days[0]), last=day(days[-1])),
        "list": [(day(found), ngettext("%(num)d quiz", "%(num)d quizzes", n)) for found, n in reversed(found.items())],
        "words": ngettext(
            "You practised on %(num)d of the last %(days)d days.",
            "You practised on %(num)d of the last %(days)d days.",
            len(found),
            days=DAYS_SHOWN,
        ),
        "row": ngettext("%(num)d day in a row", "%(num)d days in a row", row) if row > 1 else "",
    }


def _next_day(person_id: int, also: tuple[str, ...]) -> str:
    moment = queries.next_due(person_id, also)
    return day(moment) if moment else ""


def _result(attempt: Attempt, quiz: Quiz) -> dict[str, Any]:
    void = attempt.state == AttemptState.VOID
    passed = {True: ("done", _("Passed")), False: ("none", _("Not passed"))}.get(attempt.passed)  # type: ignore[arg-type]
    ended = attempt.submitted_at or attempt.started_at
    return {
        "title": localised(quiz, "title"),
        "day": day(ended),
        "clock": time_of(ended),
        "score": "" if void else _("%(right)s of %(all)s", right=attempt.score, all=attempt.counted),
        "tag": ("held", _("Does not count")) if void else passed,
        "url": url_for("attempts.result", token=attempt.token),
    }


def book_page(person_id: int, *, also: tuple[str, ...], learned: bool, topic: str | None, page: int) -> dict[str, Any]:
    """A page of the wrong-answer book, or of what has left it."""
    counts = queries.topic_counts(person_id, also, learned=learned)
    other = queries.topic_counts(person_id, also, learned=not learned)
    topic = topic if topic in counts else None
    entries, more = queries.book(person_id, also, learned=learned, topic=topic, page=page)
    show = "learned" if learned else None
    address: dict[str, Any] = {"show": show, "topic": topic}
    return {
        "learned": learned,
        "entries": entry_rows(entries),
        "total": sum(counts.values()),
        "due": queries.due_count(person_id, also),
        "sealed": queries.has_sealed(person_id, also),
        "tabs": _tabs(sum(counts.values()), sum(other.values()), learned=learned),
        "topics": _chips(counts, topic, show=show),
        "prev": url_for("learning.wrong", **address, page=page - 1) if page > 1 else "",
        "next": url_for("learning.wrong", **address, page=page + 1) if more else "",
        "leaves_after": LEAVES_AFTER,
    }


def _tabs(here: int, other: int, *, learned: bool) -> list[dict[str, Any]]:
    return [
        {
            "label": words,
            "url": url_for("learning.wrong", show=show),
            "count": here if current else other,
            "current": current,
        }
        for words, show, current in ((_("In the book"), None, not learned), (_("Learned"), "learned", learned))
    ]


def _chips(counts: dict[str, int], chosen: str | None, *, show: str | None) -> list[dict[str, Any]]:
    """Topics as links; one topic alone needs no filter."""
    if len(counts) < 2:
        return []
    every = {"label": _("All"), "url": url_for("learning.wrong", show=show), "current": chosen is None}
    return [
        every,
        *(
            {
                "label": topic.words.in_language(page_language()),
                "url": url_for("learning.wrong", show=show, topic=topic.code),
                "count": counts[topic.code],
                "current": topic.code == chosen,
            }
            for topic in topics()
            if topic.code in counts
        ),
    ]


def entry_rows(entries: list[Entry]) -> list[dict[str, Any]]:
    """Questions of the book, each with what counts as right now."""
    keys = keys_of([entry.version.id for entry in entries])
    return [_entry(entry, keys[entry.version.id][1]) for entry in entries]


def _entry(entry: Entry, key: list[str]) -> dict[str, Any]:
    """One question of the book; its answer only when no open attempt asks it."""
    card, version = entry.card, entry.version
    options = option_rows(Kind(version.kind), version.options, chosen=())
    return {
        "id": card.id,
        "stem": localised(version, "stem"),
        "asked_now": entry.asked_now,
        "answers": [] if entry.asked_now else [option for option in options if option["id"] in key],
        "why": "" if entry.asked_now else localised(version, "explanation"),
        "source": "" if entry.asked_now else localised(version, "source"),
        "dropped": not key,
        "retired": version.state == VersionState.RETIRED,
        "wrong": ngettext("Wrong %(num)d time", "Wrong %(num)d times", card.times_wrong),
        "right_since": card.right_since,
        "next": _next_time(card.due_at),
        "since": day(card.changed_at),
    }


def _next_time(due_at: datetime) -> str:
    """The day it is asked again, from today on."""
    day_due = clock.local(due_at).date()
    if day_due <= clock.today():
        return str(_("today"))
    return str(_("tomorrow")) if day_due == clock.today() + timedelta(days=1) else day(day_due)


def shown_as(learner: Learner | None) -> str:
    """How the person appears on boards, in one sentence."""
    if learner is None:
        return str(_("You are on no board."))
    if learner.hidden:
        return str(_("Your nickname is hidden; your results count for your community only."))
    return str(_("You appear as “%(nickname)s”.", nickname=learner.nickname))
