"""Datums against published vectors, and the county's ground to the metre."""

import json
from math import cos, radians
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.core import geo
from citizen.core.errors import InvalidInput
from citizen.core.geo import Datum
from citizen.core.territory import Place, Territory, territory_from_geojson

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text("utf-8"))
STRINGS = [payload for name, payloads in NASTY.items() if name != "about" for payload in payloads]
METRE = 1 / 111_195
lons = st.floats(75, 134)
lats = st.floats(4, 53)


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        # eviltransform, tests: Shanghai, Shenzhen, Beijing
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
        # coordtransform, README
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
        # Tiananmen
        ((116.3912757, 39.906217), (116.3975167, 39.9076182)),
    ],
)
def test_gcj02_matches_published_vectors(wgs: geo.LonLat, gcj: geo.LonLat) -> None:
    assert geo.from_wgs84(*wgs, Datum.GCJ02) == pytest.approx(gcj, abs=2e-7)
    assert geo.to_wgs84(*gcj, Datum.GCJ02) == pytest.approx(wgs, abs=2e-7)


def test_bd09_matches_the_published_vector() -> None:
    # coordtransform, README: GCJ-02 116.404, 39.915 is BD-09 116.41036949371029, 39.92133699351021
    wgs = geo.to_wgs84(116.41036949371029, 39.92133699351021, Datum.BD09)
    assert geo.from_wgs84(*wgs, Datum.GCJ02) == pytest.approx((116.404, 39.915), abs=1e-8)


@pytest.mark.parametrize("datum", list(Datum))
@given(lon=lons, lat=lats)
def test_datums_read_back(datum: Datum, lon: float, lat: float) -> None:
    assert geo.to_wgs84(*geo.from_wgs84(lon, lat, datum), datum) == pytest.approx((lon, lat), abs=1e-7)


@given(lon=lons, lat=lats)
def test_the_shift_is_a_shift(lon: float, lat: float) -> None:
    moved = geo.distance_m(lon, lat, *geo.from_wgs84(lon, lat, Datum.GCJ02))
    assert 1 < moved < 1500


@pytest.mark.parametrize("datum", list(Datum))
@pytest.mark.parametrize("place", [(2.35, 48.86), (-74.0, 40.7), (151.2, -33.9), (103.8, 0.5)])
def test_nothing_moves_abroad(datum: Datum, place: geo.LonLat) -> None:
    assert geo.to_wgs84(*place, datum) == place
    assert geo.from_wgs84(*place, datum) == place


def test_distances() -> None:
    assert geo.distance_m(0, 0, 0, 1) == pytest.approx(111_195, rel=1e-4)
    assert geo.distance_m(116.4, 39.9, 121.47, 31.23) == pytest.approx(1_067_000, rel=0.005)  # Beijing, Shanghai
    assert geo.distance_m(102.4, 39.9, 102.4, 39.9) == 0
    assert geo.distance_m(0, 0, 180, 0) == pytest.approx(20_015_100, rel=1e-4)


@given(lons, lats, st.floats(1, 50_000), st.floats(-1, 1), st.floats(-1, 1))
def test_a_box_holds_its_circle(lon: float, lat: float, metres: float, dx: float, dy: float) -> None:
    west, south, east, north = geo.bbox_around(lon, lat, metres)
    other = (lon + dx * 1.2 * (east - lon), lat + dy * 1.2 * (north - lat))
    if geo.distance_m(lon, lat, *other) <= metres:
        assert west <= other[0] <= east
        assert south <= other[1] <= north


@given(lons, lats)
def test_rounding_hides_and_repeats(lon: float, lat: float) -> None:
    shown = geo.round_place(lon, lat)
    assert geo.round_place(*shown) == shown
    assert geo.distance_m(lon, lat, *shown) < 50
    assert all(round(part, 4) == part for part in shown)


def test_neighbours_share_a_rounded_place() -> None:
    places = {geo.round_place(102.4 + step * METRE, 39.9) for step in range(100)}
    assert 2 <= len(places) <= 4


@pytest.mark.parametrize(
    "typed",
    [
        "102.4170, 39.9033",
        "102.4170 39.9033",
        "39.9033, 102.4170",
        "39.9033N 102.4170E",
        "102.4170E39.9033N",
        "N39.9033 E102.4170",
        "东经102.4170 北纬39.9033",
        "北纬39.9033°，东经102.4170°",
        "东经102.4170北纬39.9033",
        "102°25′01.2″E 39°54′11.88″N",
        "东经102度25分1.2秒，北纬39度54分11.88秒",
        "39°54'11.88\"N, 102°25'1.2\"E",
        "１０２．４１７０，３９．９０３３",
        "(102.4170; 39.9033)",
        "lat 39.9033, lon 102.4170",
        "102°25.02'E 39°54.198'N",
    ],
)
def test_coordinates_as_people_type_them(typed: str) -> None:
    assert geo.parse_coordinates(typed) == pytest.approx((102.417, 39.9033), abs=1e-9)


def test_other_hemispheres() -> None:
    assert geo.parse_coordinates("33.9S 151.2E") == (151.2, -33.9)
    assert geo.parse_coordinates("-74.0, 40.7") == (-74.0, 40.7)
    assert geo.parse_coordinates("40.7N 74W") == (-74.0, 40.7)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "102.4",
        "102.4,39.9,1",
        "39N 40N",
        "102°60′E 39°N",
        "181, 20",
        "120, 95",
        "nan, nan",
        "1e2, 3",
        None,
        5,
        "1" * 5000,
        "102.4/39.9/",
    ],
)
def test_what_is_no_pair_of_coordinates(typed: object) -> None:
    assert geo.parse_coordinates(typed) is None


@pytest.mark.parametrize("raw", STRINGS)
def test_no_text_breaks_the_parser(raw: str) -> None:
    found = geo.parse_coordinates(raw)
    assert found is None or (abs(found[0]) <= 180 and abs(found[1]) <= 90)


def _square(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _polygon(*rings: list[list[float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


@pytest.fixture(scope="module")
def territory() -> Territory:
    county = _polygon(_square(102, 39, 104, 41), _square(103.4, 39.4, 103.6, 39.6))
    areas = {"A2": _polygon(_square(103, 39, 104, 41)), "A1": _polygon(_square(102, 39, 103, 41))}
    grids = {
        "A1-G01": _polygon(_square(102, 39, 103, 40)),
        "A1-G02": _polygon(_square(102, 40, 103, 41)),
        "A2-G01": _polygon(_square(103, 39, 104, 40)),
    }
    return Territory(county, areas, grids)


@pytest.mark.parametrize(
    ("lon", "lat", "inside"),
    [
        (102.5, 39.5, True),
        (102, 39.5, True),
        (102, 39, True),
        (103.2345678, 41, True),
        (102 - METRE / cos(radians(39.5)), 39.5, False),
        (102.5, 41 + METRE, False),
        (102.5, 41 - METRE, True),
        (103.5, 39.5, False),
        (103.4, 39.5, True),
        (103.5, 39.4 + METRE, False),
        (float("nan"), 39.5, False),
        (float("inf"), 39.5, False),
        (-102.5, 39.5, False),
    ],
)
def test_edge_hole_and_one_metre_outside(territory: Territory, lon: float, lat: float, inside: bool) -> None:
    assert territory.contains(lon, lat) is inside
    assert (territory.locate(lon, lat) is not None) is inside


def test_places_are_found(territory: Territory) -> None:
    assert territory.locate(102.5, 39.5) == Place("A1", "A1-G01")
    assert territory.locate(103.5, 40.5) == Place("A2", None)
    assert territory.locate(50, 10) is None


def test_a_shared_border_has_one_answer_that_agrees_with_itself(territory: Territory) -> None:
    assert territory.locate(103, 39.5) == ("A1", "A1-G01")
    assert territory.locate(103, 40) == ("A1", "A1-G01")


def test_a_slanted_edge_counts_as_inside() -> None:
    county = _polygon([[102.1, 39.2], [103.7, 39.9], [102.3, 40.8], [102.1, 39.2]])
    ground = Territory(county, {}, {})
    for part in (0.1, 1 / 3, 0.7):
        assert ground.contains(102.1 + part * 1.6, 39.2 + part * 0.7)
    assert ground.locate(102.5, 39.9) == (None, None)


@pytest.mark.parametrize(
    "outline",
    [
        {},
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[["a", "b"], [1, 1], [2, 2]]]},
        {"type": "Polygon", "coordinates": 7},
        {"type": "Nonsense"},
    ],
)
def test_broken_outlines_are_refused(outline: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        Territory(outline, {}, {})


def test_a_feature_collection_becomes_ground() -> None:
    outline = _polygon(_square(102, 39, 103, 40))
    features = [
        {"properties": {"kind": kind, "code": code}, "geometry": outline}
        for kind, code in [("county", ""), ("area", "A1"), ("grid", "A1-G01"), ("point", "P1")]
    ]
    ground = territory_from_geojson({"type": "FeatureCollection", "features": features})
    assert ground.locate(102.5, 39.5) == ("A1", "A1-G01")
    assert ground.bounds == (102, 39, 103, 40)
    with pytest.raises(InvalidInput):
        territory_from_geojson({"features": features[1:]})
