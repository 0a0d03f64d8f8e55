"""The ledger of some days as a file: one row for each entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask_babel import gettext as _

from citizen.core.exports import Cell
from citizen.volunteers.documents.hours import service_of
from citizen.volunteers.queries.hours_desk import ledger_between
from citizen.volunteers.rules.hours import KIND_WORDS


def header() -> list[str]:
    """The names of the columns."""
    return [
        _("Entry"),
        _("Name"),
        _("Day"),
        _("Service"),
        _("What it is"),
        _("Minutes"),
        _("Reason"),
        _("Confirmed or asked for by"),
        _("Agreed by"),
        _("Entered at"),
    ]


def rows(first: date, last: date) -> Iterator[list[Cell]]:
    """The entries of the days, in order."""
    for entry, name, booking, entered, agreed in ledger_between(first, last):
        yield [
            entry.id,
            name,
            entry.day,
            service_of(booking),
            str(KIND_WORDS[entry.kind]),
            entry.minutes,
            entry.reason,
            entered or "",
            agreed or "",
            entry.created_at,
        ]
