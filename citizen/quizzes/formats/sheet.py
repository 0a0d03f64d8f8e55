"""Questions out of a table: the template filled in with Excel or WPS, or a text file with the same columns.

Merged cells: down one column of type, topic, difficulty, source, tags or validity, the text counts for all of its rows;
any other merged range that touches a question is a problem of that question.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from citizen.quizzes.formats.checking import finish
from citizen.quizzes.formats.columns import COLUMNS, NEEDED, part_of, unsaid
from citizen.quizzes.formats.draft import Problem, Read
from citizen.quizzes.formats.entry import Entry, Known
from citizen.quizzes.formats.table import Table, letter, text_table
from citizen.quizzes.formats.workbook import workbook_tables

#: A heading may stand below a title and a remark or two.
HEADING_ROWS = 10
#: What the template's example rows have for a code; they are not imported.
EXAMPLES = ("示例", "example")
_SHARED = frozenset({"kind", "topic", "difficulty", "source_hans", "source_en", "tags", "valid_from", "valid_to"})
_NAMES = {column.part: f"{column.zh} / {column.en}" for column in COLUMNS}


def read_xlsx(data: bytes, known: Known) -> Read:
    """The questions of the first visible sheet that has the headings; never raises, evaluates nothing."""
    tables = workbook_tables(data)
    headed = [(name, table, row) for name, table in tables if (row := _heading_row(table))]
    if not headed:
        table = next((table for _name, table in tables), Table())
        return Read((), (*table.problems, *([] if table.problems else _no_headings(table))))
    name, table, row = headed[0]
    table.problems += [
        Problem(0, other, _l("Only the first sheet with questions, “%(name)s”, was read.", name=name))
        for other, _table, _row in headed[1:]
    ]
    return _read(table, row, known)


def read_csv(data: bytes, known: Known) -> Read:
    """The questions of a text file with separated cells; never raises."""
    table = text_table(data)
    row = _heading_row(table)
    if not row:
        return Read((), (*table.problems, *([] if table.problems else _no_headings(table))))
    return _read(table, row, known)


def has_headings(text: str) -> bool:
    """Whether a text begins like a table of questions."""
    return bool(
        _heading_row(text_table("\n".join(text.split("\n", HEADING_ROWS)[:HEADING_ROWS]).encode("utf-8", "replace")))
    )


def _heading_row(table: Table) -> int:
    """The row with the most headings we know, at least two; 0 without one."""
    best, most = 0, 1
    for number in [row for row in table.rows() if row <= HEADING_ROWS * 2][:HEADING_ROWS]:
        known = {part_of(text) for text in table.row(number).values()} - {None}
        if len(known) > most:
            best, most = number, len(known)
    return best


def _no_headings(table: Table) -> list[Problem]:
    if not table.cells:
        return [Problem(0, "", _l("The file is empty."))]
    needed = "、".join(_NAMES[part] for part in NEEDED)
    sentence = _l("There is no row of headings. These columns are needed: %(names)s.", names=needed)
    return [Problem(min(table.rows()), "A", sentence)]


def _read(table: Table, heading: int, known: Known) -> Read:
    parts = _parts(table, heading)
    missing = [part for part in NEEDED if part not in parts.values()]
    for part in missing:
        table.problems.append(Problem(heading, "A", _l("The column “%(name)s” is missing.", name=_NAMES[part])))
    if missing:
        return Read((), tuple(table.problems))
    _spread(table, parts, heading)
    return finish(_entries(table, parts, heading), known, problems=table.problems)


def _parts(table: Table, heading: int) -> dict[int, str]:
    """Column → part; headings that nobody knows, and the second of two that mean the same, are problems."""
    parts: dict[int, str] = {}
    for column, text in table.row(heading).items():
        part = part_of(text)
        if part is None:
            sentence = _l("Nobody knows the column “%(name)s”; it was not read.", name=text[:40])
            table.problems.append(Problem(heading, letter(column), sentence))
        elif part in parts.values():
            sentence = _l("The column “%(name)s” is there twice; this one was not read.", name=text[:40])
            table.problems.append(Problem(heading, letter(column), sentence))
        else:
            parts[column] = part
    return parts


def _spread(table: Table, parts: dict[int, str], heading: int) -> None:
    """Fill merged cells from their top left where that can mean one thing only, and name the others."""
    for top, left, bottom, right in table.merged:
        if bottom < heading or not any(left <= column <= right for column in parts):
            continue
        one_column = left == right and parts.get(left) in _SHARED
        for row in range(max(top, heading + 1), bottom + 1):
            if one_column and (top, left) in table.cells:
                table.cells[row, left] = table.cells[top, left]
            elif not one_column:
                table.wrong[row, left] = _l(
                    "Merged cells: it is not clear which row or column this belongs to. Split them."
                )


def _entries(table: Table, parts: dict[int, str], heading: int) -> Iterator[Entry]:
    missing = unsaid(set(parts.values()))
    wrong_of: dict[int, dict[int, object]] = {}
    for (at, column), sentence in table.wrong.items():
        if column in parts:
            wrong_of.setdefault(at, {})[column] = sentence
    for number in table.rows():
        row = {column: text for column, text in table.row(number).items() if column in parts}
        wrong = wrong_of.get(number, {})
        code = next((row[column] for column, part in parts.items() if part == "code" and column in row), "")
        if number <= heading or code.strip().casefold() in EXAMPLES or not (row.keys() | wrong.keys()):
            continue
        entry = Entry(number, unsaid=missing)
        for column, part in parts.items():
            name = f"{letter(column)} {_NAMES[part].split(' / ', 1)[0]}"
            entry.places[part] = (number, name)
            if column in row:
                entry.texts[part] = row[column]
            if column in wrong:
                entry.problems.append(Problem(number, name, wrong[column]))
            elif (number, column) in table.dates and not part.startswith("valid"):
                entry.problems.append(Problem(number, name, _made_a_date()))
        yield entry


def _made_a_date() -> object:
    return _l("The spreadsheet has made a date of this text. Format the cell as text and type it again.")
