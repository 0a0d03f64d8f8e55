"""Reads about reports, drafts, categories and groups."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from citizen.core.content import content
from citizen.core.text import fold_width, to_simplified
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos.queries import evidence_of, photos_of
from citizen.projection.queries import Near, nearby
from citizen.reports.models import Category, Draft, Report, ResidentGroup
from citizen.reports.rules import (
    DANGER,
    EMERGENCY,
    KEEP_DRAFT,
    KEEP_SENT_DRAFT,
    NEAR_LIMIT,
    NEAR_METRES,
    CategoryWords,
    PlaceChoice,
    rank_categories,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Categories and groups of one edition of the content, by code, in their order; read-only rows."""

    stamp: str
    categories: dict[str, Category]
    groups: dict[str, ResidentGroup]
    words: tuple[CategoryWords, ...]
    synonyms: dict[str, str]


def catalogue() -> Catalogue:
    """The present categories and groups, reloaded by every process when the content changes."""
    stamp = directory().stamp
    cached: Catalogue | None = current_app.extensions.get("citizen_catalogue")
    if cached is None or cached.stamp != stamp:
        cached = _load(stamp)
        current_app.extensions["citizen_catalogue"] = cached
    return cached


def _load(stamp: str) -> Catalogue:
    categories = db.session.execute(db.select(Category).order_by(Category.sort, Category.code)).scalars().all()
    groups = db.session.execute(db.select(ResidentGroup).order_by(ResidentGroup.sort)).scalars().all()
    for row in (*categories, *groups):
        db.session.expunge(row)
    words = tuple(_words(row) for row in categories if row.level == 2)
    synonyms = {fold_query(word): fold_query(canonical) for word, canonical in content().synonyms.items()}
    return Catalogue(stamp, {row.code: row for row in categories}, {row.code: row for row in groups}, words, synonyms)


def fold_query(text: str) -> str:
    """Text as the category search compares it: Simplified, half width, lower case, single spaces."""
    return " ".join(to_simplified(fold_width(text)).casefold().split())


def _words(row: Category) -> CategoryWords:
    return CategoryWords(
        row.code,
        tuple(fold_query(name) for name in (row.name_hans, row.name_en)),
        tuple(fold_query(word) for word in (*row.keywords_zh, *row.keywords_en)),
        fold_query(f"{row.definition_hans} {row.definition_en}"),
    )


def categories() -> dict[str, Category]:
    """All categories by code, both levels; names in three languages (`localised`)."""
    return catalogue().categories


def groups() -> dict[str, ResidentGroup]:
    """The everyday groups by code, in the order shown."""
    return catalogue().groups


def find_categories(text: str, *, limit: int = 6) -> list[Category]:
    """Categories that everyday words speak of, best first; Traditional is read as Simplified."""
    known = catalogue()
    codes = rank_categories(fold_query(text), known.words, synonyms=known.synonyms, limit=limit)
    return [known.categories[code] for code in codes]


def chosen_category(code: str | None) -> Category | None:
    """The category of level 2 with this code, or None."""
    row = categories().get(code or "")
    return row if row is not None and row.level == 2 else None


def call_first(group: str | None, category: Category | None) -> list[str]:
    """Numbers to telephone before reporting: an emergency's own, else those of the group's emergencies;
    often none."""
    if category is not None and category.urgency == EMERGENCY:
        return list(category.hotlines)
    if group != DANGER:
        return []
    urgent = (row for row in categories().values() if row.resident_group == DANGER and row.urgency == EMERGENCY)
    if category is not None and category.hotlines:
        return list(category.hotlines)
    return list(dict.fromkeys(number for row in urgent for number in row.hotlines if len(number) == 3))


def report_by_number(number: str) -> Report | None:
    """The report with this number in its canonical form."""
    return db.session.execute(db.select(Report).where(Report.number == number)).scalar_one_or_none()


def report_of(draft: Draft) -> Report | None:
    """The report that ``draft`` became."""
    return db.session.get(Report, draft.report_id) if draft.report_id else None


def draft_by_key(key: str) -> Draft | None:
    """The draft with this key."""
    return db.session.execute(db.select(Draft).where(Draft.key == key)).scalar_one_or_none()


def unfinished_draft(keys: Iterable[str]) -> Draft | None:
    """The draft among ``keys`` that was worked on last and has not been sent."""
    query = db.select(Draft).where(Draft.key.in_(list(keys)), Draft.report_id.is_(None))
    return db.session.execute(query.order_by(Draft.updated_at.desc()).limit(1)).scalar_one_or_none()


def stale_drafts(now: datetime, *, limit: int = 200) -> list[int]:
    """Ids of drafts to forget: abandoned for thirty days, or sent a week ago."""
    abandoned = Draft.report_id.is_(None) & (Draft.updated_at < now - KEEP_DRAFT)
    sent = Draft.report_id.is_not(None) & (Draft.updated_at < now - KEEP_SENT_DRAFT)
    return list(db.session.execute(db.select(Draft.id).where(abandoned | sent).limit(limit)).scalars())


def photo_places(draft: Draft) -> dict[str, tuple[float, float]]:
    """Where the photos of ``draft`` say they were taken (lon, lat in WGS-84), by photo id as text."""
    found = evidence_of(photo.id for photo in photos_of("draft", draft.id))
    return {str(key): (row.lon, row.lat) for key, row in found.items() if row.lon is not None and row.lat is not None}


def near_or_nothing(place: PlaceChoice | None, group: str | None) -> list[Near]:
    """Released cases near a draft's place and of its group; a failing look-up is nobody's obstacle and
    yields none."""
    if place is None or place.lon is None or place.lat is None or group is None:
        return []
    try:
        return nearby(place.lon, place.lat, group=group, metres=NEAR_METRES, limit=NEAR_LIMIT)
    except SQLAlchemyError:
        log.exception("the look-up of reports nearby failed")
        db.session.rollback()
        return []
