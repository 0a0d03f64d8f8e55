"""Telling the senders of a case's reports what happened to it."""

from __future__ import annotations

from typing import Any

from citizen.cases.models import Case, CaseReport
from citizen.core.content import Words
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.notifications.services import notify
from citizen.reports.models import Report


def reports_of(case: Case) -> list[Report]:
    """The reports that the case gathers, oldest first."""
    query = db.select(Report).join(CaseReport, CaseReport.report_id == Report.id).where(CaseReport.case_id == case.id)
    return list(db.session.execute(query.order_by(Report.received_at, Report.id)).scalars())


def tell(case: Case, event: str, values: dict[str, Any] | None = None) -> None:
    """Write down one letter for ``event`` to every address that the senders of the case's reports left.

    None leaves before the commit. Moments among ``values`` are written as days, `Words` in the receiver's language.
    """
    for report in reports_of(case):
        notify(event, report=report, values=values)


def unit_words(unit_code: str) -> Words:
    """The unit's name in every language."""
    unit = directory().units[unit_code]
    return Words(unit.name_hans, unit.name_hant, unit.name_en)
