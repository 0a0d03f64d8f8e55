"""What the pages of a verifier show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from citizen.cases.forms.unit import RESULTS
from citizen.cases.models import Case
from citizen.cases.queries.unit import report_photos, without_numbers
from citizen.cases.queries.verify import Drawn
from citizen.cases.services.fixing import CHECK, FIX
from citizen.cases.services.telling import reports_of
from citizen.cases.services.verification import items_of, new_deadline
from citizen.cases.views.due import deadline_words, due_of
from citizen.cases.views.pictures import address, picked, shown
from citizen.cases.views.unit_rows import geo_url, place_words
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos.queries import photos_of
from citizen.reports.models import Category
from citizen.web.locale import localised, page_language


def jobs(cases: Sequence[Case], now: datetime) -> list[dict[str, Any]]:
    """Cards of the fixes that wait, nearest deadline first."""
    photos = report_photos(case.id for case in cases)
    rows = []
    for index, case in enumerate(cases):
        unit = directory().units.get(case.unit_code or "")
        rows.append(
            {
                "number": case.number,
                "url": url_for("verify.case", number=case.number),
                "title": without_numbers(case.title),
                "due": due_of(case, now),
                "state": "working",
                "word": _("To check"),
                "place": place_words(case),
                "extra": localised(unit, "name") if unit else "",
                "thumb_url": next(
                    (address(photo, "thumb") for photo in photos.get(case.id, []) if address(photo, "thumb")), ""
                ),
                "note": "",
                "current": index == 0,
            }
        )
    return rows


def page(drawn: Drawn, answers: dict[str, dict[str, str]], now: datetime) -> dict[str, Any]:
    """Everything on the page of one check: what was reported, what was done, and what to look at."""
    case, check, fix = drawn.case, drawn.check, drawn.fix
    units = directory().units
    category = db.session.get(Category, case.category_code) if case.category_code else None
    return {
        "case": case,
        "title": without_numbers(case.title),
        "due": due_of(case, now),
        "own_unit": localised(units[check.verifier_unit], "name"),
        "fixer_unit": localised(units[check.fixer_unit], "name"),
        "said": [without_numbers(report.words) for report in reports_of(case)],
        "before": shown(report_photos([case.id]).get(case.id, []), _("Photo from the reporter")),
        "after": shown(photos_of(FIX, fix.id), _("Photo afterwards")),
        "fix": fix,
        "result": dict(RESULTS).get(fix.resolution or "", ""),
        "category": localised(category, "name") if category else "",
        "place": place_words(case),
        "geo_url": geo_url(case),
        "items": _items(drawn, answers),
        "stored": picked(photos_of(CHECK, check.id)),
        "rework_until": deadline_words(new_deadline(case, now)),
        "open": check.done_at is None,
    }


def _items(drawn: Drawn, answers: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """What to look at, with the answers given so far."""
    language = page_language()
    return [
        {
            "id": item.id,
            "text": item.text(language),
            "value": answers.get(item.id, {}).get("value", ""),
            "why": answers.get(item.id, {}).get("why", ""),
        }
        for item in items_of(drawn.case, drawn.fix)
    ]
