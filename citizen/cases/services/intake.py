"""What comes in: one case for each report, and notice of what its sender adds later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from citizen.cases.models import Case, CaseReport
from citizen.cases.rules import EMERGENCY_INTAKE, INTAKE_WORKING_DAYS, Actor, CaseState, find_hints
from citizen.cases.services.door import By, lock_case_by_id, note_event
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import constraint_means
from citizen.core.errors import Busy
from citizen.core.numbers import format_case_number, random_code
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.reports.models import Category, Message, Report
from citizen.reports.queries import chosen_category
from citizen.reports.rules import DANGER, EMERGENCY

TITLE_LENGTH = 60
_TRIES = 20

for _name in ("uq_cases_number", "cases.number"):
    constraint_means(_name, Busy)


def open_case(report: Report, *, photo_count: int) -> Case:
    """The case for a flushed ``report``: in the queue, its intake clock running, its event recorded. Flushes."""
    category = chosen_category(report.category_code)
    urgency = _urgency(report, category)
    due_at = intake_due(report.received_at, emergency=urgency == EMERGENCY)
    case = Case(
        number=_free_number(report.received_at),
        state=CaseState.SUBMITTED,
        title=title_of(report, category),
        source=report.source,
        urgency=urgency,
        urgency_rank=0 if urgency == EMERGENCY else 1,
        received_at=report.received_at,
        due_at=due_at,
        queue_at=due_at,
        calendar_version=directory().calendar.version,
        photo_count=photo_count,
        hinted=bool(find_hints(report.words)),
        updated_at=clock.now(),
        **_place(report),
    )
    _enter(case, report)
    return case


def _enter(case: Case, report: Report) -> None:
    """Store the case beside its report, with the first event of its history."""
    db.session.add(case)
    db.session.flush()
    db.session.add(CaseReport(case_id=case.id, report_id=report.id, origin_id=case.id))
    db.session.flush()
    actor, detail = (report.person_id, Actor.REPORTER.value), {"source": report.source}
    record("submit", "case", subject_id=case.id, actor=actor, states=(None, case.state), detail=detail)


def _urgency(report: Report, category: Category | None) -> str:
    """The category's; somebody who says "danger" and knows no category is believed until a moderator has looked."""
    if category is None:
        return EMERGENCY if report.resident_group == DANGER else "normal"
    return category.urgency


def intake_due(start: datetime, *, emergency: bool) -> datetime:
    """When somebody must have decided: one working day, or half an hour of any day for emergencies."""
    if emergency:
        return start + EMERGENCY_INTAKE
    return directory().calendar.add_working_days(start, INTAKE_WORKING_DAYS)


def _place(report: Report) -> dict[str, Any]:
    names = ("category_code", "area_code", "grid_code", "point_code", "landmark", "lon", "lat")
    return {name: getattr(report, name) for name in names}


def title_of(report: Report, category: Category | None) -> str:
    """The first words of the report; without words what and where it is."""
    first = next((line.strip() for line in report.words.splitlines() if line.strip()), "")
    if first:
        return first if len(first) <= TITLE_LENGTH else f"{first[:TITLE_LENGTH]}…"
    snapshot = directory()
    point = snapshot.points.get(report.point_code or "")
    place = point.name_hans if point else report.landmark[:TITLE_LENGTH] or snapshot.areas[report.area_code].name_hans
    return " · ".join(part for part in (category.name_hans if category else "", place) if part)


_NUMBERED = db.select(Case.id).where(Case.number == db.bindparam("number"))


def _free_number(received_at: datetime) -> str:
    """A number that no case has; a clash with a transaction of the same moment surfaces as Busy."""
    day = clock.local(received_at).date()
    for _attempt in range(_TRIES):
        number = format_case_number(day, random_code(4))
        if db.session.execute(_NUMBERED, {"number": number}).first() is None:
            return number
    raise Busy()


def report_came(report: Report, *, photo_count: int, **_more: Any) -> None:
    """Receiver of `report_submitted`."""
    open_case(report, photo_count=photo_count)


def message_came(report: Report, message: Message, **_more: Any) -> None:
    """Receiver of `message_added`: an addition is marked in the queue until somebody looks at it.

    Answers, disputes and objections move their case by themselves.
    """
    if message.kind != "addition":
        return
    query = db.select(CaseReport.case_id).where(CaseReport.report_id == report.id)
    case_id = db.session.execute(query).scalar_one_or_none()
    if case_id is None:
        return
    case = lock_case_by_id(case_id)
    case.answered = True
    case.hinted = case.hinted or bool(find_hints(message.words))
    note_event(case, "addition", by=By(report.person_id, Actor.REPORTER))


def look_at(case: Case) -> None:
    """Somebody of the office has read what the sender added."""
    case.answered = False
