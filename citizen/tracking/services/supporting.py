""" "Me too": one supporter for each device or account, known by a keyed hash only."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app
from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case, CaseReport, Supporter
from citizen.cases.rules import OPEN
from citizen.cases.services.door import lock_case_by_id
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db
from citizen.reports.models import Report
from citizen.tracking.queries import released
from citizen.tracking.services.confirming import confirm_as_supporter


def supporter_hash(known_by: str) -> str:
    """What is kept of a device or account: HMAC-SHA256 under the site's secret."""
    secret: bytes = current_app.config["SETTINGS"].secret_bytes
    return hmac.new(secret, f"supporter:{known_by}".encode(), hashlib.sha256).hexdigest()


def lock_released(number: str) -> Case:
    """The case behind a released fact, or the one it was merged into, locked; raises NotFound."""
    fact = released(number)
    if fact is None:
        raise NotFound()
    case = lock_case_by_id(fact.case_id)
    for _step in range(20):
        if case.merged_into_id is None:
            break
        case = lock_case_by_id(case.merged_into_id)
    return case


def join(number: str, known_by: str, *, own_reports: list[str]) -> bool:
    """Add a supporter to the open case released under ``number``; False when they are known to have it.

    Those who reported it themselves (``own_reports``, numbers) are not counted twice. Raises NotFound for an
    unknown or withdrawn number, Conflict when the case is no longer open.
    """
    case = lock_released(number)
    if case.state not in OPEN:
        raise Conflict(_l("This is not open any more. If it is there again, please report it anew."))
    if _reported(case, own_reports) or supporter_of(case.id, known_by) is not None:
        return False
    supporter = Supporter(case_id=case.id, device_hash=supporter_hash(known_by), at=clock.now())
    db.session.add(supporter)
    db.session.flush()
    _recount(case)
    record("support", "case", subject_id=case.id, actor=(None, "supporter"), detail={"supporter": supporter.id})
    return True


def leave(number: str, known_by: str) -> None:
    """Take a "me too" back; nothing happens when there was none. Raises NotFound like `join`."""
    case = lock_released(number)
    supporter = supporter_of(case.id, known_by)
    if supporter is None:
        return
    record("unsupport", "case", subject_id=case.id, actor=(None, "supporter"), detail={"supporter": supporter.id})
    db.session.delete(supporter)
    db.session.flush()
    _recount(case)


def saw_it_fixed(number: str, known_by: str, *, unit_code: str | None) -> None:
    """A supporter saw that it is fixed; ``unit_code`` is the unit they belong to, if any.

    Raises NotFound for an unknown number and for somebody who is no supporter, Conflict for people of the
    unit that does the work.
    """
    case = lock_released(number)
    supporter = supporter_of(case.id, known_by)
    if supporter is None:
        raise NotFound()
    if unit_code is not None and unit_code == case.unit_code:
        raise Conflict(_l("People of the unit that does the work cannot confirm it."))
    if case.state in OPEN:
        confirm_as_supporter(case, supporter)


def supporter_of(case_id: int, known_by: str) -> Supporter | None:
    """The row of this device or account among the supporters of a case."""
    query = db.select(Supporter).where(Supporter.case_id == case_id, Supporter.device_hash == supporter_hash(known_by))
    return db.session.execute(query).scalar_one_or_none()


def _reported(case: Case, numbers: list[str]) -> bool:
    query = db.select(CaseReport.id).join(Report, Report.id == CaseReport.report_id)
    found = db.session.execute(query.where(CaseReport.case_id == case.id, Report.number.in_(numbers)).limit(1))
    return found.first() is not None


def _recount(case: Case) -> None:
    """Counted under the case's lock; the version stays, since nobody's decision becomes old by it."""
    query = db.select(db.func.count()).select_from(Supporter).where(Supporter.case_id == case.id)
    case.supporter_count = int(db.session.execute(query).scalar_one())
