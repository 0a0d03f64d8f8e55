"""The pure rules: which step is missing, what a word finds, when a draft is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from citizen.reports.queries import call_first, categories, chosen_category, find_categories
from citizen.reports.rules import (
    CategoryWords,
    first_missing,
    is_stale,
    known_answers,
    next_step,
    rank_categories,
    says_something,
)

NOW = datetime(2026, 9, 1, 4, tzinfo=UTC)
PLACE, WHAT = {"area": "A1"}, {"group": "clean", "words": "路灯"}
ROWS = (
    CategoryWords("LAMP", ("路灯不亮", "street light out"), ("路灯", "路灯坏了", "lamp"), "路灯整段不亮"),
    CategoryWords("FOOD", ("饭店油烟", "restaurant smoke"), ("饭店", "油烟"), "餐饮店的油烟"),
)


@pytest.mark.parametrize(
    ("data", "photos", "missing"),
    [
        ({}, 0, "place"),
        ({"what": WHAT}, 3, "place"),
        ({"place": PLACE}, 1, "what"),
        ({"place": PLACE, "what": {}}, 1, "what"),
        ({"place": PLACE, "what": {"group": "clean", "words": "灯"}}, 0, "what"),
        ({"place": PLACE, "what": {"group": "clean", "words": " 灯 "}}, 0, "what"),
        ({"place": PLACE, "what": {"group": "clean", "words": ""}}, 1, None),
        ({"place": PLACE, "what": WHAT}, 0, None),
        ({"place": PLACE, "what": {"category": "SAN-01", "words": "脏了"}}, 0, None),
    ],
)
def test_first_missing(data: dict, photos: int, missing: str | None) -> None:
    assert first_missing(data, photos) == missing


@pytest.mark.parametrize(
    ("words", "photos", "says"), [("", 0, False), ("路", 0, False), ("路灯", 0, True), ("", 1, True)]
)
def test_a_photo_or_two_characters(words: str, photos: int, says: bool) -> None:
    assert says_something(words, photos) is says


def test_steps_lead_onward_or_back_to_the_check_page() -> None:
    assert [next_step(step, back=False) for step in ("photos", "place", "what")] == ["place", "what", "check"]
    assert {next_step(step, back=True) for step in ("photos", "place", "what")} == {"check"}


@pytest.mark.parametrize(
    ("sent", "days", "stale"), [(False, 29, False), (False, 31, True), (True, 6, False), (True, 8, True)]
)
def test_drafts_are_forgotten(sent: bool, days: int, stale: bool) -> None:
    assert is_stale(sent, NOW - timedelta(days=days), now=NOW) is stale


def test_answers_nobody_asked_for_are_dropped() -> None:
    questions = [{"id": "depth", "options": [{"value": "deep"}, {"value": "flat"}]}]
    given_answers = {"depth": "deep", "status": "approved", "role": "admin"}
    assert known_answers(questions, given_answers) == {"depth": "deep"}
    assert known_answers(questions, {"depth": "9" * 30}) == {}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("路灯", "LAMP"),
        ("街灯坏了", "LAMP"),
        ("lamp", "LAMP"),
        ("饭店", "FOOD"),
        ("我家楼下饭店的油烟", "FOOD"),
        ("", None),
        ("xyzzy", None),
    ],
)
def test_ranking(query: str, first: str | None) -> None:
    found = rank_categories(query, ROWS, synonyms={"街灯": "路灯"})
    assert (found[0] if found else None) == first


@given(st.text(max_size=200))
def test_ranking_never_raises_and_never_invents(query: str) -> None:
    assert set(rank_categories(query, ROWS, synonyms={"街灯": "路灯"})) <= {"LAMP", "FOOD"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("井盖", "FAC-01"),
        ("井蓋", "FAC-01"),
        ("窨井盖", "FAC-01"),
        ("路燈", "FAC-04"),
        ("street light", "FAC-04"),
        ("垃圾桶滿了", "SAN-03"),
        ("ＢＩＮ lid missing", "SAN-03"),
        ("公廁", "SAN-06"),
    ],
)
def test_everyday_words_find_their_category(app: Flask, query: str, code: str) -> None:
    assert code in [row.code for row in find_categories(query)][:2]


def test_every_keyword_finds_its_category(app: Flask) -> None:
    for row in categories().values():
        for word in (*row.keywords_zh, *row.keywords_en):
            assert row.code in [found.code for found in find_categories(word)], (row.code, word)


@pytest.mark.parametrize(
    ("group", "code", "first"),
    [
        ("danger", None, "110"),
        ("danger", "SAF-04", "119"),
        (None, "SAF-04", "119"),
        ("clean", None, None),
        ("clean", "SAN-01", None),
        (None, None, None),
    ],
)
def test_numbers_to_call_first(app: Flask, group: str | None, code: str | None, first: str | None) -> None:
    numbers = call_first(group, chosen_category(code))
    assert (numbers[0] if numbers else None) == first
    assert all(number.isdigit() for number in numbers)
