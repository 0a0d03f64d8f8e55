"""The ground the office serves: is a place inside the county, and in which area and grid does it lie."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, NamedTuple

import numpy
import shapely
from flask_babel import lazy_gettext as _l
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from citizen.core.errors import InvalidInput

Geometry = Mapping[str, Any]

# 0.1 m: the midpoint of a border, computed in floating point, is never exactly on it.
_ON_THE_EDGE = 1e-6


class Place(NamedTuple):
    """The area and the grid a place lies in, by code; None where the county's data draws none there."""

    area: str | None
    grid: str | None


def _polygon(name: str, geometry: Geometry) -> BaseGeometry:
    try:
        polygon = shape(geometry)
        usable = polygon.geom_type in ("Polygon", "MultiPolygon") and not polygon.is_empty and polygon.is_valid
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        usable = False
    if not usable:
        raise InvalidInput(_l("The outline of %(name)s is not a polygon that can be used.", name=name))
    shapely.prepare(polygon)
    return polygon


class _Parts:
    """Polygons by code, found by place."""

    def __init__(self, parts: Mapping[str, Geometry]) -> None:
        self.codes = sorted(parts)
        self.polygons = [_polygon(code, parts[code]) for code in self.codes]
        self.tree = shapely.STRtree(self.polygons)

    def at(self, point: shapely.Point) -> str | None:
        """The code whose polygon covers the point; on a shared border the first by code, the same every
        time.
        """
        found = self.tree.query(point, predicate="dwithin", distance=_ON_THE_EDGE)
        return self.codes[int(numpy.min(found))] if len(found) else None


class Territory:
    """Built once from the county's outline and the polygons of its areas and grids (GeoJSON geometries,
    WGS-84).

    Raises InvalidInput, naming it, for an outline that is no valid Polygon or MultiPolygon. Safe to share
    between threads.
    """

    def __init__(self, county: Geometry, areas: Mapping[str, Geometry], grids: Mapping[str, Geometry]) -> None:
        self._county = _polygon("county", county)
        self._areas = _Parts(areas)
        self._grids = _Parts(grids)
        # A grid's area is decided once, inside the grid: on a border the two answers must not contradict
        # each other.
        self._area_of = {
            code: self._areas.at(polygon.representative_point())
            for code, polygon in zip(self._grids.codes, self._grids.polygons, strict=True)
        }

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the county."""
        west, south, east, north = self._county.bounds
        return west, south, east, north

    def contains(self, lon: float, lat: float) -> bool:
        """True inside and on the edge (within 0.1 m); a hole is outside, and so are nan and infinity."""
        return (
            isfinite(lon)
            and isfinite(lat)
            and bool(shapely.dwithin(self._county, shapely.Point(lon, lat), _ON_THE_EDGE))
        )

    def locate(self, lon: float, lat: float) -> Place | None:
        """The area and grid of a place in the county; None for a place outside it."""
        if not self.contains(lon, lat):
            return None
        point = shapely.Point(lon, lat)
        grid = self._grids.at(point)
        return Place(self._area_of[grid] if grid else self._areas.at(point), grid)


def territory_from_geojson(collection: Mapping[str, Any]) -> Territory:
    """A Territory from a FeatureCollection whose polygons carry `kind` (county, area or grid) and `code`.

    Raises InvalidInput when it holds no county or a broken outline; other kinds of feature are passed over.
    """
    outlines: dict[str, dict[str, Geometry]] = {"county": {}, "area": {}, "grid": {}}
    for feature in collection.get("features", ()):
        properties = feature.get("properties") or {}
        if properties.get("kind") in outlines:
            outlines[properties["kind"]][str(properties.get("code", ""))] = feature.get("geometry") or {}
    if not outlines["county"]:
        raise InvalidInput(_l("The map data holds no outline of the county."))
    return Territory(next(iter(outlines["county"].values())), outlines["area"], outlines["grid"])
