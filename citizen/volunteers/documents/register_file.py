"""The register as a file: ages as groups, no phone, no address, no day of birth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.exports import Cell
from citizen.projection.documents import area_name
from citizen.volunteers.documents.register import AGE_WORDS, joined
from citizen.volunteers.queries.register import Wanted, everybody
from citizen.volunteers.rules.approvals import age_group
from citizen.volunteers.rules.volunteers import SKILLS


def header() -> list[str]:
    """The first row."""
    return [
        _("Number"),
        _("Full name"),
        _("Age group"),
        _("Own account"),
        _("Areas"),
        _("Good at"),
        _("On call"),
        _("Consent seen on"),
        _("Briefed on"),
        _("Insured until"),
        _("Home visits since"),
        _("Paused since"),
        _("Registered"),
    ]


def rows(wanted: Wanted) -> Iterator[list[Cell]]:
    """One row for each volunteer of the view."""
    today, yes = clock.today(), str(_("yes"))
    areas: dict[str, str] = {}
    skills = {code: str(word) for code, word in SKILLS.items()}
    groups = {group: str(word) for group, word in AGE_WORDS.items()}
    for row in everybody(wanted, today=today):
        yield [
            row.id,
            row.name,
            groups[age_group(row.birth_day, today)],
            yes if row.person_id else "",
            joined(_known(areas, code) for code in row.areas),
            joined(skills.get(code, code) for code in row.skills),
            yes if row.on_call else "",
            row.consent_on,
            row.briefed_on,
            row.insured_until,
            row.care_approved_on,
            _day(row.suspended_at),
            _day(row.created_at),
        ]


def _known(areas: dict[str, str], code: str) -> str:
    if code not in areas:
        areas[code] = area_name(code)
    return areas[code]


def _day(moment: Any) -> Cell:
    return clock.local(moment).date() if moment else None
