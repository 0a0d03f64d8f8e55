"""The pages of definitions."""

from __future__ import annotations

from typing import Any

from flask import url_for

from citizen.quizzes.queries.bank import topics
from citizen.surveys.documents.desk import measure_name, rate_choices, rate_word, sections, topic_choices
from citizen.surveys.forms.measures import MeasureSheet
from citizen.surveys.models import Measure, MeasureItem
from citizen.surveys.queries.measures import definition_of, draft_of, items_of, measures
from citizen.surveys.rules.measures import MAX_ITEMS, MAX_OPTIONS, lacking
from citizen.web.locale import localised, page_language


def list_page() -> dict[str, Any]:
    """All numbers of all measures."""
    rows = [
        {
            "title": localised(row, "title"),
            "url": url_for("measures.show", measure_id=row.id),
            "code": row.code,
            "number": row.number,
            "rate": rate_word(row.rate),
            "fixed": row.fixed_at,
        }
        for row in measures()
    ]
    return {"rows": rows, "sections": sections("measures")}


def measure_page(measure: Measure) -> dict[str, Any]:
    """One number: its definition and its questions, as people will read them."""
    draft = draft_of(measure.code)
    return {
        "measure": measure,
        "name": measure_name(measure),
        "rate": rate_word(measure.rate),
        "items": [_item(row) for row in items_of(measure.id)],
        "lacking": [] if measure.fixed_at else lacking(definition_of(measure)),
        "draft": draft if draft is not None and draft.id != measure.id else None,
        "sections": sections("measures"),
    }


def _item(row: MeasureItem) -> dict[str, Any]:
    names = {topic.code: topic.words.in_language(page_language()) for topic in topics()}
    return {
        "question": localised(row, "question"),
        "other": row.question_hans if page_language() == "en" else row.question_en,
        "topic": names.get(row.topic or "", ""),
        "anchor": row.anchor,
        "options": [{"words": option_words(option), "counts": option["counts"]} for option in row.options],
    }


def option_words(option: dict[str, Any]) -> str:
    """A stored option in the page's language."""
    key = {"zh-Hant": "hant", "en": "en"}.get(page_language(), "hans")
    return str(option[key] or option["hans"])


def sheet_page(sheet: MeasureSheet, *, measure: Measure | None = None, focus: str = "") -> dict[str, Any]:
    """The sheet on which a definition is written; ``focus`` is the field to go on with."""
    return {
        "sheet": sheet,
        "form_errors": sheet.errors,
        "measure": measure,
        "name": measure_name(measure) if measure is not None else "",
        "focus": focus,
        "rates": rate_choices(),
        "topics": topic_choices(),
        "most_items": MAX_ITEMS,
        "most_options": MAX_OPTIONS,
        "sections": sections("measures"),
    }
