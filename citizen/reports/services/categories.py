"""Loading the categories of a county."""

from __future__ import annotations

import json
from typing import Any

from citizen.core.content import Content, to_traditional
from citizen.extensions import db
from citizen.reports.models import Category, ResidentGroup


def import_categories(files: Content) -> int:
    """Write resident groups and categories of a county's folder, replacing rows of the same code; returns how many.

    Flushes; the caller's transaction commits. Call `departments.services.touch` afterwards.
    """
    for row in files.rows("resident_groups.csv"):
        names = _names("name", row["zh"], row["en"]) | _names("hint", row["hint_zh"], row["hint_en"])
        db.session.merge(ResidentGroup(code=row["code"], sort=int(row["sort"]), **names))
    db.session.flush()
    rows = sorted(files.rows("categories.csv"), key=lambda row: int(row["level"]))
    for row in rows:
        db.session.merge(_category(row))
        if row["level"] == "1":
            db.session.flush()
    db.session.flush()
    return len(rows)


def _names(prefix: str, hans: str, en: str) -> dict[str, str]:
    return {f"{prefix}_hans": hans, f"{prefix}_hant": to_traditional(hans), f"{prefix}_en": en}


def _category(row: dict[str, str]) -> Category:
    return Category(
        code=row["code"],
        parent_code=row["parent_code"] or None,
        level=int(row["level"]),
        default_unit=row["default_dept_kind"],
        co_units=_split(row["co_dept_kinds"]),
        limit_hours=int(row["default_limit_hours"] or 0),
        clock=row["clock"] or "working",
        urgency=row["urgency"] or "normal",
        exposure_eligible=row["exposure_eligible"] == "yes",
        exposure_mode=row["exposure_mode"],
        subject=row["subject"],
        resident_group=row["resident_group"] or None,
        keywords_zh=_split(row["keywords_zh"]),
        keywords_en=_split(row["keywords_en"]),
        questions=[_question(question) for question in json.loads(row["ask"] or "[]")],
        hotlines=_split(row["hotline"]),
        sort=int(row["sort"]),
        **_names("name", row["name_zh"], row["name_en"]),
        **_names("definition", row["definition_zh"], row["definition_en"]),
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


def _question(raw: dict[str, Any]) -> dict[str, Any]:
    def words(item: dict[str, Any]) -> dict[str, str]:
        return {"hans": item["zh"], "hant": to_traditional(item["zh"]), "en": item["en"]}

    options = [{"value": option["value"], **words(option)} for option in raw["options"]]
    return {"id": raw["id"], **words(raw), "options": options}
