"""Drawing the verifier: somebody of another unit, who reported none of it, by load and then by lot."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from citizen.accounts.models import Person, StaffRole
from citizen.cases.models import Case, CaseReport, Check, Fix
from citizen.cases.rules import CaseState
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import constraint_means
from citizen.core.errors import Conflict
from citizen.core.permissions import Role
from citizen.extensions import db
from citizen.reports.models import Report

constraint_means(
    "other_unit", lambda: Conflict(_l("A fix is verified by somebody of another unit who did not report it."))
)


def reporters_of(case_id: int) -> frozenset[int]:
    """The accounts that sent a report which the case gathers."""
    query = db.select(Report.person_id).join(CaseReport, CaseReport.report_id == Report.id)
    found = db.session.execute(query.where(CaseReport.case_id == case_id, Report.person_id.is_not(None))).scalars()
    return frozenset(found)


def draw_verifier(case: Case) -> Person | None:
    """Who verifies the fix of a locked case, or None when nobody may.

    Among active verifiers of a unit other than the fixing one who reported none of the case's reports: the one with
    the fewest open checks; equals are drawn by a hash, so that the same draw can be made again by an auditor.
    """
    people = _eligible(case)
    loads = _open_checks([person.id for person in people])
    return min(people, key=lambda person: (loads.get(person.id, 0), _lot(case, person)), default=None)


def _eligible(case: Case) -> Sequence[Person]:
    query = (
        db.select(Person)
        .join(StaffRole, StaffRole.person_id == Person.id)
        .where(
            StaffRole.role == Role.VERIFIER,
            Person.disabled_at.is_(None),
            Person.unit_code.is_not(None),
            Person.unit_code != case.unit_code,
            Person.id.not_in(reporters_of(case.id)),
        )
    )
    return db.session.execute(query).scalars().all()


def _open_checks(person_ids: list[int]) -> dict[int, int]:
    query = (
        db.select(Check.verifier_id, db.func.count())
        .where(Check.verifier_id.in_(person_ids), Check.done_at.is_(None))
        .group_by(Check.verifier_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def _lot(case: Case, person: Person) -> str:
    return hashlib.sha256(f"{case.id}:{case.rework_count}:{case.reopen_count}:{person.id}".encode()).hexdigest()


def assign_verifier(case: Case, fix: Fix) -> Check | None:
    """Draw the verifier of ``fix`` on a locked case that waits for verification, and open their check.

    With nobody to draw the case keeps waiting without a verifier; the leader sees it and a job tries again. A drawn
    verifier who may no longer verify (left, or moved to the fixing unit) is replaced. The version stays: nobody's
    decision rests on who verifies.
    """
    person = draw_verifier(case)
    check = db.session.execute(db.select(Check).where(Check.fix_id == fix.id)).scalar_one_or_none()
    case.verifier_id = person.id if person else None
    if person is None or person.unit_code is None:
        if check is not None:
            db.session.delete(check)
        db.session.flush()
        return None
    if check is None:
        check = Check(case_id=case.id, fix_id=fix.id, fixer_unit=fix.unit_code)
        db.session.add(check)
    check.verifier_id, check.verifier_unit = person.id, person.unit_code
    check.how, check.items, check.words, check.drawn_at = "", {}, "", clock.now()
    db.session.flush()
    record("verifier_drawn", "case", subject_id=case.id, detail={"fix": fix.id, "verifier": person.id})
    return check


def verifier_is_sound(case: Case) -> bool:
    """Whether a case that waits for verification has a verifier who may still verify it."""
    if case.state != CaseState.TO_VERIFY:
        return True
    person = db.session.get(Person, case.verifier_id) if case.verifier_id else None
    return bool(
        person and person.is_active and Role.VERIFIER in person.roles and person.unit_code not in (None, case.unit_code)
    )
