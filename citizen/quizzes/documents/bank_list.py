"""What the list of the bank shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_int
from citizen.core.text import clean_line
from citizen.quizzes.documents.bank_words import STATES, difficulty_name, kind_name, state_tag, topic_name, validity
from citizen.quizzes.forms.questions import DIFFICULTY_WORDS, mark_of
from citizen.quizzes.queries import bank_list as queries
from citizen.quizzes.queries.bank import names_of, topics, writers_of
from citizen.quizzes.queries.bank_list import PAGE, SOON, Narrow, Row, Wanted
from citizen.quizzes.rules.questions import MAX_TAG, VersionState
from citizen.quizzes.services.reviewing import Outcome
from citizen.web.locale import localised, page_language
from citizen.web.templating import day

NARROWINGS: dict[Narrow, Any] = {
    Narrow.EXPIRING: _l("Expiring within 60 days"),
    Narrow.EXPIRED: _l("No longer valid"),
    Narrow.DOUBTS: _l("Flagged by statistics"),
}
OUTCOMES: dict[Outcome, tuple[str, Any]] = {
    Outcome.DONE: ("done", _l("Approved, in use now")),
    Outcome.OWN: ("waiting", _l("You wrote in it: a colleague has to look at it")),
    Outcome.STALE: ("overdue", _l("Changed meanwhile: look at it again")),
    Outcome.GONE: ("overdue", _l("No such question")),
}


def wanted_of(values: dict[str, str]) -> Wanted:
    """The view that an address asks for; what means nothing is passed over."""
    return Wanted(
        words=_clean(values.get("q", ""), 60),
        topic=values.get("topic", "") if values.get("topic") in {row.code for row in topics()} else "",
        difficulty=parse_int(values.get("difficulty"), 1, 3) or 0,
        state=values.get("state", "") if values.get("state") in list(VersionState) else "",
        tag=_clean(values.get("tag", ""), MAX_TAG),
        narrow=values.get("only", "") if values.get("only") in list(Narrow) else "",
    )


def values_of(wanted: Wanted) -> dict[str, Any]:
    """The query values of a view."""
    values = {
        "q": wanted.words,
        "topic": wanted.topic,
        "difficulty": wanted.difficulty,
        "state": wanted.state,
        "tag": wanted.tag,
        "only": wanted.narrow,
    }
    return {name: value for name, value in values.items() if value}


def address(wanted: Wanted, **more: Any) -> str:
    """The address of a view."""
    return url_for("question_desk.index", **values_of(wanted), **more)


def list_page(wanted: Wanted, *, page: int, viewer_id: int) -> dict[str, Any]:
    """One page of the list; a page after the last is the last."""
    today = clock.today()
    counts = queries.counts(wanted, today=today)
    total = counts.get(wanted.state, 0) if wanted.state else sum(counts.values())
    pages = max(1, -(-total // PAGE))
    page = min(page, pages)
    rows = queries.bank_page(wanted, page=page, today=today)
    authors = names_of(row.version.author_id for row in rows)
    writers = writers_of(row.version for row in rows if row.version.state == VersionState.REVIEW)
    own = {version_id for version_id, people in writers.items() if viewer_id in people}
    shown = [_row(row, authors, today=today, own=row.version.id in own) for row in rows]
    return {
        "wanted": wanted,
        "total": total,
        "views": _views(wanted, counts),
        "topics": [(row.code, row.words.in_language(page_language())) for row in topics()],
        "difficulties": [(code, difficulty_name(code)) for code in DIFFICULTY_WORDS],
        "narrowings": list(NARROWINGS.items()),
        "filtered": bool(values_of(replace(wanted, state=""))),
        "rows": shown,
        "can_tick": any(row["value"] for row in shown),
        "values": values_of(wanted),
        "page": page,
        "pages": pages,
        "prev_url": address(wanted, page=page - 1) if page > 1 else "",
        "next_url": address(wanted, page=page + 1) if page < pages else "",
    }


def results(found: list[tuple[int, str]], rows: dict[int, tuple[str, str]]) -> list[dict[str, Any]]:
    """What came of each approval; ``rows`` is version id → code and question."""
    lines = []
    for id_, outcome in found:
        shape, word = OUTCOMES[Outcome(outcome)]
        code, stem = rows.get(id_, ("", str(id_)))
        url = url_for("question_desk.show", code=code) if code else ""
        lines.append({"code": code, "stem": stem, "url": url, "state": shape, "word": word})
    return lines


def _views(wanted: Wanted, counts: dict[str, int]) -> list[dict[str, Any]]:
    names = {"": _("All"), **{state.value: word for state, (_shape, word) in STATES.items()}}
    return [
        {
            "url": address(replace(wanted, state=code)),
            "label": name,
            "count": counts.get(code, 0) if code else sum(counts.values()),
            "current": code == wanted.state,
        }
        for code, name in names.items()
    ]


def _row(row: Row, authors: dict[int, str], *, today: date, own: bool) -> dict[str, Any]:
    version = row.version
    shape, word = state_tag(version.state)
    review = version.state == VersionState.REVIEW
    return {
        "code": row.code,
        "number": version.number,
        "url": _url(row.code, version.state),
        "stem": localised(version, "stem"),
        "kind": kind_name(version.kind),
        "topic": topic_name(version.topic),
        "difficulty": difficulty_name(version.difficulty),
        "tags": [(tag, address(Wanted(tag=tag))) for tag in version.tags],
        "state": shape,
        "word": word,
        "author": authors.get(version.author_id, ""),
        "changed": day(version.changed_at),
        "validity": validity(version.valid_from, version.valid_to),
        "ends": _ends(version.valid_to, version.state, today=today),
        "doubts": len(row.doubts),
        "own": own,
        "value": mark_of(version) if review and not own else "",
    }


def _ends(last: date | None, state: str, *, today: date) -> str:
    """Whether the last day is past ("over") or near ("soon"); of what is retired nobody needs to know."""
    if last is None or state == VersionState.RETIRED or last > today + SOON:
        return ""
    return "over" if last < today else "soon"


def _url(code: str, state: str) -> str:
    page = {VersionState.DRAFT: "edit", VersionState.REVIEW: "review"}.get(VersionState(state), "show")
    return url_for(f"question_desk.{page}", code=code)


def _clean(raw: str, limit: int) -> str:
    try:
        return clean_line(raw, limit)
    except InvalidInput:
        return ""
