"""What first attempts say of questions: the table, one version, one quiz, the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.exports import Cell
from citizen.core.intervals import wilson
from citizen.core.numbers import parse_page
from citizen.quizzes.documents.bank_words import joined, options_of, topic_name
from citizen.quizzes.documents.quiz_desk import percent, sections
from citizen.quizzes.models import QuestionVersion, Quiz, VersionStatistics
from citizen.quizzes.queries import statistics as queries
from citizen.quizzes.queries.bank import content_of
from citizen.quizzes.queries.keys import keys_of
from citizen.quizzes.queries.remarking import corrections
from citizen.quizzes.queries.statistics import STALE, Known
from citizen.quizzes.rules.statistics import MOST_SAMPLES, Doubt, distribution
from citizen.web.locale import localised, page_language
from citizen.web.templating import when

PAGE = 50
DOUBTS: dict[Doubt, Any] = {
    Doubt.KEY_DOUBT: _l("those who know most prefer another answer"),
    Doubt.NEGATIVE: _l("those who know more get it wrong more often"),
    Doubt.TOO_HARD: _l("too hard, or no better than guessing"),
    Doubt.TOO_EASY: _l("nearly everybody is right"),
    Doubt.DEAD_OPTION: _l("an answer that nobody chooses"),
}
#: The gravest doubt first.
WEIGHT = {doubt: len(DOUBTS) - place for place, doubt in enumerate(DOUBTS)}
SORTS: dict[str, Any] = {
    "doubts": _l("Doubts first"),
    "facility": _l("Hardest first"),
    "discrimination": _l("Lowest discrimination first"),
    "n": _l("Most answered first"),
    "seconds": _l("Slowest first"),
}


def ordered(rows: Collection[Known], sort: str) -> list[Known]:
    """The rows in one of `SORTS`; what has no value comes last."""
    keys: dict[str, Any] = {
        "doubts": lambda row: (-sum(WEIGHT[Doubt(code)] for code in row.doubts), -row.n),
        "facility": lambda row: (row.facility is None, row.facility or 0),
        "discrimination": lambda row: (row.discrimination is None, row.discrimination or 0),
        "n": lambda row: -row.n,
        "seconds": lambda row: (row.seconds is None, -(row.seconds or 0)),
    }
    return sorted(rows, key=keys.get(sort, keys["doubts"]))


def table_page(sort: str, page: object) -> dict[str, Any]:
    """All versions with statistics, fifty a page."""
    sort, number = sort if sort in SORTS else "doubts", parse_page(page)
    rows = ordered(queries.known(), sort)
    shown = rows[(number - 1) * PAGE : number * PAGE]
    versions = queries.versions([row.version_id for row in shown])

    def link(wanted: int) -> str:
        return url_for("quiz_desk.statistics", sort=sort, page=wanted)

    return {
        "sections": sections("statistics"),
        "sorts": [
            {"url": url_for("quiz_desk.statistics", sort=code), "label": word, "current": code == sort}
            for code, word in SORTS.items()
        ],
        "rows": [_row(row, versions[row.version_id]) for row in shown],
        "total": len(rows),
        "doubted": sum(bool(row.doubts) for row in rows),
        "most": MOST_SAMPLES,
        "prev": link(number - 1) if number > 1 else "",
        "next": link(number + 1) if number * PAGE < len(rows) else "",
    }


def _row(row: Known, version: QuestionVersion) -> dict[str, Any]:
    return {
        "url": url_for("quiz_desk.version", version_id=row.version_id),
        "code": row.code if row.number == 1 else f"{row.code} v{row.number}",
        "stem": localised(version, "stem"),
        "topic": topic_name(row.topic),
        "n": row.n,
        "right": facility(row.right, row.n),
        "discrimination": number_or_dash(row.discrimination),
        "seconds": seconds_words(row.seconds),
        "doubts": doubt_words(row.doubts),
    }


def facility(right: int, n: int) -> str:
    """The share that was right with its 95 % interval."""
    found = wilson(min(right, n), n)
    if found is None:
        return "–"
    return str(
        _(
            "%(share)s (%(low)s to %(high)s)",
            share=percent(right, n),
            low=percent(found.low, 1),
            high=percent(found.high, 1),
        )
    )


def number_or_dash(value: float | None) -> str:
    """Two decimals; a dash where it is not defined."""
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def seconds_words(value: float | None) -> str:
    """Whole seconds; a dash where none was measured."""
    return "–" if value is None else str(round(value))


def doubt_words(codes: Collection[str]) -> list[Any]:
    """The doubts in words, the gravest first."""
    return [word for doubt, word in DOUBTS.items() if doubt.value in codes]


def version_page(version: QuestionVersion, found: VersionStatistics) -> dict[str, Any]:
    """How one version was answered: each answer with how often it was chosen."""
    key = keys_of([version.id])[version.id][1]
    names = {
        id_: f"{mark} {words.in_language(page_language())}".strip()
        for id_, mark, words in options_of(content_of(version))
    }
    code = queries.codes([version.id])[version.id]
    return {
        "sections": sections("statistics"),
        "version": version,
        "code": code,
        "stem": localised(version, "stem"),
        "facts": [
            (_("First attempts"), found.n),
            (_("Right, with interval"), facility(found.right, found.n) if key else _("counts for nobody")),
            (_("Discrimination"), number_or_dash(found.discrimination)),
            (_("Median seconds"), seconds_words(found.seconds)),
            (_("Computed"), _("within the hour") if found.computed_at == STALE else when(found.computed_at)),
        ],
        "doubts": doubt_words(found.doubts),
        "bars": _bars(names, found, key),
        "corrections": [_correction(row, names) for row in corrections(version.id)],
        "question_url": question_url(code),
        "most": MOST_SAMPLES,
    }


def _bars(names: dict[str, str], found: VersionStatistics, key: Collection[str]) -> list[dict[str, Any]]:
    """Every answer, also one that nobody chose; those left empty only where there are some."""
    rows = [(name + (" ✓" if id_ in key else ""), found.chosen.get(id_, 0)) for id_, name in names.items()]
    empty = found.chosen.get("", 0)
    rows += [(_("left empty"), empty)] if empty else []
    return [
        {"label": name, "value": n, "text": _("%(n)s · %(share)s", n=n, share=percent(n, found.n))} for name, n in rows
    ]


def _correction(row: Any, names: dict[str, str]) -> dict[str, Any]:
    return {
        "when": when(row.decided_at),
        "key": joined(names.get(id_, id_) for id_ in row.key) if row.key else _("counts for nobody"),
        "reason": row.reason,
        "attempts": row.attempts,
        "changed": row.changed,
    }


def question_url(code: str) -> str:
    """The question's page in the bank."""
    known = "question_desk.show" in current_app.view_functions
    return url_for("question_desk.show", code=code) if known else ""


def quiz_page(quiz: Quiz) -> dict[str, Any]:
    """One quiz: how many had how many right, and every question that it asked."""
    scores = queries.scores(quiz.id)
    n = sum(attempts for _score, attempts in scores)
    total = sum(score * attempts for score, attempts in scores)
    return {
        "sections": sections("index"),
        "quiz": quiz,
        "title": localised(quiz, "title"),
        "n": n,
        "mean": f"{total / n:.1f}" if n else "–",
        "bars": [
            {"label": str(score), "value": attempts, "text": str(attempts)}
            for score, attempts in enumerate(distribution(scores, quiz.size) if n else [])
        ],
        "rows": _quiz_rows(queries.met_in(quiz.id)),
    }


def _quiz_rows(met: list[queries.Met]) -> list[dict[str, Any]]:
    ids = [row.version_id for row in met]
    versions, codes = queries.versions(ids), queries.codes(ids)
    known = {row.version_id: row for row in queries.known()} if ids else {}
    rows = []
    for row in met:
        stats = known.get(row.version_id)
        rows.append(
            {
                "url": url_for("quiz_desk.version", version_id=row.version_id) if stats else "",
                "code": codes[row.version_id],
                "stem": localised(versions[row.version_id], "stem"),
                "n": row.n,
                "right": facility(row.right, row.n),
                "discrimination": number_or_dash(stats.discrimination if stats else None),
                "doubts": doubt_words(stats.doubts) if stats else [],
            }
        )
    return rows


def header() -> list[str]:
    """The first row of the file."""
    return [
        _("Question code"),
        _("Version"),
        _("Topic"),
        _("Question text"),
        _("First attempts"),
        _("Right"),
        _("Share right"),
        _("Share right, from"),
        _("Share right, to"),
        _("Discrimination"),
        _("Median seconds"),
        _("Doubts"),
        _("Computed"),
    ]


def file_rows() -> Iterator[list[Cell]]:
    """One row for each version with statistics."""
    rows = ordered(queries.known(), "doubts")
    for start in range(0, len(rows), PAGE):
        part = rows[start : start + PAGE]
        versions = queries.versions([row.version_id for row in part])
        for row in part:
            found = wilson(min(row.right, row.n), row.n)
            yield [
                row.code,
                row.number,
                topic_name(row.topic),
                localised(versions[row.version_id], "stem"),
                row.n,
                row.right,
                round(row.facility, 4) if row.facility is not None else None,
                round(found.low, 4) if found else None,
                round(found.high, 4) if found else None,
                round(row.discrimination, 3) if row.discrimination is not None else None,
                row.seconds,
                joined(doubt_words(row.doubts)),
                None if row.computed_at == STALE else row.computed_at,
            ]


def file_name() -> str:
    """What the file is called."""
    return f"questions-{clock.today().isoformat()}.xlsx"
