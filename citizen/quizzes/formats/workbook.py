"""An XLSX file as a table, opened as something that a stranger sent.

What is looked at before openpyxl sees it: the size of everything inside (a zip bomb), document types (an entity bomb), how
many cells and how large merged ranges are (openpyxl makes an object for each cell of both).
"""

from __future__ import annotations

import io
import logging
import re
import warnings
import zipfile
from datetime import date, datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from citizen.quizzes.formats.draft import Problem
from citizen.quizzes.formats.table import MAX_COLUMNS, MAX_ROWS, Table, beyond, letter, too_wide

log = logging.getLogger(__name__)

MAX_UNPACKED = 24_000_000
MAX_PARTS = 400
MAX_CELLS = 200_000
MAX_MERGED = 20_000
#: An old Excel file, or one with a password.
_OLD = b"\xd0\xcf\x11\xe0"
#: How XML begins in UTF-16, UTF-32 and EBCDIC.
_OTHER_ENCODINGS = (
    b"\xff\xfe",
    b"\xfe\xff",
    b"<\x00",
    b"\x00<",
    b"\x00\x00\x00<",
    b"\x00\x00\xfe\xff",
    b"\x4c\x6f\xa7\x94",
)
_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_MERGE = re.compile(rb"<(?:[\w.-]+:)?mergeCell[\s/>]")
_PLAIN_MERGE = re.compile(rb"<(?:[\w.-]+:)?mergeCell\s+ref=[\"']([A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?)[\"']")


class _Refused(Exception):
    """The file is not opened; its argument is the sentence that says why."""


def workbook_tables(data: bytes) -> list[tuple[str, Table]]:
    """(name, table) of every visible sheet; a file that cannot be opened is one empty table with a problem. Never raises."""
    try:
        _inspect(data)
        return _sheets(data)
    except _Refused as error:
        sentence = error.args[0]
    except Exception:  # whatever a broken file does to the library, its sender reads a sentence
        log.info("a workbook could not be read", exc_info=True)
        sentence = _l(
            "This workbook is damaged and cannot be read. Open it in Excel or WPS and save it again as .xlsx."
        )
    return [("", Table(problems=[Problem(0, "", sentence)]))]


def _inspect(data: bytes) -> None:
    if data.startswith(_OLD):
        raise _Refused(_l("This is an old Excel file or one with a password. Save it as .xlsx without a password."))
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise _Refused(_l("This is no Excel file (.xlsx)."))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise _Refused(
                _l("This workbook unpacks to far more than a list of questions. Copy the questions into a new one.")
            )
        cells = merged = 0
        for part in parts:
            content = archive.read(part)
            _refuse_hostile(content)
            cells += len(_CELL.findall(content))
            merged += _merged_cells(content)
    if cells > MAX_CELLS or merged > MAX_MERGED:
        raise _Refused(_l("This workbook has too many cells. Copy the questions into a new one."))


def _refuse_hostile(content: bytes) -> None:
    """No part needs a document type; one in another encoding than UTF-8 would hide it, and cells and ranges too."""
    lowered = content.lower()
    if content.startswith(_OTHER_ENCODINGS) or b"<!doctype" in lowered or b"<!entity" in lowered:
        raise _Refused(_l("This workbook holds instructions that no list of questions needs. It was not opened."))


def _merged_cells(content: bytes) -> int:
    """How many cells the merged ranges of a part cover; a range that is not written plainly counts as too many."""
    plain = _PLAIN_MERGE.findall(content)
    if len(plain) != len(_MERGE.findall(content)):
        return MAX_MERGED + 1
    total = 0
    for reference in plain:
        left, top, right, bottom = range_boundaries(reference.decode("ascii"))
        total += (abs(right - left) + 1) * (abs(bottom - top) + 1)
    return total


def _sheets(data: bytes) -> list[tuple[str, Table]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl's remarks on extensions it drops concern nobody here
        book = load_workbook(io.BytesIO(data), data_only=False, keep_links=False, rich_text=False)
    return [(sheet.title, _table(sheet)) for sheet in book.worksheets if sheet.sheet_state == "visible"]


def _table(sheet: Any) -> Table:
    table = Table()
    for merged in sheet.merged_cells.ranges:
        table.merged.append((merged.min_row, merged.min_col, merged.max_row, merged.max_col))
    below = right = False
    # What openpyxl keeps, since its own walk over rows makes a cell for every place up to the last one, however far that is.
    for (row, column), cell in sorted(sheet._cells.items()):
        if cell.value is not None:
            below, right = below or row > MAX_ROWS, right or column > MAX_COLUMNS
            if row <= MAX_ROWS and column <= MAX_COLUMNS:
                _keep(table, cell)
    if below:
        table.problems.append(Problem(MAX_ROWS + 1, "A", beyond()))
    if right:
        table.problems.append(Problem(1, letter(MAX_COLUMNS + 1), too_wide()))
    return table


def _keep(table: Table, cell: Any) -> None:
    place = (cell.row, cell.column)
    value = cell.value
    if cell.data_type == "f" or not isinstance(value, str | int | float | bool | datetime | date | time):
        table.wrong[place] = _l("A formula stands here. Put its result in as text.")
    elif cell.data_type == "e":
        table.wrong[place] = _l("Excel reports an error here (%(error)s).", error=value)
    else:
        text = _shown(value, str(cell.number_format or ""))
        if text.strip():
            table.cells[place] = text.strip(" \t\u3000\n")
        if isinstance(value, datetime | date | time):
            table.dates.add(place)


def _shown(value: Any, number_format: str) -> str:
    """A cell's value as its author sees it: 0.82 formatted in percent is 82%, 12315.0 is 12315."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        if number_format.endswith("%"):
            decimals = len(number_format.partition(".")[2]) - 1 if "." in number_format else 0
            return f"{value * 100:.{max(0, min(decimals, 8))}f}%"
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    return str(value).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
