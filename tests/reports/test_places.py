"""From what was typed to one place: the three ways, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from citizen.core.errors import InvalidInput
from citizen.core.geo import Datum, distance_m, from_wgs84
from citizen.departments.queries import directory
from citizen.reports.rules import PlaceChoice
from citizen.reports.services.places import OutsideCounty, TypedPlace, find_points, nearest_points, resolve
from tests.reports.flow import INSIDE, OUTSIDE

LON, LAT = str(INSIDE[0]), str(INSIDE[1])
PIN = {"lon": LON, "lat": LAT}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"area": "A3", "landmark": "药店门口"}, {"area": "A3", "landmark": "药店门口", "source": "list", "lon": None}),
        ({"area": "A3", "q": "药店门口"}, {"area": "A3", "landmark": "药店门口"}),
        ({"point": "P001"}, {"area": "A3", "grid": "A3-G04", "point": "P001", "source": "point"}),
        ({"area": "A3", "point": "P001"}, {"area": "A3", "point": "P001"}),
        ({"area": "no", "landmark": "杉苑农贸市场东门"}, {"area": "A3", "source": "list", "point": None}),
        ({"area": "no", "landmark": "杉苑農貿市場東門"}, {"area": "A3"}),
        ({"landmark": "杉苑农贸市场东门"}, {"area": "A3"}),
        ({"landmark": "望汀街道的一棵树"}, {"area": "A2"}),
        ({**PIN}, {"source": "map", "lon": INSIDE[0], "lat": INSIDE[1], "accuracy": None}),
        ({**PIN, "source": "gps", "accuracy": "²"}, {"source": "gps", "accuracy": None}),
        ({**PIN, "source": "gps", "accuracy": "15"}, {"source": "gps", "accuracy": 15}),
        ({**PIN, "source": "photo"}, {"source": "map"}),
        ({**PIN, "point": "P210"}, {"point": None}),
        ({"landmark": f"{LON}, {LAT}"}, {"lon": INSIDE[0], "landmark": "", "source": "map"}),
        ({"q": f"北纬{LAT} 东经{LON}", "landmark": "树下"}, {"lat": INSIDE[1], "landmark": "树下"}),
        ({"photo": "7"}, {"source": "photo", "lon": INSIDE[0]}),
    ],
)
def test_resolve(app: Flask, fields: dict[str, str], expected: dict[str, Any]) -> None:
    choice = resolve(TypedPlace(**fields, photo_places={"7": INSIDE}))
    assert {name: getattr(choice, name) for name in expected} == expected
    assert choice.area in directory().areas


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "area"),
        ({"area": "no"}, "landmark"),
        ({"area": "no", "landmark": "树"}, "landmark"),
        ({"area": "A3"}, "landmark"),
        ({"area": "A9", "landmark": "树"}, "area"),
        ({"area": "no", "landmark": "一棵大树下面"}, "area"),
        ({"area": "A1", "point": "P001"}, "point"),
        ({"point": "P999"}, "point"),
        ({"lon": "nan", "lat": "39.9"}, "area"),
        ({"lon": LON, "lat": "91"}, "area"),
        ({"lon": LON}, "area"),
        ({"photo": "8"}, "area"),
    ],
)
def test_what_is_not_clear_is_asked(app: Flask, fields: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        resolve(TypedPlace(**fields, photo_places={"7": INSIDE}))
    assert refusal.value.field == field and not isinstance(refusal.value, OutsideCounty)


@pytest.mark.parametrize(
    "fields",
    [
        {"lon": str(OUTSIDE[0]), "lat": str(OUTSIDE[1])},
        {"landmark": "116.397, 39.908"},
        {"photo": "9"},
        {"lon": str(OUTSIDE[0]), "lat": str(OUTSIDE[1]), "area": "A1", "landmark": "药店门口"},
    ],
)
def test_outside_the_county(app: Flask, fields: dict[str, str]) -> None:
    with pytest.raises(OutsideCounty):
        resolve(TypedPlace(**fields, photo_places={"9": OUTSIDE}))


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_chinese_datums_are_converted(app: Flask, datum: str) -> None:
    lon, lat = from_wgs84(*INSIDE, Datum(datum))
    choice = resolve(TypedPlace(lon=str(lon), lat=str(lat), datum=datum))
    assert choice.lon is not None and choice.lat is not None
    assert distance_m(choice.lon, choice.lat, *INSIDE) < 1 < distance_m(lon, lat, *INSIDE)
    assert choice.datum == datum


def test_an_unmoved_pin_yields_to_another_area(app: Flask) -> None:
    kept = resolve(TypedPlace(**PIN))
    other = next(code for code in directory().areas if code != kept.area)
    again = TypedPlace(**PIN, area=other, landmark="药店门口", kept=kept)
    assert resolve(again).area == other
    assert resolve(replace(again, lon=str(INSIDE[0] + 0.001))).area != other, "a moved pin is what is meant"
    assert resolve(replace(again, area=kept.area)).lon == INSIDE[0]


def test_a_choice_survives_its_draft(app: Flask) -> None:
    choice = resolve(TypedPlace(**PIN, source="gps", accuracy="8", landmark="树下"))
    assert PlaceChoice.from_data(choice.to_data()) == choice


@pytest.mark.parametrize(
    ("text", "code"),
    [("杉苑农贸市场", "P001"), ("杉苑農貿市場", "P001"), ("杉苑", "P001"), ("在杉苑农贸市场旁边", "P001")],
)
def test_places_are_found_by_name(app: Flask, text: str, code: str) -> None:
    assert find_points(text)[0].code == code


def test_places_are_found_by_type_and_by_coordinates(app: Flask) -> None:
    assert {point.type_code for point in find_points("农贸市场")} == {"market"}
    point = directory().points["P001"]
    assert find_points(f"{point.lon}, {point.lat}")[0].code == "P001"
    assert nearest_points(point.lon, point.lat)[0] == (point, 0)
    assert find_points("") == find_points("無此地名") == []
