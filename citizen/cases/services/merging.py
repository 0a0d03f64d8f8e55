"""One problem reported twice: the reports of one case move under another, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case, CaseReport, Supporter
from citizen.cases.rules import OPEN, UNMERGE_WITHIN, CaseState
from citizen.cases.services.door import By, lock_case_by_id, move, move_to, note_event, run_clock, stop_clock
from citizen.cases.services.release import unrelease
from citizen.cases.services.telling import tell
from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.content import content
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db


def lock_both(number: str, target_number: str) -> None:
    """Lock the two cases in one order for everybody, so that two opposite merges cannot block each other."""
    query = db.select(Case.id).where(Case.number.in_((number, target_number))).order_by(Case.id)
    for case_id in db.session.execute(query).scalars().all():
        lock_case_by_id(case_id)


def lock_target(case: Case, target_number: str) -> Case:
    """The case to merge into, locked; raises InvalidInput when there is none or it is the case itself."""
    query = db.select(Case.id).where(Case.number == target_number)
    target_id = db.session.execute(query).scalar_one_or_none()
    if target_id is None or target_id == case.id:
        raise InvalidInput(_l("Write the number of another case"), "target")
    return lock_case_by_id(target_id)


def merge(case: Case, target: Case, *, reason_code: str, by: By) -> None:
    """Move everything of ``case`` under the open ``target``; both must be locked, and both get an event.

    Raises InvalidInput for a reason that is none, Conflict for a target that is the case itself, not open, or merged.
    """
    reason = content().reasons.get(reason_code)
    if reason is None or reason.kind != "merge":
        raise InvalidInput(_l("Choose a reason"), "reason")
    if target.id == case.id or case.id in _ancestors(target):
        raise Conflict(_l("A case cannot be merged into itself."))
    if target.state not in OPEN:
        raise Conflict(_l("The other case is not open any more; look for one that is."))
    detail = {
        "target": target.number,
        "reason": reason.code,
        "due_at": case.due_at.isoformat() if case.due_at else None,
    }
    tell(case, "merged")
    move(case, "merge", by=by, detail={**detail, "supporters": _move_supporters(case, target)})
    case.merged_into_id, case.merged_at, case.answered = target.id, clock.now(), False
    stop_clock(case)
    unrelease(case)
    moving = db.update(CaseReport).where(CaseReport.case_id == case.id).values(case_id=target.id)
    db.session.execute(moving.execution_options(synchronize_session="fetch"))
    target.photo_count += case.photo_count
    for changed in (case, target):
        _recount(changed)
    note_event(target, "merged_in", by=by, detail={"case": case.number})


def unmerge(case: Case, *, by: By) -> None:
    """Undo a merge within thirty days: the case gets its reports back and stands where it stood, its deadline kept.

    Locks the cases it was merged into. Raises Conflict when it is too late.
    """
    if case.merged_at is not None and clock.now() > case.merged_at + UNMERGE_WITHIN:
        raise Conflict(_l("A merge can be undone within 30 days."))
    event = _merge_event(case)
    if case.state != CaseState.MERGED or event is None:
        raise Conflict(_l("This case is not merged."))
    holders = [lock_case_by_id(case_id) for case_id in sorted(_ancestors(case))]
    move_to(case, "unmerge", target=CaseState(event.from_state or CaseState.SUBMITTED), by=by)
    case.merged_into_id, case.merged_at = None, None
    _take_back(CaseReport, CaseReport.origin_id.in_(_family(case)), case)
    _take_back(Supporter, Supporter.id.in_(event.detail.get("supporters") or []), case)
    if event.detail.get("due_at"):
        run_clock(case, datetime.fromisoformat(event.detail["due_at"]))
    _recount(case)
    for holder in holders:
        holder.photo_count = max(0, holder.photo_count - case.photo_count)
        _recount(holder)
        note_event(holder, "merged_out", by=by, detail={"case": case.number})


def _ancestors(case: Case) -> set[int]:
    seen: set[int] = set()
    at = case.merged_into_id
    while at is not None and at not in seen:
        seen.add(at)
        at = db.session.execute(db.select(Case.merged_into_id).where(Case.id == at)).scalar_one_or_none()
    return seen


def _move_supporters(case: Case, target: Case) -> list[int]:
    known = set(db.session.execute(db.select(Supporter.device_hash).where(Supporter.case_id == target.id)).scalars())
    rows = db.session.execute(db.select(Supporter).where(Supporter.case_id == case.id)).scalars().all()
    moving = [row for row in rows if row.device_hash not in known]
    for row in moving:
        row.case_id = target.id
    db.session.flush()
    return [row.id for row in moving]


def _merge_event(case: Case) -> Event | None:
    query = db.select(Event).where(Event.subject == "case", Event.subject_id == case.id, Event.action == "merge")
    return db.session.execute(query.order_by(Event.id.desc()).limit(1)).scalar_one_or_none()


def _family(case: Case) -> set[int]:
    """The case and all that were merged into it, directly or through others."""
    found, front = {case.id}, {case.id}
    while front:
        query = db.select(Case.id).where(Case.merged_into_id.in_(front))
        front = set(db.session.execute(query).scalars()) - found
        found |= front
    return found


def _take_back(model: type[CaseReport] | type[Supporter], criterion: Any, case: Case) -> None:
    own = db.update(model).where(criterion).values(case_id=case.id)
    db.session.execute(own.execution_options(synchronize_session="fetch"))


def _recount(case: Case) -> None:
    def count(model: type[CaseReport] | type[Supporter]) -> int:
        query = db.select(db.func.count()).select_from(model).where(model.case_id == case.id)
        return int(db.session.execute(query).scalar_one())

    case.report_count, case.supporter_count = count(CaseReport), count(Supporter)
