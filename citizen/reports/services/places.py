"""From what was typed, tapped or chosen to one place of the county."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from citizen.core.errors import InvalidInput
from citizen.core.geo import Datum, distance_m, parse_coordinates, to_wgs84
from citizen.core.numbers import parse_coordinate, parse_int
from citizen.core.text import fold_width, to_simplified
from citizen.departments.models import Area, Point
from citizen.departments.queries import Directory, directory
from citizen.reports.rules import MIN_WORDS, NO_AREA, POINT_NEAR_PIN_METRES, PlaceChoice

Pin = tuple[float, float]
NEAREST_WITHIN_METRES = 2_000
_PIN_SOURCES = ("gps", "map")
_LONGEST_SEARCH = 60


class OutsideCounty(InvalidInput):
    """The place lies outside the county: another office has to be called."""


@dataclass(frozen=True, slots=True)
class TypedPlace:
    """The fields of the place page as sent, all text; ``kept`` is the choice saved before, if any."""

    area: str = ""
    q: str = ""
    landmark: str = ""
    point: str = ""
    #: Id of the photo whose place is meant.
    photo: str = ""
    lon: str = ""
    lat: str = ""
    accuracy: str = ""
    source: str = ""
    datum: str = "wgs84"
    kept: PlaceChoice | None = None
    #: Photo id → where it was taken.
    photo_places: Mapping[str, Pin] = field(default_factory=dict)


def resolve(typed: TypedPlace) -> PlaceChoice:
    """The place that ``typed`` means: a pin first, then a listed place, then area and landmark.

    A pin is a photo's place the sender agreed to, the map's or the device's position, or coordinates
    written as text. Raises OutsideCounty for a pin outside the county and InvalidInput, naming the field,
    when it is not clear what is meant. Nothing is guessed: words alone settle the area only when every place
    they name lies in one area.
    """
    known = directory()
    pin, source = _pin(typed)
    if pin is not None:
        return _from_pin(known, typed, pin=pin, source=source)
    if typed.point:
        return _from_point(known, typed)
    if typed.area in known.areas:
        return _from_area(typed)
    return _from_words(known, typed)


def _pin(typed: TypedPlace) -> tuple[Pin | None, str]:
    if typed.photo in typed.photo_places:
        return typed.photo_places[typed.photo], "photo"
    if typed.lon.strip() or typed.lat.strip():
        lon, lat = parse_coordinate(typed.lon), parse_coordinate(typed.lat)
        if lon is None or lat is None or abs(lat) > 90:
            raise InvalidInput(_l("The position could not be read. Choose the township or write a landmark."), "area")
        if not _left_behind(typed, lon, lat):
            return _converted(lon, lat, typed.datum), typed.source if typed.source in _PIN_SOURCES else "map"
    for text in (typed.landmark, typed.q):
        written = parse_coordinates(text)
        if written is not None:
            return _converted(*written, typed.datum), "map"
    return None, ""


def _left_behind(typed: TypedPlace, lon: float, lat: float) -> bool:
    """Whether the pin is the one saved before while another area was chosen now: then the area is what is
    meant."""
    kept = typed.kept
    if kept is None or kept.lon is None or kept.lat is None:
        return False
    moved = distance_m(lon, lat, kept.lon, kept.lat) > 1
    return not moved and typed.area not in ("", kept.area)


def _converted(lon: float, lat: float, datum: str) -> Pin:
    return to_wgs84(lon, lat, Datum(datum) if datum in set(Datum) else Datum.WGS84)


def _from_pin(known: Directory, typed: TypedPlace, *, pin: Pin, source: str) -> PlaceChoice:
    place = known.territory.locate(*pin)
    if place is None:
        raise OutsideCounty(_l("This place is outside the county."), "area")
    point = known.points.get(typed.point)
    if point is not None and distance_m(*pin, point.lon, point.lat) > POINT_NEAR_PIN_METRES:
        point = None
    nearest = nearest_points(*pin, limit=1, within=float("inf"))
    return PlaceChoice(
        area=place.area or nearest[0][0].area_code,
        grid=place.grid,
        point=point.code if point else None,
        landmark="" if parse_coordinates(typed.landmark) else typed.landmark,
        lon=round(pin[0], 6),
        lat=round(pin[1], 6),
        datum=typed.datum if typed.datum in set(Datum) and source != "photo" else "wgs84",
        source=source,
        accuracy=parse_int(typed.accuracy, 0, 100_000) if source == "gps" else None,
    )


def _from_point(known: Directory, typed: TypedPlace) -> PlaceChoice:
    point = known.points.get(typed.point)
    if point is None:
        raise InvalidInput(_l("This place is not in the list. Choose another or write a landmark."), "point")
    if typed.area in known.areas and typed.area != point.area_code:
        raise InvalidInput(_l("This place is not in the township you chose. Choose one of its own places."), "point")
    return PlaceChoice(
        area=point.area_code,
        grid=point.grid_code,
        point=point.code,
        landmark=typed.landmark,
        lon=point.lon,
        lat=point.lat,
        source="point",
    )


def _from_area(typed: TypedPlace) -> PlaceChoice:
    landmark = typed.landmark or typed.q
    if len(landmark) < MIN_WORDS:
        raise InvalidInput(_l("Write what is nearby, or choose a place from the list."), "landmark")
    return PlaceChoice(area=typed.area, landmark=landmark)


def _from_words(known: Directory, typed: TypedPlace) -> PlaceChoice:
    landmark = typed.landmark or typed.q
    if len(landmark) < MIN_WORDS:
        if typed.area == NO_AREA:
            raise InvalidInput(_l("Write a landmark, so that we can find the place."), "landmark")
        raise InvalidInput(_l("Say where it is: any one of the ways is enough."), "area")
    named = {area.code for area in known.areas.values() if _names(area) & _parts(fold(landmark), _names(area))}
    named = named or {point.area_code for point in find_points(landmark) if _named_in(fold(landmark), point)}
    if len(named) != 1:
        raise InvalidInput(_l("We cannot tell in which township this is. Choose the one that is closest."), "area")
    return PlaceChoice(area=named.pop(), landmark=landmark)


def fold(text: str) -> str:
    """Text as place names are compared: Simplified, half width, lower case, without spaces."""
    return "".join(to_simplified(fold_width(text)).casefold().split())


def _names(row: Area | Point) -> set[str]:
    return {fold(row.name_hans), fold(row.name_en)}


def _parts(text: str, names: set[str]) -> set[str]:
    return {name for name in names if name in text}


def _named_in(text: str, point: Point) -> bool:
    return bool(_parts(text, _names(point)))


def find_points(text: str, *, area: str | None = None, limit: int = 8) -> list[Point]:
    """Listed places that ``text`` names, that its words are part of, or whose type it is; best first.

    Coordinates in ``text`` give the places nearest to them.
    """
    written = parse_coordinates(text)
    if written is not None:
        return [point for point, _metres in nearest_points(*written, limit=limit)]
    wanted = fold(text)[:_LONGEST_SEARCH]
    if not wanted:
        return []
    points = [point for point in directory().points.values() if area in (None, "", NO_AREA, point.area_code)]
    scored = [(_fit(wanted, point), point) for point in points]
    return [point for fit, point in sorted((p for p in scored if p[0]), key=lambda pair: -pair[0])[:limit]]


def _fit(wanted: str, point: Point) -> int:
    names, types = _names(point), {fold(point.type_hans), fold(point.type_en)}
    if wanted in names:
        return 1_000
    inside = [len(name) for name in names if name in wanted]
    if inside:
        return 500 + max(inside)
    if any(wanted in name for name in names):
        return 300
    if wanted in types:
        return 200
    return 100 if len(wanted) > 1 and any(wanted in kind for kind in types) else 0


def points_of_area(area: str) -> list[Point]:
    """The listed places of one area, alike kinds together."""
    found = [point for point in directory().points.values() if point.area_code == area]
    return sorted(found, key=lambda point: (point.type_code, point.code))


def nearest_points(
    lon: float, lat: float, *, limit: int = 5, within: float = NEAREST_WITHIN_METRES
) -> list[tuple[Point, int]]:
    """The listed places nearest to a point (WGS-84) with their distance in whole metres."""
    measured = [(distance_m(lon, lat, point.lon, point.lat), point) for point in directory().points.values()]
    near = sorted((pair for pair in measured if pair[0] <= within), key=lambda pair: pair[0])[:limit]
    return [(point, round(metres)) for metres, point in near]
