"""The drawing of the county: a linear map, small, with names that can be read."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from citizen.departments.drawing import _covers, county_drawing
from citizen.departments.queries import directory


def test_everything_lies_on_the_sheet(app: Flask) -> None:
    sheet = county_drawing()
    west, south, east, north = sheet.bbox
    inner = directory().territory.bounds
    assert west < inner[0] and south < inner[1] and east > inner[2] and north > inner[3]
    assert sheet.at(west, north) == (0, 0) and sheet.at(east, south) == (sheet.width, sheet.height)
    for point in directory().points.values():
        x, y = sheet.at(point.lon, point.lat)
        assert 0 < x < sheet.width and 0 < y < sheet.height


def test_paths_are_whole_numbers_and_small(app: Flask) -> None:
    sheet = county_drawing()
    paths = [sheet.edge, sheet.grids, *(area.path for area in sheet.areas)]
    assert all(re.fullmatch(r"[Mlz0-9 -]+", path) for path in paths)
    assert sum(map(len, paths)) < 20_000
    assert {area.code for area in sheet.areas} == set(directory().areas)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_names_do_not_cover_each_other(app: Flask, language: str) -> None:
    with app.test_request_context(f"/?lang={language}"):
        named = [area for area in county_drawing().areas if area.name]
    core_or_pair = [(a, b) for a in named for b in named if a.code < b.code and (a.core or b.core)]
    assert core_or_pair and not [pair for pair in core_or_pair if _covers(*pair)]


def test_the_drawing_follows_the_content(app: Flask) -> None:
    first = county_drawing()
    assert county_drawing().grids is first.grids, "made once"
    app.extensions["citizen_drawing"] = ("another stamp", first)
    assert county_drawing().grids is not first.grids
