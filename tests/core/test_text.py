"""Text as people type it: cleaned faithfully, refused clearly, never silently cut."""

import json
import time
import unicodedata
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.core import text
from citizen.core.errors import InvalidInput

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text("utf-8"))
STRINGS = [payload for name, payloads in NASTY.items() if name != "about" for payload in payloads]
RESERVED = ["管理员", "官方", "admin", "城市管理局"]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (None, ""),
        ("  路灯\t不亮\r\n了 ", "路灯 不亮 了"),
        ("a\x00b\x0bc\x1b", "ab c"),
        ("a\u202eb\u2066c\u200f", "abc"),
        ("\ufeff\uffffx\ufdd0", "x"),
        ("e\u0301", "é"),
        ("𠮷野家 䶮", "𠮷野家 䶮"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("①＜", "①＜"),
        ("\u200b\u3164\u2800\ufeff\u2060\u00ad", ""),
    ],
)
def test_a_line_is_cleaned(raw: str | None, clean: str) -> None:
    assert text.clean_line(raw, 100) == clean


def test_lines_keep_their_breaks_but_not_ten_thousand() -> None:
    assert text.clean_text("a\r\nb\rc\u2028d\x0be  \n\n\nf", 100) == "a\nb\nc\nd\ne\n\n\nf"
    assert text.clean_text("a" + "\n" * 10_000 + " \t\nb", 10) == "a\n\n\nb"


def test_too_long_is_refused_with_a_sentence_and_never_cut() -> None:
    assert text.clean_line("字" * 20, 20) == "字" * 20
    with pytest.raises(InvalidInput) as caught:
        text.clean_line("字" * 21, 20, field="title")
    assert "20" in str(caught.value)
    assert caught.value.field == "title"
    with pytest.raises(InvalidInput):
        text.clean_text("x" * 1_000_000, 2000)


@pytest.mark.parametrize("raw", ["\ud800", "a\udfffb", 12, ["a"], True])
def test_what_cannot_be_stored_is_refused(raw: object) -> None:
    for clean in (text.clean_line, text.clean_text, text.clean_name):
        with pytest.raises(InvalidInput):
            clean(raw, 100)


@pytest.mark.parametrize(
    "blank",
    [
        "",
        " ",
        "\u200b",
        "\u3164",
        "\u2800",
        "\ufeff",
        "\u2060",
        "\u00ad",
        "\u115f",
        "\uffa0",
        "\u3000\t",
        "\u0301",
    ],
)
def test_names_without_ink_are_refused(blank: str) -> None:
    assert text.is_blank(blank)
    with pytest.raises(InvalidInput):
        text.clean_name(blank)


def test_strip_alone_would_miss_blank_names() -> None:
    assert all(blank.strip() for blank in "\u200b\u3164\u2800\ufeff\u2060\u00ad")
    assert not text.is_blank("字")


def test_names_lose_what_deceives() -> None:
    assert text.clean_name("张\u202e三\u200b") == "张三"
    assert text.clean_name("ＡＢ　Ｃ") == "AB C"
    piled = unicodedata.normalize("NFD", text.clean_name("x" + "\u0316" * 200))
    assert sum(unicodedata.combining(char) > 0 for char in piled) == text.MARKS_IN_A_ROW


@pytest.mark.parametrize(
    "name",
    [
        "管理员",
        "管 理 员",
        "管理員",
        "管\u200b理员",
        "云漪县管理员2",
        "官方",
        "官方客服",
        "云漪官方",
        "ADMIN",
        "ａｄｍｉｎ",
        "аdmin",
        "Αdmin",
        "adm1n",
        "admin7",
        "site-admin",
        "a.d.m.i.n",
        "adrnin",
        "云漪城市管理局",
    ],
)
def test_names_that_pose_as_staff_are_reserved(name: str) -> None:
    assert text.is_reserved(name, RESERVED)


@pytest.mark.parametrize("name", ["Badminton", "上官方平", "张敏", "管理", "", "Администратор"])
def test_other_names_are_free(name: str) -> None:
    assert not text.is_reserved(name, RESERVED)
    assert not text.is_reserved(name, [])


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("１３８ 0013 8000", "13800138000"),
        ("+86-138 0013 8000", "13800138000"),
        ("138 0013 8000\u200b", "13800138000"),
        ("0086 138–0013–8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("010-6234 5678", "010-62345678"),
        ("（0571）87654321", "0571-87654321"),
        ("+86 571 8765432", "0571-8765432"),
        ("+86 10 6234 5678", "010-62345678"),
        ("0000-00123", "0000-00123"),
        ("０００００0123", "0000-00123"),
        ("", None),
        (None, None),
        ("\u200b ", None),
    ],
)
def test_phone_numbers_in_any_dress(raw: str | None, number: str | None) -> None:
    assert text.normalise_phone(raw) == number


@pytest.mark.parametrize(
    "raw",
    [
        "123",
        "1380013800",
        "138001380000",
        "12800138000",
        "62345678",
        "²³⁴",
        "1３８00138OOO",
        "+852 2345 6789",
        "x" * 5000,
        "١٣٨٠٠١٣٨٠٠٠",
        "13800138000;rm",
        "0000-01123",
        "\ud800",
    ],
)
def test_what_is_no_phone_number(raw: str) -> None:
    with pytest.raises(InvalidInput):
        text.normalise_phone(raw, field="phone")


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("X@Demo.Invalid ", "x@demo.invalid"),
        ("ａ＠b．cn", "a@b.cn"),
        ("a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s"),
        ("", None),
    ],
)
def test_addresses(raw: str, address: str | None) -> None:
    assert text.normalise_email(raw) == address


@pytest.mark.parametrize(
    "raw",
    [
        "a",
        "@b.cn",
        "a@",
        "a@b",
        "a@b..cn",
        "a@@b.cn",
        "a b@c.cn",
        "a@b.cn\r\nBcc: x@y.cn",
        ".a@b.cn",
        "a@-b.cn",
        "a" * 65 + "@b.cn",
        "a@" + "b" * 64 + ".cn",
        "a@" + "b." * 4000 + "cn",
        "名@b.cn",
        "a@b.1",
        "\ud800@b.cn",
    ],
)
def test_what_is_no_address(raw: str) -> None:
    with pytest.raises(InvalidInput):
        text.normalise_email(raw)


def test_log_lines_stay_one_line() -> None:
    assert (
        text.log_safe("a\r\n\x1b[31mERROR \u2028\u202e\ud800路灯") == "a\\r\\n\\x1b[31mERROR \\u2028\\u202e\\ud800路灯"
    )
    assert len(text.log_safe("x" * 5000)) <= 501
    assert text.log_safe(None) == "None"


@pytest.mark.parametrize("raw", STRINGS)
def test_nasty_text_is_refused_or_comes_out_clean(raw: str) -> None:
    for clean in (text.clean_line, text.clean_text, text.clean_name):
        try:
            once = clean(raw, 10_000)
        except InvalidInput:
            continue
        assert clean(once, 10_000) == once
        once.encode("utf-8")
        assert not any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in once)
        assert "\u202e" not in once
    text.skeleton(raw)
    text.is_reserved(raw, RESERVED)
    assert text.log_safe(raw).isprintable()


@given(st.text())
def test_cleaning_is_idempotent(raw: str) -> None:
    assert text.clean_text(text.clean_text(raw, 10_000), 10_000) == text.clean_text(raw, 10_000)
    assert text.clean_line(text.clean_line(raw, 10_000), 10_000) == text.clean_line(raw, 10_000)


@pytest.mark.parametrize(
    "raw",
    ["\u0316\u0301" * 50_000, " " * 100_000, "\n \t" * 33_000, "a" * 100_000, "1-" * 50_000, "@." * 50_000],
)
def test_hostile_text_takes_no_time(raw: str) -> None:
    started = time.process_time()
    for reader in (
        text.clean_text,
        text.clean_line,
        text.clean_name,
        text.normalise_phone,
        text.normalise_email,
    ):
        with suppress(InvalidInput):
            reader(raw, 100_000) if reader.__name__.startswith("clean") else reader(raw)  # type: ignore[operator]
    text.skeleton(raw[:10_000])
    assert time.process_time() - started < 1.0
