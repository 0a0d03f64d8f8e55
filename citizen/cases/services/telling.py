"""Telling the senders of a case's reports what happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import force_locale, format_date

from citizen.cases.models import Case, CaseReport
from citizen.core.clock import local
from citizen.core.content import Words, content
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.notifications.services import notify
from citizen.reports.models import Report

_LOCALES = {"zh-Hant": "zh_Hant", "en": "en"}
_DAYS = {"en": "d MMMM, EEEE"}


def reports_of(case: Case) -> list[Report]:
    """The reports that the case gathers, oldest first."""
    query = db.select(Report).join(CaseReport, CaseReport.report_id == Report.id).where(CaseReport.case_id == case.id)
    return list(db.session.execute(query.order_by(Report.received_at, Report.id)).scalars())


def tell(case: Case, event: str, values: dict[str, Any] | None = None) -> None:
    """Queue the letter for ``event`` to everybody who sent a report of ``case``; none goes out before the commit.

    A moment in ``values`` becomes its day, and `Words` the text, in the language of each receiver.
    """
    for report in reports_of(case):
        spoken = {name: _in_language(value, report.language) for name, value in (values or {}).items()}
        notify(event, report=report, values=spoken)


def unit_words(unit_code: str) -> Words:
    """The unit's name in every language."""
    unit = directory().units[unit_code]
    return Words(unit.name_hans, unit.name_hant, unit.name_en)


def reason_words(reason_code: str) -> Words:
    """What the county's list of reasons says to residents."""
    return content().reasons[reason_code].words


def _in_language(value: Any, language: str) -> str:
    if isinstance(value, Words):
        return value.in_language(language)
    if isinstance(value, datetime):
        with force_locale(_LOCALES.get(language, "zh_Hans")):
            return str(format_date(local(value).date(), _DAYS.get(language, "M月d日EEEE"), rebase=False))
    return str(value)
