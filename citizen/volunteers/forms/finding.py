"""The filters of the shift lists out of an address: what means nothing is passed over, never an error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from citizen.core.numbers import parse_coordinate, parse_int
from citizen.core.text import fold_width
from citizen.volunteers.rules.finding import DECIMALS, MONTH, PARTS, WEEK, WEEKEND, Wanted

_LONGEST = 40
_LAST_ID = 2**31 - 1
#: Days outside these years are no days of shifts, and no clock of a zone goes as far as the calendar of the language does.
_YEARS = range(2000, 2101)


def wanted_from(args: Mapping[str, str]) -> Wanted:
    """The filters that an address asks for; codes of kinds and places are checked by the page, which knows them."""

    def said(name: str) -> str:
        return fold_width(args.get(name, "")[:_LONGEST]).strip()

    day = day_from(args.get("day", ""))
    when, part = said("when"), said("part")
    lon, lat = parse_coordinate(args.get("lon")), parse_coordinate(args.get("lat"))
    there = lon is not None and lat is not None and abs(lat) <= 90
    return Wanted(
        when=day.isoformat() if day else when if when in (WEEKEND, MONTH) else WEEK,
        part=part if part in PARTS else "",
        kind=said("kind"),
        area=said("area"),
        free=said("free") == "1",
        near=said("near"),
        place=(round(lon or 0, DECIMALS), round(lat or 0, DECIMALS)) if there else None,
        by_time=said("sort") == "time",
        after=parse_int(args.get("after"), 1, _LAST_ID) or 0,
    )


def day_from(raw: str) -> date | None:
    """The day written as 2026-09-05, also in full-width digits; None for anything else."""
    try:
        day = date.fromisoformat(fold_width(raw[:_LONGEST]).strip())
    except ValueError:
        return None
    return day if day.year in _YEARS else None
