"""Finding what is released, by anything that people type."""

from __future__ import annotations

import shutil
from datetime import date
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.core import worker
from citizen.core.database import transaction
from citizen.projection import services as projection
from citizen.projection.queries import BOARD
from citizen.search import services as search
from citizen.search.jobs import entry_changed

ROWS = {
    "B26-AAAAAA": ("榆浦大道两盏路灯不亮", "Two street lamps out on Yupu Avenue", "FAC-01"),
    "B26-BBBBBB": ("苇舍新村垃圾投放点满溢", "Overflowing bins at Weishe", "SAN-03"),
    "B26-CCCCCC": ("松渡大道共享单车占压盲道", "Bicycles on the tactile paving 100%", "TRA-01"),
}

NASTY = [
    '"',
    "AND",
    "OR NOT",
    "*",
    "-x",
    "title:x",
    "NEAR(",
    "%",
    "_",
    "\\",
    "' OR 1=1 --",
    "(((((",
    "路灯*",
    "[a TO z]",
    "\x00",
    "￿",
    "😀",
    "a" * 5_000,
    "路" * 5_000,
    "^2~0.5",
    "ﷺ",
    "\u202e",
]


def release(number: str) -> None:
    """A released entry as the boards write it."""
    title, english, category = ROWS[number]
    values = {
        "case_id": 1,
        "board": "exposure",
        "title_hans": title,
        "title_hant": title,
        "title_en": english,
        "category_code": category,
        "resident_group": "clean",
        "area_code": "A1",
        "unit_code": None,
        "place_hans": "澄心街道",
        "place_hant": "澄心街道",
        "place_en": "Chengxin Subdistrict",
        "status": "done",
        "reported_day": date(2026, 8, 26),
        "day": date(2026, 8, 30),
    }
    with transaction():
        projection.publish(BOARD, number, values=values)
        entry_changed(number)


@pytest.fixture
def released(app: Flask) -> Flask:
    """Three entries, released and indexed by the worker."""
    for number in ROWS:
        release(number)
    worker.run_until_idle()
    return app


def numbers(query: str) -> set[str]:
    """What a query finds."""
    return {fact.number for fact in search.find(query).facts}


FINDS = [
    ("路灯", {"B26-AAAAAA"}),
    ("路燈", {"B26-AAAAAA"}),
    ("盲道", {"B26-CCCCCC"}),
    ("單車", {"B26-CCCCCC"}),
    ("大道", {"B26-AAAAAA", "B26-CCCCCC"}),
    ("垃圾 苇舍", {"B26-BBBBBB"}),
    ("垃圾 路灯", set()),
    ("LAMPS", {"B26-AAAAAA"}),
    ("ｌａｍｐｓ", {"B26-AAAAAA"}),
    ("澄心街道", set(ROWS)),
    ("无此地名", set()),
]


@pytest.mark.parametrize(("query", "found"), FINDS)
def test_words_of_two_characters_and_traditional_ones(released: Flask, query: str, found: set[str]) -> None:
    assert numbers(query) == found


@pytest.mark.parametrize(("query", "found"), FINDS)
def test_without_an_index_the_table_is_searched(released: Flask, query: str, found: set[str]) -> None:
    search.search_index().close()
    shutil.rmtree(released.config["SETTINGS"].data_dir / "search")
    assert numbers(query) == found


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("query", ["%", "_", "100%", "\\"])
def test_like_signs_are_text(released: Flask, query: str, damaged: bool) -> None:
    if damaged:
        search.search_index().close()
        shutil.rmtree(released.config["SETTINGS"].data_dir / "search")
    assert numbers(query) <= {"B26-CCCCCC"}, "a sign of LIKE matched everything"


@pytest.mark.parametrize("query", NASTY)
def test_nasty_queries(released: Flask, client: FlaskClient, query: str) -> None:
    for path in (
        f"/search?q={quote(query)}",
        f"/search?page={quote(query)}&q=路灯",
        f"/help?q={quote(query)}",
    ):
        assert client.get(path).status_code == 200


def test_a_query_is_text_on_the_page(released: Flask, client: FlaskClient) -> None:
    page = client.get("/search", query_string={"q": "<script>alert(1)</script>\"'"}).get_data(as_text=True)
    assert "<script>alert" not in page


def test_a_withdrawn_entry_is_not_found_before_the_index_knows(released: Flask, client: FlaskClient) -> None:
    with transaction():
        projection.withdraw(BOARD, "B26-AAAAAA")
    assert search.search_index().find("路灯").ids == ["B26-AAAAAA"], "the control: the index still has it"
    assert numbers("路灯") == set() and search.find("路灯").total == 0
    assert "B26-AAAAAA" not in client.get("/search?q=路灯").get_data(as_text=True)
    with transaction():
        entry_changed("B26-AAAAAA")
    worker.run_until_idle()
    assert search.search_index().find("路灯").ids == []


def test_rebuild(released: Flask) -> None:
    search.search_index().close()
    shutil.rmtree(released.config["SETTINGS"].data_dir / "search")
    result = released.test_cli_runner().invoke(args=["search", "rebuild"])
    assert result.exit_code == 0 and "3" in result.output
    assert search.search_index().find("路灯").ids == ["B26-AAAAAA"]
