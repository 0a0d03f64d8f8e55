"""Exports: whatever residents write, a spreadsheet shows it and evaluates nothing."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.core.exports import csv_lines, harmless, sheet_name, xlsx

FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1+2",
    "＠x",
    " =1+1",
    "\u3000=1",
    '=HYPERLINK("x")',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text_in_csv(text: str) -> None:
    assert harmless(text).startswith("'")


@pytest.mark.parametrize(
    ("text", "kept"), [("-5", "-5"), ("-5.25", "-5.25"), ("路灯不亮", "路灯不亮"), ("a=b", "a=b"), ("", "")]
)
def test_plain_numbers_and_words_are_left_alone(text: str, kept: str) -> None:
    assert harmless(text) == kept


def test_a_phone_number_stays_text() -> None:
    assert harmless("+8613800138000") == "'+8613800138000"


def test_a_plain_writer_would_let_the_formula_through() -> None:
    """The control: this is what the module is for."""
    out = io.StringIO()
    csv.writer(out).writerow(["=1+1"])
    assert out.getvalue().startswith("=")
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "=1+1"
    assert book.active["A1"].data_type == "f"


@pytest.mark.parametrize(
    "text", [*FORMULAS, "\x0b", "a\x00b", "\ufffe", "\ud800", "𠮷䶮", "👩‍🚒", "x" * 40_000, "https://example.invalid"]
)
def test_xlsx_cells_are_typed_as_text(text: str) -> None:
    data = xlsx("城东/城西", ["名称", "日期"], rows=[[text, None]])
    cell = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]["A2"]
    assert cell.data_type in ("s", "n")
    assert cell.value is None or isinstance(cell.value, str)


def test_xlsx_keeps_types_and_the_countys_time() -> None:
    moment = datetime(2026, 8, 31, 16, 30, tzinfo=UTC)
    data = xlsx("t", ["a", "b", "c", "d"], rows=[[5, 2.5, moment, date(2026, 9, 1)]])
    row = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0][2]]
    assert row == [5, 2.5, datetime(2026, 9, 1, 0, 30), "2026-09-01"]


@pytest.mark.parametrize(
    ("title", "name"), [("城东/城西", "城东·城西"), ("", "1"), ("x" * 50, "x" * 31), ("[a]:*?\\'", "·a······"[:8])]
)
def test_sheets_get_a_name_that_is_allowed(title: str, name: str) -> None:
    assert sheet_name(title) == name


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_csv_of_anything_reads_back_row_for_row(rows: list[list[str]]) -> None:
    text = "".join(csv_lines(["a", "b"], rows))
    text.encode("utf-8")
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(read) == len(rows) + 1
    assert all(not cell.startswith(("=", "+", "@")) for row in read for cell in row)


def test_csv_is_made_line_by_line() -> None:
    endless = ([str(number), "x"] for number in iter(int, 1))
    lines = csv_lines(["a", "b"], endless)
    assert next(lines) == "\ufeffa,b\r\n"
    assert next(lines) == "0,x\r\n"
