"""Objections of reporters: to a refusal, or to what was called a fix; the shift leader decides."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.cases.models import Appeal, Case, CaseReport
from citizen.cases.rules import (
    DISPUTE_WITHIN,
    OBJECT_WITHIN_WORKING_DAYS,
    Actor,
    CaseState,
)
from citizen.cases.services.deadlines import half_limit_from, set_deadline
from citizen.cases.services.door import By, move, note_event, run_clock
from citizen.cases.services.intake import intake_due
from citizen.cases.services.telling import tell
from citizen.cases.signals import case_reopened
from citizen.core import clock
from citizen.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from citizen.core.permissions import Role, Viewer
from citizen.core.text import clean_text
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.notifications.services import notify
from citizen.reports.models import Report

REFUSAL, FIX = "refusal", "fix"
MAX_WORDS = 2_000
DECIDE_WORKING_DAYS = 1
#: How often the shift leader may reopen one case; beyond that the head of the office decides.
REOPENED_BY_LEADER = 2


def last_day(case: Case, kind: str) -> datetime | None:
    """Until when ``kind`` of objection may be made, or None when there is nothing to object to."""
    if kind == REFUSAL and case.state == CaseState.REJECTED and case.rejected_at:
        return directory().calendar.add_working_days(case.rejected_at, OBJECT_WITHIN_WORKING_DAYS)
    if kind == FIX and case.state == CaseState.CLOSED and case.closed_at:
        return case.closed_at + DISPUTE_WITHIN
    return None


def appeal(case: Case, report: Report, *, kind: str, words: str) -> Appeal:
    """The reporter objects to the refusal ("refusal") or disputes the fix ("fix") of a locked case.

    One objection to each decision: sending the same words again returns the first. Raises NotFound when the report is
    not gathered by the case, Conflict when nothing can be objected to (any more), InvalidInput without words.
    """
    said = clean_text(words, MAX_WORDS, field="words")
    if len(said.strip()) < 2:
        raise InvalidInput(_l("Say in a few words why you do not agree"), "words")
    _ensure_gathers(case, report)
    now, end = clock.now(), last_day(case, kind)
    begin = case.rejected_at if kind == REFUSAL else case.closed_at
    earlier = _last_of(report.id, kind)
    if earlier and (earlier.decided_at is None or (begin and earlier.made_at >= begin)):
        if earlier.words == said:
            return earlier
        raise Conflict(_l("You have objected to this decision already."))
    if end is None or now > end:
        raise Conflict(_l("This decision can no longer be objected to."))
    due = directory().calendar.add_working_days(now, DECIDE_WORKING_DAYS)
    found = Appeal(case_id=case.id, report_id=report.id, kind=kind, words=said, made_at=now, due_at=due)
    db.session.add(found)
    db.session.flush()
    note_event(case, "appeal", by=By(report.person_id, Actor.REPORTER), detail={"kind": kind, "appeal": found.id})
    notify("objection_received", report=report, values={"day": due})
    return found


def _ensure_gathers(case: Case, report: Report) -> None:
    query = db.select(CaseReport.id).where(CaseReport.case_id == case.id, CaseReport.report_id == report.id)
    if db.session.execute(query).first() is None:
        raise NotFound()


def _last_of(report_id: int, kind: str) -> Appeal | None:
    query = db.select(Appeal).where(Appeal.report_id == report_id, Appeal.kind == kind).order_by(Appeal.id.desc())
    return db.session.execute(query.limit(1)).scalar_one_or_none()


def deciding_role(case: Case, kind: str) -> Role:
    """Who decides: the shift leader, but the head of the office once a case was reopened twice."""
    return Role.HEAD if kind == FIX and case.reopen_count >= REOPENED_BY_LEADER else Role.LEADER


def decide(case: Case, found: Appeal, *, upheld: bool, words: str, person: Viewer) -> None:
    """Decide an objection on a locked case: upheld, the case is taken up again (7) or opened again (22).

    Raises Forbidden when somebody else must decide, Conflict when it was decided already or the case moved on,
    InvalidInput without words for the reporter.
    """
    role = deciding_role(case, found.kind)
    if role not in person.roles:
        raise Forbidden()
    if found.decided_at is not None:
        raise Conflict(_l("This objection was decided already."))
    if len(words.strip()) < 2:
        raise InvalidInput(_l("Say why; the reporter will read it"), "words")
    by = By(person.id, Actor(role.value))
    found.decided_at, found.decided_by, found.upheld, found.reason = clock.now(), person.id, upheld, words
    if not upheld:
        note_event(case, "appeal_rejected", by=by, detail={"kind": found.kind, "appeal": found.id, "words": words})
    elif found.kind == REFUSAL:
        _revive(case, found, by=by)
    else:
        _reopen(case, found, by=by)
    report = db.session.get_one(Report, found.report_id)
    notify("objection_decided", report=report, values={"words": words})


def is_repetition(found: Appeal, *, upheld: bool, words: str, person: Viewer) -> bool:
    """Whether the same person decided just so already: a second press of the same button."""
    return found.decided_at is not None and (found.decided_by, found.upheld, found.reason) == (person.id, upheld, words)


def _revive(case: Case, found: Appeal, *, by: By) -> None:
    """Back to intake with a new working day; the moment of intake stays the original one."""
    move(case, "revive", by=by, detail={"appeal": found.id, "reason": case.reason_code, "words": found.reason})
    case.rejected_at, case.reason_code, case.reason_words = None, None, ""
    case.answered = True
    run_clock(case, intake_due(clock.now(), emergency=case.urgency_rank == 0))


def _reopen(case: Case, found: Appeal, *, by: By) -> None:
    """Back to the unit with half the limit; what was closed stays in the events and no longer counts as on time."""
    deadline = half_limit_from(case, clock.now())
    case.reopen_count += 1
    detail = {**set_deadline(case, deadline), "appeal": found.id, "words": found.reason, "count": case.reopen_count}
    move(case, "reopen", by=by, detail={**detail, "resolution": case.resolution})
    case.closed_at, case.resolution, case.verifier_id = None, None, None
    tell(case, "reopened", {"day": deadline})
    case_reopened.send(case)
