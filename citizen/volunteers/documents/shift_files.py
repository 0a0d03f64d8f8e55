"""Rosters and shifts as files: no more columns than their purpose needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response
from flask_babel import gettext as _

from citizen.core.clock import local
from citizen.core.exports import Cell, csv_lines, xlsx
from citizen.volunteers.documents.cards import area_name
from citizen.volunteers.documents.desk_words import BOOKINGS, shift_tag
from citizen.volunteers.models import Shift
from citizen.volunteers.queries.board import signed_in
from citizen.volunteers.queries.roster import Place, Roster
from citizen.volunteers.rules.booking import BookingState
from citizen.web.locale import localised

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def roster_table(roster: Roster) -> tuple[list[str], list[list[Cell]]]:
    """Name, phone (the guardian's for a child), state, in and out of those who have a place and those who wait."""
    header = [_("Full name"), _("Phone"), _("State"), _("Number in the line"), _("Came"), _("Went")]
    return header, [_person(place) for place in (*roster.holding, *roster.line)]


def _person(place: Place) -> list[Cell]:
    booking = place.booking
    phone = place.person.phone if place.person else None
    return [
        place.volunteer.name,
        phone or place.volunteer.guardian_phone or "",
        str(BOOKINGS[booking.state][1]),
        booking.wait_no if booking.state == BookingState.WAITING else None,
        place.came.at if place.came else None,
        place.went.at if place.went else None,
    ]


def shifts_table(shifts: Sequence[Shift], now: Any) -> tuple[list[str], Iterator[list[Cell]]]:
    """The shifts of some days with their numbers, nobody's name."""
    header = [
        _("Day"),
        _("From"),
        _("Until"),
        _("Service"),
        _("Place"),
        _("Area"),
        _("State"),
        _("Places"),
        _("At least needed"),
        _("Taken"),
        _("Waiting"),
        _("Signed in"),
    ]
    came = signed_in([row.id for row in shifts])
    return header, (_shift(row, came[row.id][1], now) for row in shifts)


def _shift(row: Shift, came: int, now: Any) -> list[Cell]:
    return [
        local(row.starts_at).date(),
        row.starts_at,
        row.ends_at,
        localised(row.post.kind, "name"),
        localised(row.post, "place"),
        area_name(row.area_code),
        shift_tag(row, now)[1],
        row.capacity,
        row.min_needed,
        row.taken,
        row.waiting,
        came,
    ]


def file_of(kind: str, name: str, *, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The table as a file for downloading; ``name`` is plain ASCII, without its ending."""
    body = xlsx(name, header, rows=rows) if kind == "xlsx" else "".join(csv_lines(header, rows))
    response = Response(body, content_type=KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response
