"""Closing a fix on the word of those concerned: a reporter and two more people saw that it is done (21)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists

from citizen.accounts.models import Person
from citizen.cases.models import Case, CaseReport, Check, Fix, Supporter
from citizen.cases.rules import SOLVED, CaseState
from citizen.cases.services.door import SYSTEM, move, stop_clock
from citizen.cases.services.fixing import last_handed_in
from citizen.cases.services.telling import tell, unit_words
from citizen.cases.signals import case_closed
from citizen.core import clock
from citizen.core.audit import Event, record
from citizen.extensions import db
from citizen.reports.models import Message, Report
from citizen.tracking.rules import CONFIRMING


def confirm_as_supporter(case: Case, supporter: Supporter) -> None:
    """A supporter saw that it is fixed, on a locked case; said twice, it counts once."""
    fix = last_handed_in(case.id)
    if supporter.id in _supporters(case, since=fix.handed_in_at if fix else None):
        return
    record(
        "support_confirm",
        "case",
        subject_id=case.id,
        actor=(None, "supporter"),
        detail={"supporter": supporter.id},
    )
    db.session.flush()
    close_if_confirmed(case, also=supporter.id)


def close_if_confirmed(case: Case, *, also: int | None = None) -> bool:
    """Close a locked case that waits for its check when enough people saw the repair; whether it was closed.

    Enough are three, one of them a reporter. Only those count who reported or joined before the unit handed
    in and do not belong to it, so that it cannot confirm its own work; and only a result that says "solved"
    can be confirmed. ``also`` is a supporter whose word is recorded by the present transaction.
    """
    fix = last_handed_in(case.id) if case.state == CaseState.TO_VERIFY else None
    if fix is None or fix.handed_in_at is None or fix.resolution not in SOLVED:
        return False
    reporters = _reporters(case, fix)
    supporters = _supporters(case, since=fix.handed_in_at, before=fix.handed_in_at) | _eligible(case, also, fix)
    if not reporters or len(reporters) + len(supporters) < CONFIRMING:
        return False
    _close(case, fix, confirmed=len(reporters) + len(supporters))
    return True


def _reporters(case: Case, fix: Fix) -> set[int]:
    """Reports whose senders confirmed since the hand-in; people of the fixing unit do not count."""
    of_unit = exists().where(Person.id == Report.person_id, Person.unit_code == fix.unit_code)
    query = (
        db.select(Report.id)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .join(Message, Message.report_id == Report.id)
        .where(CaseReport.case_id == case.id, Message.kind == "confirm", Message.at >= fix.handed_in_at)
        .where(Report.received_at < fix.handed_in_at, ~of_unit)
    )
    return set(db.session.execute(query).scalars())


def _supporters(case: Case, *, since: datetime | None, before: datetime | None = None) -> set[int]:
    """Supporters of ``case`` who confirmed since ``since``, of those who joined before ``before``."""
    said = db.select(Event.detail).where(
        Event.subject == "case", Event.subject_id == case.id, Event.action == "support_confirm"
    )
    if since is not None:
        said = said.where(Event.at >= since)
    ids = [detail.get("supporter") for detail in db.session.execute(said).scalars()]
    query = db.select(Supporter.id).where(Supporter.case_id == case.id, Supporter.id.in_(ids))
    return set(db.session.execute(query if before is None else query.where(Supporter.at < before)).scalars())


def _eligible(case: Case, supporter_id: int | None, fix: Fix) -> set[int]:
    supporter = db.session.get(Supporter, supporter_id) if supporter_id else None
    if supporter is None or supporter.case_id != case.id or fix.handed_in_at is None:
        return set()
    return {supporter.id} if supporter.at < fix.handed_in_at else set()


def _close(case: Case, fix: Fix, *, confirmed: int) -> None:
    now = clock.now()
    case.closed_at, case.resolution = now, fix.resolution
    move(case, "confirm_close", by=SYSTEM, detail={"resolution": fix.resolution, "confirmed": confirmed})
    stop_clock(case)
    for check in db.session.execute(db.select(Check).where(Check.fix_id == fix.id, Check.done_at.is_(None))).scalars():
        check.done_at = now  # nobody is sent any more; neither passed nor failed
    tell(
        case,
        "fixed",
        {"unit": unit_words(fix.unit_code), "day": now, "words": fix.note, "place": case.landmark},
    )
    case_closed.send(case, fix=fix)
