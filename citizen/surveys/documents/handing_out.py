"""Invitations as they leave the house: a file of links, sheets of door cards, lists for interviewers.

Tokens are in these files only; whoever loses one makes it again, and the old one opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from flask import current_app, url_for
from flask_babel import gettext as _

from citizen.certificates.documents import long_day
from citizen.core.content import content
from citizen.core.exports import csv_lines
from citizen.core.numbers import group_code
from citizen.core.pdf import A4, Sheet, Type
from citizen.surveys.documents.desk import area_names
from citizen.surveys.models import Wave
from citizen.surveys.rules.waves import AGE_WORDS, Disposition
from citizen.surveys.services.invitations import Made
from citizen.web.locale import localised, page_language

COLUMNS, ROWS = 2, 4
#: Millimetres.
WIDE, HIGH = A4[0] / COLUMNS, A4[1] / ROWS
MARGIN, QR_SIZE = 7.0, 32.0
INK, MUTED, RULE = "1c2422", "53605c", 190
SMALL, QUIET = Type(9.5, INK), Type(9, MUTED)


def link_of(token: str) -> str:
    """The address that opens an invitation."""
    base: str = current_app.config["SETTINGS"].base_url
    return urljoin(base, url_for("answering.invited", token=token))


def links_file(made: Iterable[Made]) -> str:
    """The links as CSV, one invitation a row."""
    names = area_names()
    header = (_("Serial number"), _("Area"), _("Age"), _("Link"))
    rows = ((row.serial, names[row.area], str(AGE_WORDS[row.ages]), link_of(row.token)) for row in made)
    return "".join(csv_lines(header, rows))


def list_file(rows: Iterable[tuple[int, str, str, str]], *, marked: bool) -> str:
    """An interviewer's list as CSV: (serial, area, age, disposition); if ``marked``, those who answered are ticked.

    The marks are for the work in the field. Afterwards they would name those behind the numbers of a small cell.
    """
    names = area_names()
    header = (_("Serial number"), _("Area"), _("Age"), _("Done"), _("Note"))
    lines = (
        (serial, names[area], str(AGE_WORDS[ages]), "✓" if marked and done == Disposition.ANSWERED else "", "")
        for serial, area, ages, done in rows
    )
    return "".join(csv_lines(header, lines))


@dataclass(frozen=True, slots=True)
class Face:
    """What is the same on all cards of a file, measured once."""

    site: str
    title: tuple[str, Type]
    purpose: list[str]
    scan: list[str]
    address: tuple[str, Type]
    until: str


def cards_file(wave: Wave, made: Sequence[Made]) -> bytes:
    """Door cards, eight on an A4 page, with lines to cut along."""
    sheet = Sheet(localised(wave, "title"), language=page_language(), author=_site_name())
    face = _face(sheet, wave)
    for place, row in enumerate(made):
        if place and place % (COLUMNS * ROWS) == 0:
            sheet.canvas.add_page()
        if place % (COLUMNS * ROWS) == 0:
            _cutting_lines(sheet)
        column, line = place % COLUMNS, place // COLUMNS % ROWS
        _card(sheet, face, row, corner=(column * WIDE, line * HIGH))
    return sheet.finish()


def _face(sheet: Sheet, wave: Wave) -> Face:
    title = localised(wave, "title")
    purpose = _("Your answers help the county see what works. They are anonymous, and taking part is up to you.")
    base = str(current_app.config["SETTINGS"].base_url)
    address = urljoin(base, url_for("answering.ask")).split("://", 1)[-1]
    beside = WIDE - 2 * MARGIN - QR_SIZE - 1
    return Face(
        site=_site_name(),
        title=(title, sheet.fitting(title, Type(13, INK, strong=True), width=WIDE - 2 * MARGIN, smallest=8)),
        purpose=sheet.wrapped(purpose, SMALL, WIDE - 2 * MARGIN),
        scan=sheet.wrapped(_("Scan, or type the code at"), QUIET, beside),
        address=(address, sheet.fitting(address, SMALL, width=beside, smallest=5)),
        until=_("Until %(day)s", day=long_day(wave.closes_on)),
    )


def _cutting_lines(sheet: Sheet) -> None:
    sheet.canvas.set_draw_color(RULE)
    sheet.canvas.set_line_width(0.1)
    for column in range(1, COLUMNS):
        sheet.canvas.line(column * WIDE, 0, column * WIDE, A4[1])
    for line in range(1, ROWS):
        sheet.canvas.line(0, line * HIGH, A4[0], line * HIGH)


def _card(sheet: Sheet, face: Face, row: Made, *, corner: tuple[float, float]) -> None:
    left, top = corner[0] + MARGIN, corner[1] + MARGIN
    sheet.line(face.site, (left, top + 3), QUIET)
    sheet.line(face.title[0], (left, top + 10), face.title[1])
    for number, line in enumerate(face.purpose):
        sheet.line(line, (left, top + 16.5 + 5 * number), SMALL)
    sheet.qr(link_of(row.token), (left - 3.5, top + 27), QR_SIZE)
    text = left + QR_SIZE + 1
    sheet.line(_("Your code"), (text, top + 33), QUIET)
    sheet.line(group_code(row.token), (text, top + 40), Type(15, INK, strong=True))
    y = top + 47
    for line in face.scan:
        sheet.line(line, (text, y), QUIET)
        y += 4.5
    sheet.line(face.address[0], (text, y), face.address[1])
    sheet.line(face.until, (text, y + 6.5), SMALL)
    number_at = (corner[0] + WIDE - MARGIN, corner[1] + HIGH - 4)
    sheet.line(f"№ {row.serial}", number_at, Type(7, MUTED, align="right"))


def _site_name() -> str:
    return str(content().site["name"].in_language(page_language()))
