"""Rows of the public projection, as far as they follow from a case alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from citizen.core.content import to_traditional
from citizen.core.geo import round_place
from citizen.demo.ledger import local_day
from citizen.demo.plan import Story

#: Places are shown to so many metres.
GRAIN = 50
#: What a case that stands on no board leaves open.
_NO_FACT: dict[str, Any] = {
    "board": "exposure",
    "status": "working",
    **dict.fromkeys(("text_hans", "text_hant", "text_en", "before_alt", "after_alt", "reply"), ""),
    **dict.fromkeys(("fixed_day", "verified_day", "before_photo", "after_photo", "expires_at")),
}


def fact_row(story: Story, case: dict[str, Any], titles: tuple[str, str]) -> dict[str, Any]:
    """What, where and when of a released case; ``titles`` are (Simplified, English)."""
    return _NO_FACT | {
        "case_id": case["id"],
        "title_hans": titles[0],
        "title_hant": to_traditional(titles[0]),
        "title_en": titles[1],
        "category_code": story.kind.code,
        "resident_group": story.kind.resident_group or "",
        "area_code": story.spot.area,
        "unit_code": case["unit_code"],
        **_where(story),
        "reported_day": local_day(story.received),
        "promised_day": day_of(case["deadline_at"]),
        "day": local_day(story.received),
        "released_at": case["released_at"],
    }


def day_of(at: datetime | None) -> date | None:
    """The county's day of a moment."""
    return local_day(int(at.timestamp())) if at else None


def _where(story: Story) -> dict[str, Any]:
    lon, lat = round_place(story.spot.lon, story.spot.lat, GRAIN)
    names = story.spot.names
    return {"place_hans": names[0], "place_hant": names[1], "place_en": names[2], "lon": lon, "lat": lat}
