"""The county as a small drawing: polygons of the directory projected to whole units of an SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import cos, hypot, radians
from typing import Any

from flask import current_app
from shapely.geometry import shape

from citizen.departments.queries import Directory, directory
from citizen.web.locale import localised

WIDTH = 720
#: Room around the county, as a part of its width.
MARGIN = 0.03
#: Kinds of areas drawn as the core of the town.
CORE = frozenset({"street"})
#: Room that a name takes in drawing units where it is drawn largest, on phones: a Han character, and a line.
EM, LINE = 34, 42
#: How far a name of the core may be moved, in drawing units.
FURTHEST = 120


@dataclass(frozen=True, slots=True)
class DrawnArea:
    """One area: its outline, where its name stands, and whether it belongs to the core."""

    code: str
    path: str
    name: str
    x: int
    y: int
    core: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the map components draw.

    ``bbox`` is west, south, east, north of the whole sheet (WGS-84), linear in both directions.
    """

    width: int
    height: int
    bbox: tuple[float, float, float, float]
    areas: tuple[DrawnArea, ...]
    grids: str
    river: str
    edge: str

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """The drawing units of a place (x to the right, y down)."""
        west, south, east, north = self.bbox
        return (lon - west) / (east - west) * self.width, (north - lat) / (north - south) * self.height


def county_drawing() -> Drawing:
    """The drawing of the present directory, with names in the page's language; its paths are made once a
    stamp."""
    known = directory()
    cached: tuple[str, Drawing] | None = current_app.extensions.get("citizen_drawing")
    if cached is None or cached[0] != known.stamp:
        cached = (known.stamp, _draw(known))
        current_app.extensions["citizen_drawing"] = cached
    named = [replace(area, name=localised(known.areas[area.code], "name")) for area in cached[1].areas]
    return replace(cached[1], areas=tuple(_apart(named)))


def _apart(areas: list[DrawnArea]) -> list[DrawnArea]:
    """The areas with names that do not cover each other: the core's are moved outward until they are free."""
    core = [area for area in areas if area.core]
    placed = [area for area in areas if not area.core]
    if not core:
        return areas
    x, y = sum(area.x for area in core) / len(core), sum(area.y for area in core) / len(core)
    for area in core:
        placed.append(_free(area, (area.x - x, area.y - y), placed=placed))
    return [area for code in (row.code for row in areas) for area in placed if area.code == code]


def _free(area: DrawnArea, away: tuple[float, float], *, placed: list[DrawnArea]) -> DrawnArea:
    """``area`` with its name moved away from the core's middle until it covers no other, else without it."""
    ways = [away, (away[0], 0.0), (0.0, away[1])]
    for step in range(0, FURTHEST, 8):
        for way in ways:
            length = hypot(*way) or 1.0
            dx, dy = (round(part / length * step) for part in way)
            moved = replace(area, x=area.x + dx, y=area.y + dy)
            if not any(_covers(moved, other) for other in placed):
                return moved
    return replace(area, name="")


def _covers(one: DrawnArea, other: DrawnArea) -> bool:
    return abs(one.y - other.y) < LINE and abs(one.x - other.x) < (_width(one) + _width(other)) / 2


def _width(area: DrawnArea) -> float:
    """About how wide a name is drawn; a Latin letter takes half a Han character."""
    return EM * sum(0.55 if char.isascii() else 1 for char in area.name)


def _draw(known: Directory) -> Drawing:
    west, south, east, north = known.territory.bounds
    pad = (east - west) * MARGIN
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    height = round(WIDTH * (north - south) / ((east - west) * cos(radians((north + south) / 2))))
    sheet = Drawing(WIDTH, height, (west, south, east, north), (), "", "", "")
    return replace(
        sheet,
        areas=tuple(_area(sheet, area) for area in known.areas.values()),
        grids="".join(_path(sheet, grid.geometry) for grid in known.grids.values()),
        edge=_path(sheet, known.county_ring),
    )


def _area(sheet: Drawing, area: Any) -> DrawnArea:
    centre = shape(area.geometry).representative_point()
    x, y = sheet.at(centre.x, centre.y)
    return DrawnArea(area.code, _path(sheet, area.geometry), "", round(x), round(y), area.kind in CORE)


def _rings(geometry: dict[str, Any]) -> Iterator[Iterable[tuple[float, float]]]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        yield from polygon


def _path(sheet: Drawing, geometry: dict[str, Any]) -> str:
    """SVG path data in whole units with relative lines; points that fall together are dropped."""
    parts: list[str] = []
    for ring in _rings(geometry):
        points = [tuple(round(value) for value in sheet.at(lon, lat)) for lon, lat in ring]
        at = points[0]
        parts.append(f"M{at[0]} {at[1]}")
        for point in points[1:-1]:
            if point != at:
                parts.append(f"l{point[0] - at[0]} {point[1] - at[1]}")
                at = point
        parts.append("z")
    return "".join(parts)
