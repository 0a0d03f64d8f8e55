"""Tokens: what a text is found by, in whichever script and width it was typed."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.search import tokens
from citizen.search.words import Synonyms, clauses_of, synonyms_from_rows

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text("utf-8"))
STRINGS = [payload for name, payloads in NASTY.items() if name != "about" for payload in payloads]
tokens.load_words(["路灯", "不亮", "路灯不亮", "共享单车"])


def test_a_text_is_found_by_words_pairs_and_characters() -> None:
    words, pairs = tokens.tokens_for_index("路燈不亮，LED Café")
    assert {"路灯", "不亮", "led", "cafe"} <= set(words)
    assert {"路灯", "灯不", "不亮", "灯"} <= set(pairs)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("路灯", ["路灯"]),
        ("路燈", ["路灯"]),
        ("路灯不亮", ["路灯", "不亮"]),
        ("ＬＥＤ　路灯", ["led", "路灯"]),
        ("Café CAFÉ", ["cafe"]),
        ("YY26-7KM4-Q2", ["yy26", "7km4", "q2"]),
        ("路灯 的", ["路灯"]),
        ("的", ["的"]),
        ("", []),
        ("？！ ，", []),
        ("\ud800", []),
    ],
)
def test_a_query_asks_for_words(typed: str, asked: list[str]) -> None:
    assert tokens.tokens_for_query(typed) == asked


def test_queries_are_capped() -> None:
    assert len(tokens.tokens_for_query(" ".join(f"w{number}" for number in range(500)))) == tokens.MOST_QUERY_TOKENS
    assert tokens.tokens_for_query("x" * 5000) == ["x" * 40]
    assert tokens.tokens_for_query(" " * 200 + "late") == []


@pytest.mark.parametrize("raw", STRINGS)
def test_nothing_raises(raw: str) -> None:
    words, pairs = tokens.tokens_for_index(raw)
    for token in (*words, *pairs, *tokens.tokens_for_query(raw)):
        assert token
        token.encode("utf-8")


@given(st.text(st.sampled_from("路灯不亮燈小区垃圾桶满了a1 ，"), max_size=30))
def test_every_query_is_met_by_its_own_text(text: str) -> None:
    held = {token for part in tokens.tokens_for_index(text) for token in part}
    for clause in clauses_of(text, None):
        assert any(set(alternative) <= held for alternative in clause)


def test_hostile_text_takes_no_time() -> None:
    started = time.process_time()
    for raw in ["\u0316\u0301" * 50_000, "路" * 100_000, "a-" * 50_000, "\U0001f6ae" * 50_000]:
        tokens.tokens_for_index(raw)
        tokens.tokens_for_query(raw)
    assert time.process_time() - started < 1.5


def test_synonyms_widen_and_never_replace() -> None:
    synonyms = Synonyms({"街灯": "路灯", "单车": "自行车", "trash can": "bin", "": "x", "。": "路灯"})
    assert clauses_of("街燈", synonyms) == [[["街灯"], ["路灯"]]]
    assert clauses_of("Trash Can", synonyms) == [[["trash", "can"], ["bin"]]]
    assert clauses_of("trash cans", synonyms) == [[["trash"]], [["cans"]]]
    assert clauses_of("路灯", synonyms) == [[["路灯"]]]
    assert clauses_of("坏 街灯", synonyms)[-1] == [["街灯"], ["路灯"]]


def test_rows_without_both_words_are_passed_over() -> None:
    synonyms = synonyms_from_rows([{"everyday": "街灯", "canonical": ""}, {"everyday": "灯杆", "canonical": "路灯"}])
    assert clauses_of("街灯", synonyms) == [[["街灯"]]]
    assert clauses_of("灯杆", synonyms) == [[["灯杆"], ["路灯"]]]
