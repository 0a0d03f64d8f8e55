"""PDF pages: any text can be set, nothing is torn that belongs together, the file stays small."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from citizen.core.pdf import MISSING, Sheet, Type, font_file, printable

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text(encoding="utf-8"))
PLAIN = Type(12)


@pytest.fixture(scope="module")
def sheet() -> Iterator[Sheet]:
    """One sheet for the tests that only measure: its fonts are loaded once, and closed with the file."""
    made = Sheet("measure", language="zh-Hans")
    yield made
    made.finish()


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    words = document[0].get_textpage()
    found = str(words.get_text_range())
    words.close()
    document.close()
    return found


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b\x07\u200b\u202ec\ufeff", "abc"),
        ("  two\r\nlines\t", "two lines"),
        ("镕\ufe00", "镕"),
        ("e\u0301", "é"),
        ("\ud800x", "?x"),
        ("3\u00a0August", "3\u00a0August"),
        ("\u0378", "\u0378"),
    ],
)
def test_what_leaves_no_ink_is_dropped(typed: str, kept: str) -> None:
    assert printable(typed) == kept


def test_any_text_can_be_set_and_what_no_font_has_is_visible() -> None:
    sheet = Sheet("\u0000坏\ud800", language="zh-Hans", author="\u202e")
    sheet.line("路灯🌟镕㐂𠮷臺灣ž\u0378x\u0e31", (10, 10), PLAIN)
    for kind, texts in NASTY.items():
        if kind != "about":
            for text in texts:
                sheet.line(text[:400], (10, 20), PLAIN)
                sheet.paragraph(text[:60], (10, 30), PLAIN, width=60)
    data = sheet.finish()
    text = text_of(data)
    assert f"路灯{MISSING}镕㐂𠮷臺灣ž{MISSING}x" in text
    assert len(data) < 400_000, "the whole fonts are in it"


def test_lines_keep_together_what_belongs_together(sheet: Sheet) -> None:
    text = "于2026年8月3日至2026年8月30日参加云漪县志愿服务，经记录核实，服务时长（小时）共计。"
    for width in (30.0, 40.0, 55.0, 70.0):
        rows = sheet.wrapped(text, PLAIN, width)
        assert "".join(rows) == text
        assert all(sheet.width(row, PLAIN) <= width for row in rows)
        assert not any(row[0] in "，。）" or row[-1] == "（" for row in rows)
        assert any("2026年8月30日" in row for row in rows)
    assert sheet.wrapped("took part in volunteer service", PLAIN, 30) == ["took part in", "volunteer", "service"]
    assert max(sheet.width(row, PLAIN) for row in sheet.wrapped("A" * 80, PLAIN, 40)) <= 40


def test_type_shrinks_until_it_fits(sheet: Sheet) -> None:
    big = Type(30, tracking=4)
    assert sheet.fitting("林知禾", big, width=150, smallest=8) == big
    small = sheet.fitting("字" * 40, big, width=150, smallest=8)
    assert 8 < small.size < 30 and sheet.width("字" * 40, small) <= 150.01
    assert sheet.fitting("字" * 400, big, width=150, smallest=8).size == 8


def test_a_missing_font_is_named() -> None:
    with pytest.raises(RuntimeError, match="no_such_package"):
        font_file("no_such_package", "x.ttf")
