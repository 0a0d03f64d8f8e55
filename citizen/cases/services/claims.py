"""Who is working on a case: one unique row with a lease of ten minutes, so that nobody does the same work twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.accounts.models import Person
from citizen.cases.models import Case, Claim
from citizen.cases.rules import LEASE, Actor
from citizen.cases.services.door import ensure_claimed, lock_case
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict
from citizen.extensions import db


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a case, and until when."""

    person_id: int
    name: str
    expires_at: datetime


class ClaimHeld(Conflict):
    """Somebody else is working on the case; ``holder`` says who."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(_l("%(name)s has claimed this case.", name=holder.name), current=holder)
        self.holder = holder


def decide_on(number: str, *, version: object, person_id: int) -> Case:
    """The case, locked and held by ``person_id``: how every decision of the office begins.

    A free case is claimed by the decision itself. Raises NotFound, MissingVersion without a version, Conflict for a
    stale one, ClaimHeld while somebody else holds it.
    """
    case = lock_case(number, version=version)
    hold(case, person_id)
    ensure_claimed(case, person_id)
    return case


def claim(number: str, *, person_id: int) -> Claim:
    """Take the case, or prolong the own lease; raises NotFound, and ClaimHeld while another's lease runs."""
    return hold(lock_case(number, check=False), person_id)


def hold(case: Case, person_id: int) -> Claim:
    """Like `claim`, for a case that this transaction has locked already: that lock is what makes it a single winner."""
    found = _row(case)
    now = clock.now()
    if found is not None and found.person_id != person_id and found.expires_at > now:
        raise ClaimHeld(_holder(found))
    if found is None or found.person_id != person_id or found.expires_at <= now:
        found = _take(case, found, person_id=person_id)
        _note("claim", case, person_id)
    found.expires_at = now + LEASE
    db.session.flush()
    return found


def heartbeat(number: str, *, person_id: int) -> datetime:
    """Prolong a lease that still runs and return its end; raises Conflict when it is lost."""
    case = lock_case(number, check=False)
    ensure_claimed(case, person_id)
    found = _row(case)
    if found is None:
        raise Conflict(_l("Claim this case first: somebody else may be working on it."))
    found.expires_at = clock.now() + LEASE
    return found.expires_at


def let_go(number: str, *, person_id: int) -> None:
    """Give the case back; nothing happens when somebody else holds it by now."""
    case = lock_case(number, check=False)
    found = _row(case)
    if found is not None and found.person_id == person_id:
        db.session.delete(found)
        db.session.flush()
        _note("unclaim", case, person_id)


def drop(case: Case) -> None:
    """End the claim on a locked case that has left the desk."""
    db.session.execute(db.delete(Claim).where(Claim.case_id == case.id).execution_options(synchronize_session="fetch"))


def take_over(number: str, *, leader_id: int) -> Claim:
    """The shift leader takes a case from whoever holds it; the event names both."""
    case = lock_case(number, check=False)
    found = _row(case)
    before = found.person_id if found is not None else None
    taken = _take(case, found, person_id=leader_id)
    if before != leader_id:
        record(
            "takeover",
            "case",
            subject_id=case.id,
            actor=(leader_id, Actor.LEADER.value),
            detail={"from_person": before},
        )
    db.session.flush()
    return taken


#: Built once, since every page of the queue asks it.
_HOLDERS = (
    db.select(Claim.case_id, Claim.person_id, Person.name, Claim.expires_at)
    .join(Person, Person.id == Claim.person_id)
    .where(Claim.case_id.in_(db.bindparam("cases", expanding=True)), Claim.expires_at > db.bindparam("now"))
)


def holders(case_ids: list[int]) -> dict[int, Holder]:
    """Who holds which of the cases now; one query."""
    rows = db.session.execute(_HOLDERS, {"cases": case_ids, "now": clock.now()})
    return {case_id: Holder(person_id, name, expires_at) for case_id, person_id, name, expires_at in rows}


def _row(case: Case) -> Claim | None:
    return db.session.get(Claim, case.id, populate_existing=True)


def _take(case: Case, found: Claim | None, *, person_id: int) -> Claim:
    now = clock.now()
    if found is None:
        found = Claim(case_id=case.id, person_id=person_id, claimed_at=now, expires_at=now + LEASE)
        db.session.add(found)
    found.person_id, found.claimed_at, found.expires_at = person_id, now, now + LEASE
    return found


def _holder(found: Claim) -> Holder:
    person = db.session.get(Person, found.person_id)
    return Holder(found.person_id, person.name if person else "", found.expires_at)


def _note(action: str, case: Case, person_id: int) -> None:
    record(action, "case", subject_id=case.id, actor=(person_id, "staff"))
