"""Places on the earth: the three Chinese map datums, distances, and coordinates as people type them.

Order is always longitude, latitude, in degrees. Everything is stored in WGS-84.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from math import asin, atan2, cos, pi, radians, sin, sqrt

from citizen.core.text import fold_width

LonLat = tuple[float, float]

_EARTH_RADIUS_M = 6_371_008.8  # mean radius (IUGG)
_METRES_PER_DEGREE = _EARTH_RADIUS_M * pi / 180
# Krasovsky 1940, the ellipsoid GCJ-02 computes its offset on.
_SEMI_MAJOR_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_PI = pi * 3000.0 / 180.0
_INVERSE_STEPS = 30
_INVERSE_ERROR = 1e-10  # degrees, about 0.01 mm


class Datum(StrEnum):
    """Where a coordinate comes from: GPS (wgs84), Amap, Tencent and most phone maps (gcj02), Baidu (bd09)."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def _in_china(lon: float, lat: float) -> bool:
    """The rectangle outside which GCJ-02 shifts nothing."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def _gcj_offset(lon: float, lat: float) -> LonLat:
    """Degrees that GCJ-02 adds to a WGS-84 place (formula: see `to_wgs84`)."""
    x, y = lon - 105.0, lat - 35.0
    common = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    root = sqrt(abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    w = 1.0 - _ECCENTRICITY_SQUARED * sin(radians(lat)) ** 2
    metres_north = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (w * sqrt(w)) * pi / 180.0
    metres_east = _SEMI_MAJOR_M / sqrt(w) * cos(radians(lat)) * pi / 180.0
    return east / metres_east, north / metres_north


def _wgs_to_gcj(lon: float, lat: float) -> LonLat:
    east, north = _gcj_offset(lon, lat)
    return lon + east, lat + north


def _gcj_to_bd(lon: float, lat: float) -> LonLat:
    radius = sqrt(lon * lon + lat * lat) + 0.00002 * sin(lat * _BD_PI)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BD_PI)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006


def _inverse(forward: Callable[[float, float], LonLat], lon: float, lat: float) -> LonLat:
    """The place that `forward` moves to lon, lat, by fixed-point iteration: the shifts vary slowly, so it
    contracts.
    """
    guess_lon, guess_lat = lon, lat
    for _ in range(_INVERSE_STEPS):
        image_lon, image_lat = forward(guess_lon, guess_lat)
        error_lon, error_lat = image_lon - lon, image_lat - lat
        guess_lon, guess_lat = guess_lon - error_lon, guess_lat - error_lat
        if max(abs(error_lon), abs(error_lat)) < _INVERSE_ERROR:
            break
    return guess_lon, guess_lat


def to_wgs84(lon: float, lat: float, datum: Datum) -> LonLat:
    """A place given in `datum`, as WGS-84 degrees; its image under `from_wgs84` is the input to better than
    1e-7 degrees.

    Outside the rectangle of GCJ-02 (and for WGS-84) the input comes back unchanged. The state publishes no
    formula; this is the one recovered in public (EvilTransform, github.com/googollee/eviltransform; BD-09
    as in coordtransform).
    """
    if datum is Datum.WGS84 or not _in_china(lon, lat):
        return lon, lat
    if datum is Datum.BD09:
        lon, lat = _inverse(_gcj_to_bd, lon, lat)
    return _inverse(_wgs_to_gcj, lon, lat)


def from_wgs84(lon: float, lat: float, datum: Datum) -> LonLat:
    """A WGS-84 place as degrees of `datum`, for links into map apps; unchanged outside China."""
    if datum is Datum.WGS84 or not _in_china(lon, lat):
        return lon, lat
    gcj = _wgs_to_gcj(lon, lat)
    return _gcj_to_bd(*gcj) if datum is Datum.BD09 else gcj


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres along the great circle (haversine on a sphere: within 0.6 % of the ellipsoid)."""
    half_lat, half_lon = radians(lat2 - lat1) / 2, radians(lon2 - lon1) / 2
    chord = sin(half_lat) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(half_lon) ** 2
    return 2 * _EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))


def bbox_around(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a box that holds every place within `metres`; it is cut at the poles and
    at ±180.
    """
    north = metres / _METRES_PER_DEGREE * 1.000001
    widest = min(89.9, abs(lat) + north)
    east = north / cos(radians(widest))
    return max(-180.0, lon - east), max(-90.0, lat - north), min(180.0, lon + east), min(90.0, lat + north)


def round_place(lon: float, lat: float, metres: float = 50) -> LonLat:
    """The nearest knot of a fixed grid of about `metres`, with four decimals at most: many places share one
    answer.

    Rounding a rounded place changes nothing, so repeated publication gives no second sample to average.
    """
    north = metres / _METRES_PER_DEGREE
    row = round(lat / north) * north
    east = north / max(0.01, cos(radians(row)))
    return round(round(lon / east) * east, 4), round(row, 4)


_DMS_SIGNS = str.maketrans(
    {"度": "°", "º": "°", "分": "'", "′": "'", "’": "'", "‘": "'", "秒": '"', "″": '"', "”": '"', "“": '"'}
)
_HEMISPHERES = {
    "北纬": "N",
    "南纬": "S",
    "东经": "E",
    "西经": "W",
    "纬度": "N",
    "经度": "E",
    "LATITUDE": "N",
    "LONGITUDE": "E",
    "LAT": "N",
    "LON": "E",
    "LNG": "E",
}
_ANGLE = (
    r"(?P<side{0}>[NSEW])?[ :]*(?P<deg{0}>[-+]?[0-9]{{1,3}}(?:\.[0-9]{{0,12}})?)"
    r"(?: ?° ?(?:(?P<min{0}>[0-9]{{1,2}}(?:\.[0-9]{{0,10}})?) ?'"
    r" ?(?:(?P<sec{0}>[0-9]{{1,2}}(?:\.[0-9]{{0,8}})?) ?\")?)?)?"
    r"(?(side{0})| ?(?P<after{0}>[NSEW])?)"
)
_PAIR = re.compile(_ANGLE.format(1) + r"[ ,;、/]+" + _ANGLE.format(2) + r"\Z")
# Where a blank is missing between two angles, as in 北纬39.9东经102.4 and 39.9N102.4E.
_BEFORE_SIDE = re.compile(r"(?<=[0-9\"'°])(?=[NSEW])")
_AFTER_SIDE = re.compile(r"(?<=[0-9\"'°][NSEW])(?=[-+0-9])")
_LONGEST_PAIR = 100


def parse_coordinates(text: object) -> LonLat | None:
    """Longitude and latitude out of '102.4170, 39.9033', '39.9033N 102.4170E', '东经102.4170 北纬39.9033'
    or 度分秒.

    Without letters the order is longitude, latitude, unless only the other way round fits China (first
    below 60, second above 70). None for anything else, for minutes or seconds from 60 on, and outside ±180
    and ±90.
    """
    if not isinstance(text, str) or len(text) > _LONGEST_PAIR:
        return None
    line = fold_width(text).upper().translate(_DMS_SIGNS).replace("''", '"').replace("，", ",").replace("；", ";")
    for word, side in _HEMISPHERES.items():
        line = line.replace(word, side)
    line = " ".join(line.strip(" ()[]").split())
    match = _PAIR.match((_BEFORE_SIDE if line[:1] in "NSEW" else _AFTER_SIDE).sub(" ", line))
    if match is None:
        return None
    return _in_order(_angle(match, "1"), _angle(match, "2"))


def _angle(match: re.Match[str], which: str) -> tuple[str, float] | None:
    """The side (N, S, E, W or '') and the signed degrees of one half of the match."""
    minutes, seconds = float(match[f"min{which}"] or 0), float(match[f"sec{which}"] or 0)
    if minutes >= 60 or seconds >= 60:
        return None
    degrees = float(match[f"deg{which}"])
    size = abs(degrees) + minutes / 60 + seconds / 3600
    side = match[f"side{which}"] or match[f"after{which}"] or ""
    negative = match[f"deg{which}"].startswith("-") != (side in ("S", "W"))
    return side, -size if negative else size


def _in_order(first: tuple[str, float] | None, second: tuple[str, float] | None) -> LonLat | None:
    if first is None or second is None:
        return None
    (side1, one), (side2, two) = first, second
    is_lat = {"N": True, "S": True, "E": False, "W": False, "": None}
    if is_lat[side1] is not None and is_lat[side1] == is_lat[side2]:
        return None
    swapped = is_lat[side1] is True or is_lat[side2] is False
    if not side1 and not side2:
        swapped = 0 < one < 60 and 70 < two < 140
    lon, lat = (two, one) if swapped else (one, two)
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None
