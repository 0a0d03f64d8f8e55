"""The filters that list, calendar and map share: chips, the form, and addresses that carry them on."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from shapely.geometry import shape

from citizen.core.clock import today
from citizen.core.geo import LonLat
from citizen.departments.queries import directory
from citizen.volunteers.queries.kinds import kind_names
from citizen.volunteers.rules.finding import MONTH, WEEK, WEEKEND, Wanted
from citizen.web.fragments import Part
from citizen.web.locale import localised
from citizen.web.templating import day

INDEX, CALENDAR, MAP = "volunteers.index", "volunteers.calendar", "volunteers.map"

Options = list[tuple[str, str]]


def known(wanted: Wanted) -> Wanted:
    """The filters without codes that the county does not have."""
    county = directory()
    return replace(
        wanted,
        kind=wanted.kind if any(row.code == wanted.kind for row in kind_names()) else "",
        area=wanted.area if wanted.area in county.areas else "",
        near=wanted.near if wanted.near in county.areas or wanted.near in county.points else "",
    )


def address(endpoint: str, wanted: Wanted, **changes: Any) -> str:
    """The address of a page with the filters, some of them changed; always from the start of the list."""
    after = changes.pop("after", "")
    values = replace(wanted, **changes).values() | ({"after": after} if after else {})
    return url_for(endpoint, **values)


def filter_bar(endpoint: str, wanted: Wanted) -> Part:
    """Everything that the filter component draws; chips of days only where the page is about a span of days."""
    wanted = replace(wanted, after=0)
    key = (endpoint, request.script_root, wanted, directory().stamp, today())
    return Part(key, partial(_filter_bar, endpoint, wanted))


def _filter_bar(endpoint: str, wanted: Wanted) -> dict[str, Any]:
    listed = endpoint == INDEX
    offered = [(row.code, localised(row, "name")) for row in kind_names()]
    return {
        "action": url_for(endpoint),
        "days": _days(endpoint, wanted) if endpoint != CALENDAR else [],
        "parts": _parts(endpoint, wanted),
        "kinds": [("", _("All posts")), *offered],
        "areas": [("", _("All areas")), *_areas()],
        "near": _near(wanted) if listed else [],
        "sorts": _sorts(endpoint, wanted) if listed and origin_of(wanted) else [],
        "wanted": wanted,
        "picks_day": endpoint != CALENDAR,
        "summary": _("Filters: %(chosen)s", chosen=_chosen(wanted, dict(offered), days=endpoint != CALENDAR)),
        "kept": {name: value for name, value in wanted.values().items() if name in ("part", "when")},
    }


def sister_pages(endpoint: str, wanted: Wanted) -> Part:
    """List, calendar and map of the same shifts."""
    wanted = replace(wanted, after=0)
    key = (endpoint, request.script_root, wanted)
    return Part(key, lambda: {"pages": _sister_pages(endpoint, wanted)})


def _sister_pages(endpoint: str, wanted: Wanted) -> list[dict[str, Any]]:
    names = {INDEX: _("List"), CALENDAR: _("Calendar"), MAP: _("On the map")}
    return [
        {"url": address(name, wanted), "label": label, "current": name == endpoint} for name, label in names.items()
    ]


def origin_of(wanted: Wanted) -> LonLat | None:
    """From where distances are reckoned: a point, the middle of an area, or the phone's position to about 100 metres."""
    county = directory()
    if wanted.near in county.points:
        point = county.points[wanted.near]
        return point.lon, point.lat
    return middle_of(wanted.near) if wanted.near in county.areas else wanted.place


def middle_of(area: str) -> LonLat:
    """A place well inside an area."""
    return _middle_of(directory().stamp, area)


@lru_cache(maxsize=100)
def _middle_of(_stamp: str, area: str) -> LonLat:
    point = shape(directory().areas[area].geometry).representative_point()
    return point.x, point.y


def when_words(wanted: Wanted) -> str:
    """The days asked for."""
    names = {WEEK: _("These 7 days"), WEEKEND: _("Weekend"), MONTH: _("30 days")}
    return day(wanted.day) if wanted.day else names[wanted.when]


def part_names() -> dict[str, str]:
    """The parts of the day in words."""
    return {"morning": _("Morning"), "afternoon": _("Afternoon"), "evening": _("Evening")}


def _days(endpoint: str, wanted: Wanted) -> list[dict[str, Any]]:
    one = [wanted.when] if wanted.day else []
    return [
        {
            "url": address(endpoint, wanted, when=code),
            "label": when_words(replace(wanted, when=code)),
            "current": code == wanted.when,
        }
        for code in (WEEK, WEEKEND, MONTH, *one)
    ]


def _parts(endpoint: str, wanted: Wanted) -> list[dict[str, Any]]:
    return [
        {"url": address(endpoint, wanted, part=code), "label": label, "current": code == wanted.part}
        for code, label in {"": _("All day"), **part_names()}.items()
    ]


def _sorts(endpoint: str, wanted: Wanted) -> list[dict[str, Any]]:
    words = {False: _("Nearest first"), True: _("By time")}
    return [
        {"url": address(endpoint, wanted, by_time=code), "label": label, "current": code == wanted.by_time}
        for code, label in words.items()
    ]


def _areas() -> Options:
    return [(code, localised(row, "name")) for code, row in directory().areas.items()]


def _near(wanted: Wanted) -> Options:
    """Areas, and the points of the area that was chosen: two hundred points at once would help nobody."""
    county = directory()
    asked = wanted.near if wanted.near in county.areas else wanted.area
    area = county.points[wanted.near].area_code if wanted.near in county.points else asked
    points = [(code, localised(row, "name")) for code, row in county.points.items() if row.area_code == area]
    return [("", _("Anywhere")), *_areas(), *points]


def _chosen(wanted: Wanted, offered: dict[str, str], *, days: bool) -> str:
    words = [
        when_words(wanted) if days else "",
        part_names().get(wanted.part, ""),
        offered.get(wanted.kind, _("All posts")),
        localised(directory().areas.get(wanted.area), "name"),
        _("only with free places") if wanted.free else "",
    ]
    return str(_(", ")).join(word for word in words if word)
