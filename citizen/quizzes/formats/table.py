"""A table of texts, whatever kind of file it came from, and the table in a text file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from citizen.quizzes.formats.columns import part_of
from citizen.quizzes.formats.decoding import decoded
from citizen.quizzes.formats.draft import Problem
from citizen.quizzes.rules.importing import MAX_QUESTIONS

MAX_COLUMNS = 40
#: Rows with their blank ones, of which formatted sheets have many.
MAX_ROWS = MAX_QUESTIONS * 2
#: What Excel writes between the cells of a text file, by its region's settings.
DELIMITERS = ",\t;"


@dataclass(slots=True)
class Table:
    """Rows of cell texts as a spreadsheet numbers them: ``cells[(row, column)]``, both from 1; blank cells are not held."""

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    #: (first row, first column, last row, last column).
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    #: Cells that a spreadsheet has made a date or time of.
    dates: set[tuple[int, int]] = field(default_factory=set)
    #: What is wrong with single cells: (row, column) → sentence.
    wrong: dict[tuple[int, int], object] = field(default_factory=dict)
    #: What is wrong with the file.
    problems: list[Problem] = field(default_factory=list)

    def rows(self) -> list[int]:
        """Numbers of the rows that hold anything."""
        return sorted({row for row, _column in (*self.cells, *self.wrong)})

    def row(self, number: int) -> dict[int, str]:
        """Column → text of one row."""
        found = {column: self.cells.get((number, column), "") for column in range(1, MAX_COLUMNS + 1)}
        return {column: text for column, text in found.items() if text}


def letter(column: int) -> str:
    """The column's name in a spreadsheet: 1 is A, 27 is AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def text_table(data: bytes) -> Table:
    """The table in a CSV (or tab-separated) file; never raises."""
    table = Table()
    text = decoded(data)
    if text is None:
        table.problems.append(Problem(0, "", _l("This is no text file that can be read. Save it as CSV in UTF-8.")))
        return table
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if number > MAX_ROWS:
                table.problems.append(Problem(number, "A", beyond()))
                break
            _keep(table, number, row)
    except csv.Error:
        sentence = _l("From here on the file cannot be read: a quotation mark is not closed.")
        table.problems.append(Problem(number + 1, "A", sentence))
    return table


def beyond() -> object:
    """The sentence for rows that were not looked at."""
    return _l("Rows from here on were not read: a table has at most %(most)s rows.", most=MAX_ROWS)


def _keep(table: Table, number: int, row: Sequence[str]) -> None:
    for column, text in enumerate(row[:MAX_COLUMNS], start=1):
        if text.strip():
            table.cells[number, column] = text.strip(" \t\u3000\n")
    if any(text.strip() for text in row[MAX_COLUMNS:]):
        table.problems.append(Problem(number, letter(MAX_COLUMNS + 1), too_wide()))


def too_wide() -> object:
    """The sentence for cells to the right of the last column."""
    return _l("Cells from here on were not read: a table has at most %(most)s columns.", most=MAX_COLUMNS)


def _delimiter(text: str) -> str:
    """What divides the headings, wherever they stand at the beginning; a title above them need not hold any."""
    lines = text.split("\n", 20)[:20]

    def headings(sign: str) -> tuple[int, int]:
        known = (
            sum(part_of(cell) is not None for cell in line.replace('"', "").split(sign)[:MAX_COLUMNS]) for line in lines
        )
        return max(known, default=0), sum(line.count(sign) for line in lines)

    return max(DELIMITERS, key=headings)
