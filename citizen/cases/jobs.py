"""What time itself does to cases: signatures, unanswered questions, missing verifiers, leases that ran out.

Each case is a transaction of its own, so that one that cannot be moved stops no other; each run looks at a hundred at
most, and the next minute goes on. What is due is asked again under the lock: running a job twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, exists, or_, select

from citizen.accounts.models import Person
from citizen.cases.models import Case, Claim, Question
from citizen.cases.rules import CaseState
from citizen.cases.services.door import SYSTEM, lock_case_by_id
from citizen.cases.services.drawing import assign_verifier, verifier_is_sound
from citizen.cases.services.fixing import deem_signed, last_handed_in, signature_overdue
from citizen.cases.services.triage import give_up
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict
from citizen.core.worker import every
from citizen.extensions import db

BATCH = 100
MINUTE = timedelta(minutes=1)


@every(MINUTE)
def sign_for_silent_units(_payload: dict[str, Any]) -> None:
    """A unit that did not sign within two working hours counts as having signed."""
    late = select(Case.id).where(Case.state == CaseState.DISPATCHED, Case.sign_due_at <= clock.now())
    _each(late.order_by(Case.sign_due_at), _deem)


def _deem(case: Case) -> None:
    if signature_overdue(case, clock.now()):
        deem_signed(case)


@every(MINUTE)
def give_up_unanswered(_payload: dict[str, Any]) -> None:
    """A question that nobody answered within five days ends its report; the reporter may revive it once."""
    waiting = exists().where(
        Question.case_id == Case.id, Question.answered_at.is_(None), Question.answer_by <= clock.now()
    )
    newer = exists().where(
        Question.case_id == Case.id, Question.answered_at.is_(None), Question.answer_by > clock.now()
    )
    _each(select(Case.id).where(Case.state == CaseState.NEED_INFO, waiting, ~newer).order_by(Case.id), _give_up)


def _give_up(case: Case) -> None:
    if case.state == CaseState.NEED_INFO:
        give_up(case, by=SYSTEM)


@every(MINUTE)
def draw_missing_verifiers(_payload: dict[str, Any]) -> None:
    """A fix without a verifier gets one as soon as somebody may verify it; one who left or changed unit is replaced."""
    unsound = or_(Person.disabled_at.is_not(None), Person.unit_code.is_(None), Person.unit_code == Case.unit_code)
    query = select(Case.id).outerjoin(Person, Person.id == Case.verifier_id).where(Case.state == CaseState.TO_VERIFY)
    _each(query.where(or_(Case.verifier_id.is_(None), unsound)).order_by(Case.queue_at), _draw)


def _draw(case: Case) -> None:
    fix = last_handed_in(case.id)
    if case.state == CaseState.TO_VERIFY and fix is not None and not verifier_is_sound(case):
        assign_verifier(case, fix)


@every(MINUTE)
def expire_claims(_payload: dict[str, Any]) -> None:
    """A lease that ran out is removed, so that lists need not look at it."""
    with transaction() as session:
        session.execute(db.delete(Claim).where(Claim.expires_at <= clock.now()))


def _each(query: Select[int], step: Callable[[Case], None]) -> None:
    for case_id in db.session.execute(query.limit(BATCH)).scalars().all():
        try:
            with transaction():
                step(lock_case_by_id(case_id))
        except Conflict:
            continue  # somebody moved the case between the look and the lock
