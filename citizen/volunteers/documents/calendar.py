"""The calendar: a month in figures, or a week shift by shift; the same filters as the list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from babel.dates import format_date, get_day_names
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.departments.queries import directory
from citizen.volunteers.documents.cards import cards
from citizen.volunteers.documents.filters import CALENDAR, INDEX, address, filter_bar, known, sister_pages
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries.calendar import LISTED, day_counts, week_rows
from citizen.volunteers.queries.finding import slot_of_row
from citizen.volunteers.queries.standing import standings
from citizen.volunteers.rules.finding import DAY, WEEK, Wanted, first_monday, month_days
from citizen.volunteers.rules.shifts import HORIZON
from citizen.web.locale import LOCALES, page_language
from citizen.web.templating import day as day_words


@dataclass(frozen=True, slots=True)
class Leaf:
    """Which leaf of the calendar: a week or a month, and a day in it."""

    by_week: bool
    day: date

    @property
    def days(self) -> list[date]:
        """From Monday to Sunday, as many weeks as the leaf has."""
        first, last = (
            (first_monday(self.day), first_monday(self.day) + DAY * 6) if self.by_week else month_days(self.day)
        )
        return [first + DAY * n for n in range((last - first).days + 1)]

    def step(self, way: int) -> date:
        """A day in the leaf before (-1) or after (1)."""
        if self.by_week:
            return first_monday(self.day) + DAY * 7 * way
        first = self.day.replace(day=1)
        return first - DAY if way < 0 else (first + DAY * 31).replace(day=1)


def leaf_of(view: str, asked: date | None) -> Leaf:
    """The leaf asked for; never one that is over, nor one for which no shift can have been made yet."""
    today = clock.today()
    return Leaf(view == WEEK, min(max(asked or today, today), today + HORIZON))


def calendar_page(wanted: Wanted, leaf: Leaf, volunteer: Volunteer | None) -> dict[str, Any]:
    """Everything on one leaf of the calendar for a viewer."""
    wanted = replace(known(wanted), when=WEEK, near="", place=None, by_time=False, after=0)
    cells = _week(wanted, leaf, volunteer) if leaf.by_week else _month(wanted, leaf)
    columns = get_day_names("abbreviated", locale=LOCALES[page_language()])
    return {
        "stamp": (leaf, wanted, directory().stamp, [_stamp(cell) for cell in cells]),
        "tabs": sister_pages(CALENDAR, wanted),
        "filters": filter_bar(CALENDAR, wanted),
        "hidden": {"view": WEEK if leaf.by_week else "", "from": leaf.day.isoformat()},
        "views": _views(wanted, leaf),
        "title": _title(leaf),
        "columns": [columns[n] for n in range(7)],
        "weeks": [cells[start : start + 7] for start in range(0, len(cells), 7)],
        "by_week": leaf.by_week,
        "any": any(cell["words"] or cell["rows"] for cell in cells),
        "all": url_for(CALENDAR),
        "prev": _address(wanted, leaf, leaf.step(-1)) if leaf.days[0] > clock.today() else "",
        "next": _address(wanted, leaf, leaf.step(1)) if leaf.step(1) <= clock.today() + HORIZON else "",
    }


def _stamp(cell: dict[str, Any]) -> object:
    return (cell["words"], cell["free"], [row.key for row in cell["rows"]], cell["more"])


def _views(wanted: Wanted, leaf: Leaf) -> list[dict[str, Any]]:
    return [
        {"url": _address(wanted, Leaf(week, leaf.day), leaf.day), "label": label, "current": week == leaf.by_week}
        for week, label in ((False, _("Month")), (True, _("Week")))
    ]


def _address(wanted: Wanted, leaf: Leaf, day: date) -> str:
    found: dict[str, Any] = {**wanted.values(), "from": day.isoformat()}
    return url_for(CALENDAR, **found | ({"view": WEEK} if leaf.by_week else {}))


def _title(leaf: Leaf) -> str:
    if leaf.by_week:
        days = leaf.days
        return f"{day_words(days[0])} – {day_words(days[-1])}"
    language = page_language()
    return str(format_date(leaf.day, "MMMM y" if language == "en" else "y年M月", LOCALES[language]))


def _cell(wanted: Wanted, day: date, leaf: Leaf) -> dict[str, Any]:
    return {
        "n": day.day,
        "long": day_words(day),
        "url": address(INDEX, wanted, when=day.isoformat()),
        "today": day == clock.today(),
        "other": not leaf.by_week and day.month != leaf.day.month,
        "words": "",
        "free": "",
        "rows": [],
        "more": False,
    }


def _month(wanted: Wanted, leaf: Leaf) -> list[dict[str, Any]]:
    counts = day_counts(wanted, leaf.days, now=clock.now())
    cells = []
    for on in leaf.days:
        shifts, free = counts.get(on, (0, 0))
        cell = _cell(wanted, on, leaf)
        if shifts:
            cell["words"] = ngettext("%(num)d shift", "%(num)d shifts", shifts)
            cell["free"] = _("%(free)s places free", free=free) if free else _("all full")
        cells.append(cell)
    return cells


def _week(wanted: Wanted, leaf: Leaf, volunteer: Volunteer | None) -> list[dict[str, Any]]:
    found = week_rows(wanted, leaf.days, now=clock.now())
    standing = standings(volunteer, [slot_of_row(row) for rows in found.values() for row in rows])
    return [
        {
            **_cell(wanted, on, leaf),
            "rows": cards(rows[:LISTED], standing),
            "more": len(rows) > LISTED,
        }
        for on, rows in found.items()
    ]
