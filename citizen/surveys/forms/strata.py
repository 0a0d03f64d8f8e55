"""The table of areas and ages: by hand, or as a file that a spreadsheet wrote."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_int
from citizen.core.text import fold_width
from citizen.departments.queries import directory
from citizen.surveys.models import Stratum
from citizen.surveys.rules.waves import AGES, MAX_POPULATION
from citizen.surveys.services.waves import Cell, ensure_cell

HEADER = ("area", "area_name", "ages", "population", "target")
MAX_FILE = 200_000
MAX_ROWS = 500


@dataclass
class CellRow:
    """One row of the form: an area and an age band with what was typed."""

    area: str
    ages: str
    population: str = ""
    target: str = ""
    error: Any = ""

    @property
    def id(self) -> str:
        """The field's name before "-population" and "-target"."""
        return f"cell-{self.area}-{self.ages}"


def empty_table() -> list[CellRow]:
    """Every area of the county with every age band."""
    return [CellRow(area, ages) for area in directory().areas for ages in AGES]


def stored_table(strata: Iterable[Stratum]) -> list[CellRow]:
    """The form's rows with what is stored; cells that are not in the sample are empty."""
    known = {(row.area_code, row.ages): row for row in strata}
    rows = empty_table()
    for row in rows:
        found = known.get((row.area, row.ages))
        if found is not None:
            row.population, row.target = str(found.population), str(found.target)
    return rows


def typed_table(form: Mapping[str, str]) -> list[CellRow]:
    """The form's rows as they were sent."""
    rows = empty_table()
    for row in rows:
        row.population = str(form.get(f"{row.id}-population", ""))[:20].strip()
        row.target = str(form.get(f"{row.id}-target", ""))[:20].strip()
    return rows


def cells_of(rows: Sequence[CellRow]) -> list[Cell]:
    """The cells in which something is typed; a row that cannot be used gets its ``error``."""
    found = []
    for row in rows:
        if not row.population and not row.target:
            continue
        try:
            found.append(_cell(row.area, row.ages, row.population, row.target))
        except InvalidInput as error:
            row.error = error.message
    return found


def _cell(area: str, ages: str, population: str, target: str) -> Cell:
    people, wanted = parse_int(population, 1, MAX_POPULATION), parse_int(target, 0, MAX_POPULATION)
    if people is None:
        raise InvalidInput(_("The population is a number from 1 on."))
    if wanted is None:
        raise InvalidInput(_("The target is a whole number."))
    cell = Cell(area, ages, people, wanted)
    ensure_cell(cell)
    return cell


def file_rows(strata: Iterable[Stratum], name_of: Mapping[str, str]) -> list[tuple[str | int, ...]]:
    """The table as rows of a file; an empty sample gives the county's areas to fill in."""
    known = {(row.area_code, row.ages): row for row in strata}
    rows: list[tuple[str | int, ...]] = []
    for row in empty_table():
        found = known.get((row.area, row.ages))
        numbers: tuple[str | int, ...] = (found.population, found.target) if found else ("", "")
        rows.append((row.area, name_of.get(row.area, ""), row.ages, *numbers))
    return rows


def read_file(data: bytes) -> tuple[list[Cell], list[str]]:
    """(cells, errors with their row) of a CSV file; UTF-8 with or without a mark, or GB 18030 as Excel writes it.

    Columns are found by their names; an area may be named by its code or its Chinese or English name.
    """
    if len(data) > MAX_FILE:
        return [], [_("The file is too large.")]
    table = list(csv.reader(io.StringIO(_decoded(data), newline="")))[: MAX_ROWS + 1]
    head = [fold_width(name).strip().lower().lstrip("\ufeff") for name in table[0]] if table else []
    missing = [name for name in HEADER if name != "area_name" and name not in head]
    if missing:
        return [], [_("The first row names no column %(names)s.", names=", ".join(missing))]
    cells: list[Cell] = []
    wrong: list[str] = []
    for number, values in enumerate(table[1:], 2):
        row = dict(zip(head, (fold_width(value).strip().lstrip("'") for value in values), strict=False))
        if not row.get("population") and not row.get("target"):
            continue
        try:
            cells.append(_new_cell(row, cells))
        except InvalidInput as error:
            wrong.append(_("Row %(number)s: %(what)s", number=number, what=error.message))
    return cells, wrong if cells or wrong else [_("The file holds no numbers.")]


def _new_cell(row: Mapping[str, str], before: Sequence[Cell]) -> Cell:
    areas = {
        name: area.code for area in directory().areas.values() for name in (area.code, area.name_hans, area.name_en)
    }
    area = areas.get(row.get("area", ""), "")
    ages = row.get("ages", "").replace("—", "-").replace("–", "-")
    if not area:
        raise InvalidInput(_("There is no area “%(name)s”.", name=row.get("area", "")[:30]))
    if ages not in AGES:
        raise InvalidInput(
            _("There is no age “%(name)s”; it is one of %(ages)s.", name=ages[:20], ages=", ".join(AGES))
        )
    cell = _cell(area, ages, row.get("population", ""), row.get("target", ""))
    if any((cell.area, cell.ages) == (known.area, known.ages) for known in before):
        raise InvalidInput(_("This area and age was there before."))
    return cell


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")
