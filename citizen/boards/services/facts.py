"""From an entry to what the public sees, and back: the row, its two pictures and the index change
together.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from citizen.boards.models import BoardEntry
from citizen.boards.rules import status_of
from citizen.cases.models import Case
from citizen.cases.rules import CaseState, Resolution
from citizen.core import clock
from citizen.core.content import to_traditional
from citizen.core.geo import round_place
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos import services as photos
from citizen.photos.models import Photo
from citizen.projection import services as projection
from citizen.projection.models import ReleasedFact
from citizen.projection.queries import BOARD
from citizen.reports.models import Category
from citizen.search.jobs import entry_changed

#: Precision → metres to which the place is rounded; a street is longer than a point is wide.
GRAIN = {"point": 50, "street": 200}


def show(entry: BoardEntry, case: Case) -> None:
    """Release the entry with its pictures, or bring what is released up to date.

    Raises Conflict when a picture's masks were not checked by a person.
    """
    values = {
        "case_id": case.id,
        **_words(entry, case),
        **_place(entry, case),
        **_days(case),
        **_standing(entry, case),
    }
    projection.publish(BOARD, entry.number, values={**values, **_pictures(entry)})
    entry_changed(entry.number)


def hide(entry: BoardEntry) -> None:
    """Take the entry and its pictures back; with this transaction both are gone for everybody."""
    projection.withdraw(BOARD, entry.number)
    for photo_id in (entry.before_photo_id, entry.after_photo_id):
        photo = db.session.get(Photo, photo_id) if photo_id else None
        if photo is not None and photo.public_name and not _used_elsewhere(photo.public_name):
            photos.withdraw(photo)
    entry_changed(entry.number)


def is_fixed(case: Case) -> bool:
    """Whether somebody of another unit verified that the case is fixed."""
    return case.state == CaseState.CLOSED and case.resolution == Resolution.FIXED


def accuses(entry: BoardEntry, case: Case) -> bool:
    """Whether the entry puts pressure on a unit; a verified repair and the red board do not."""
    return entry.board == "exposure" and not is_fixed(case)


def _used_elsewhere(name: str) -> bool:
    query = db.select(ReleasedFact.id).where((ReleasedFact.before_photo == name) | (ReleasedFact.after_photo == name))
    return db.session.execute(query.limit(1)).first() is not None


def _words(entry: BoardEntry, case: Case) -> dict[str, Any]:
    return {
        "board": entry.board,
        "title_hans": entry.title_hans,
        "title_hant": to_traditional(entry.title_hans),
        "title_en": entry.title_en or _english_title(case),
        "text_hans": entry.text_hans,
        "text_hant": to_traditional(entry.text_hans),
        "text_en": entry.text_en,
        "reply": entry.reply,
    }


def _english_title(case: Case) -> str:
    category = db.session.get(Category, case.category_code) if case.category_code else None
    area = directory().areas[case.area_code]
    return f"{category.name_en} · {area.name_en}" if category else area.name_en


def _place(entry: BoardEntry, case: Case) -> dict[str, Any]:
    """The place at the released precision; a resident's own words for it are never released."""
    area, point = directory().areas[case.area_code], directory().points.get(case.point_code or "")
    named = point if entry.precision == "point" and point is not None else area
    lon = lat = None
    if entry.precision in GRAIN and case.lon is not None and case.lat is not None:
        lon, lat = round_place(case.lon, case.lat, GRAIN[entry.precision])
    return {
        "area_code": case.area_code,
        "place_hans": named.name_hans,
        "place_hant": named.name_hant,
        "place_en": named.name_en,
        "lon": lon,
        "lat": lat,
    }


def _days(case: Case) -> dict[str, Any]:
    fixed = is_fixed(case)
    return {
        "reported_day": _day(case.received_at),
        "promised_day": _day(case.deadline_at),
        "fixed_day": _day(case.fixed_at or case.first_fixed_at) if fixed else None,
        "verified_day": _day(case.closed_at) if fixed else None,
    }


def _pictures(entry: BoardEntry) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for which, photo_id in (("before", entry.before_photo_id), ("after", entry.after_photo_id)):
        photo = db.session.get(Photo, photo_id) if photo_id else None
        found[f"{which}_photo"] = photos.release(photo) if photo else None
        found[f"{which}_alt"] = photo.alt if photo else ""
    return found


def _standing(entry: BoardEntry, case: Case) -> dict[str, Any]:
    now, fixed = clock.now(), is_fixed(case)
    category = db.session.get(Category, case.category_code) if case.category_code else None
    shown = _day(entry.published_at or now)
    return {
        "category_code": case.category_code or "",
        "resident_group": (category.resident_group if category else None) or "",
        "unit_code": case.unit_code,
        "status": status_of(board=entry.board, fixed=fixed, deadline_at=case.deadline_at, now=now),
        "day": _day(case.closed_at) if fixed and case.closed_at else shown,
        "expires_at": entry.expires_at,
    }


def _day(moment: datetime | None) -> date | None:
    return clock.local(moment).date() if moment else None
