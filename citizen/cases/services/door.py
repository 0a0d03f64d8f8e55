"""The one door for each change of a case's state: one locked row, one version check, one event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case, Claim
from citizen.cases.models.case import NEVER
from citizen.cases.rules import Actor, CaseState, ensure_transition, ensure_version
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, NotFound
from citizen.extensions import db


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: a person's id (None for reporters without account and the system) and the capacity."""

    person_id: int | None
    actor: Actor

    @property
    def pair(self) -> tuple[int | None, str]:
        """What an event stores."""
        return (self.person_id, self.actor.value)


SYSTEM = By(None, Actor.SYSTEM)


def lock_case(number: str, *, version: object = None, check: bool = True) -> Case:
    """The case, locked for this transaction; raises NotFound.

    With ``check`` (every human decision) raises MissingVersion without a version and Conflict for a stale one.
    """
    case = locked(Case, Case.number == number)
    if case is None:
        raise NotFound()
    if check:
        ensure_version(version, case.version)
    return case


def lock_case_by_id(case_id: int) -> Case:
    """The case, locked for this transaction, without a version check: for jobs and for reporters, who hold none."""
    case = locked(Case, Case.id == case_id)
    if case is None:
        raise NotFound()
    return case


def move(case: Case, name: str, *, by: By, detail: dict[str, Any] | None = None) -> None:
    """Make the transition ``name`` on a locked case and record its event; raises Conflict when the table forbids it.

    ``detail`` holds codes, dates and staff's words for the public under "words". Deadlines are set by the caller
    with `run_clock` or `stop_clock` before or after.
    """
    row = ensure_transition(name, CaseState(case.state), by.actor)
    if row.target is None:
        raise Conflict(_l("This step needs a state to go back to."))
    move_to(case, name, target=row.target, by=by, detail=detail)


def move_to(case: Case, name: str, *, target: CaseState, by: By, detail: dict[str, Any] | None = None) -> None:
    """Like `move`, for the transitions whose target depends on the case's past (unmerge)."""
    ensure_transition(name, CaseState(case.state), by.actor)
    before, case.state = case.state, target
    touch(case)
    record(name, "case", subject_id=case.id, actor=by.pair, states=(before, target), detail=detail)


def note_event(case: Case, name: str, *, by: By, detail: dict[str, Any] | None = None) -> None:
    """Record something that happened to a case without changing its state; its version grows."""
    touch(case)
    record(name, "case", subject_id=case.id, actor=by.pair, states=(case.state, case.state), detail=detail)


def touch(case: Case) -> None:
    """Let everybody who looks at an older version know that it is old."""
    case.version += 1
    case.updated_at = clock.now()


def run_clock(case: Case, due_at: datetime) -> None:
    """Let the clock that runs now end at ``due_at``; the queue is ordered by it."""
    case.due_at = case.queue_at = due_at
    case.paused_minutes = None


def stop_clock(case: Case, *, minutes_left: int | None = None) -> None:
    """No clock runs: the case waits for the reporter (``minutes_left`` is kept) or has ended."""
    case.due_at, case.queue_at, case.paused_minutes = None, NEVER, minutes_left


def ensure_claimed(case: Case, person_id: int) -> None:
    """Raise Conflict unless ``person_id`` holds the live claim on a locked case."""
    claim = db.session.get(Claim, case.id, populate_existing=True)
    if claim is None or claim.person_id != person_id or claim.expires_at <= clock.now():
        raise Conflict(_l("Claim this case first: somebody else may be working on it."))
