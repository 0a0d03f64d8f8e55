"""What a verifier may read: the cases drawn for them, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from citizen.cases.models import Case, Check, Fix
from citizen.cases.rules import CaseState
from citizen.core.errors import NotFound
from citizen.core.numbers import normalise_case_number
from citizen.extensions import db

MOST = 100


@dataclass(frozen=True, slots=True)
class Drawn:
    """A case that waits for its verifier, with the fix to look at."""

    case: Case
    check: Check
    fix: Fix


def drawn_for(person_id: int) -> Sequence[Case]:
    """The cases that wait for this verifier, nearest deadline first; at most a hundred."""
    query = select(Case).where(Case.verifier_id == person_id, Case.state == CaseState.TO_VERIFY)
    return db.session.execute(query.order_by(Case.queue_at, Case.id).limit(MOST)).scalars().all()


def newest_check(person_id: int, number: object) -> Drawn:
    """The newest check of a case that this verifier was drawn for, done or not; raises NotFound without one."""
    code = normalise_case_number(number)
    query = (
        select(Case, Check, Fix)
        .join(Check, Check.case_id == Case.id)
        .join(Fix, Fix.id == Check.fix_id)
        .where(Case.number == code, Check.verifier_id == person_id)
        .order_by(Check.id.desc())
    )
    row = db.session.execute(query.limit(1)).first() if code else None
    if row is None:
        raise NotFound()
    return Drawn(row[0], row[1], row[2])


def drawn_case(person_id: int, number: object) -> Drawn:
    """The case that waits for this verifier; raises NotFound for every other, known or not."""
    found = newest_check(person_id, number)
    waiting = found.case.state == CaseState.TO_VERIFY and found.case.verifier_id == person_id
    if not waiting or found.check.done_at is not None:
        raise NotFound()
    return found


def without_verifier() -> Sequence[Case]:
    """Cases that wait for a verifier nobody could be drawn as: the leader's list."""
    query = select(Case).where(Case.state == CaseState.TO_VERIFY, Case.verifier_id.is_(None))
    return db.session.execute(query.order_by(Case.queue_at, Case.id).limit(MOST)).scalars().all()
