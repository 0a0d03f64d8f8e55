"""Tables for spreadsheets: typed cells, no formula ever, no character that a spreadsheet cannot hold.

CSV has no types, so text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV
injection"); numbers stay numbers. XLSX cells are written with their type, so nothing there is ever evaluated.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import xlsxwriter

from citizen.core.clock import local

Cell = str | int | float | bool | date | datetime | None

_FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠|%")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?$", re.ASCII)
#: Not allowed in XML 1.0, hence in no XLSX file: control characters, surrogates and noncharacters.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
MAX_CELL = 32_767


def clean(text: str) -> str:
    """``text`` without the characters that a spreadsheet cannot hold, cut to the longest cell it knows."""
    return _ILLEGAL.sub("", text)[:MAX_CELL]


def harmless(text: str) -> str:
    """``text`` for a CSV cell: with an apostrophe in front when a spreadsheet would evaluate it.

    A plain number such as -5 keeps its meaning; a phone number such as +8613800138000 becomes text.
    """
    cleaned = clean(text)
    if cleaned.lstrip(" \u3000\u00a0").startswith(_FORMULA_STARTS) and not _NUMBER.match(cleaned):
        return f"'{cleaned}"
    return cleaned


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The table as CSV, line by line, so that a long one needs no memory; begins with a byte-order mark for Excel."""
    yield "\ufeff" + _csv_line([harmless(name) for name in header])
    for row in rows:
        yield _csv_line([_csv_cell(cell) for cell in row])


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return local(cell).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, str):
        return harmless(cell)
    return "" if cell is None else str(cell)


def _csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def xlsx(title: str, header: Sequence[str], *, rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table as an XLSX file with one sheet, its first row fixed; text stays text, times are the county's."""
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(sheet_name(title))
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            sheet.write_string(0, column, clean(name))
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, column, local(cell).replace(tzinfo=None), moment)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, clean(cell))
                elif cell is not None:
                    sheet.write(number, column, cell.isoformat() if isinstance(cell, date) else cell)
    return out.getvalue()


def sheet_name(title: str) -> str:
    """``title`` as a sheet may be called: at most 31 characters, none of the forbidden ones, never empty."""
    return _SHEET_NAME.sub("·", clean(title)).strip()[:31] or "1"
