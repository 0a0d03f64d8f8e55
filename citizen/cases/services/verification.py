"""What a verifier finds: a fix is closed, or goes back to be done again."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from citizen.accounts.models import Person
from citizen.cases.checklists import FAIL, Findings, Item, checklist, complaint, ensure_verdict
from citizen.cases.models import Case, Check, Fix
from citizen.cases.rules import (
    REWORK_ALARM,
    SOLVED,
    Actor,
    CaseState,
    Resolution,
    ensure_independent,
    ensure_transition,
    rework_deadline,
)
from citizen.cases.services.deadlines import half_limit_from, set_deadline
from citizen.cases.services.door import SYSTEM, By, move, note_event, stop_clock
from citizen.cases.services.drawing import reporters_of
from citizen.cases.services.fixing import CHECK
from citizen.cases.services.telling import tell, unit_words
from citizen.cases.signals import case_closed
from citizen.core import clock
from citizen.core.content import Content, content
from citizen.core.database import locked
from citizen.core.errors import NotFound
from citizen.core.permissions import Role, Viewer
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos.queries import photos_of

#: How long the reporter may say how satisfied they are.
SATISFACTION_WITHIN = timedelta(days=14)


def items_of(case: Case, fix: Fix) -> list[Item]:
    """What the verifier of ``fix`` is asked."""
    point = directory().points.get(case.point_code or "")
    return checklist(
        _point_types(content()),
        category=case.category_code,
        resolution=fix.resolution or Resolution.FIXED,
        point_type=point.type_code if point else None,
    )


@lru_cache(maxsize=4)
def _point_types(files: Content) -> list[dict[str, Any]]:
    """The county's types of points with their items; read once, since parsing the file takes longer than a page."""
    found: list[dict[str, Any]] = files.yaml("point_types.yaml")["point_types"]
    return found


def open_check(case: Case) -> Check | None:
    """The check of a locked case that waits for its verifier's answers, locked too."""
    return locked(Check, Check.case_id == case.id, Check.done_at.is_(None))


def keep_answers(case: Case, check: Check, *, findings: Findings, by: By) -> None:
    """Keep what the verifier has ticked so far; nothing is decided by it. Raises NotFound for anybody else."""
    _ensure_drawn(case, check, by)
    _write(check, findings)


def judge(case: Case, check: Check, *, findings: Findings, by: By) -> bool:
    """Close a locked case (19) when everything passed, else send it back (20); returns whether it passed.

    Raises NotFound when somebody else was drawn, Conflict when the case moved on or the verifier is not independent
    (same unit as the fixer, or one of the reporters), InvalidInput when the answers do not suffice.
    """
    _ensure_drawn(case, check, by)
    ensure_transition("close", CaseState(case.state), by.actor)
    fix = db.session.get_one(Fix, check.fix_id)
    passed = ensure_verdict(items_of(case, fix), findings, has_photo=bool(photos_of(CHECK, check.id)))
    _write(check, findings)
    check.passed, check.done_at = passed, clock.now()
    if passed:
        _close(case, fix, by=by)
    else:
        _send_back(case, check, by=by)
    return passed


def is_repetition(check: Check, *, findings: Findings, by: By) -> bool:
    """Whether these very answers were handed in by the same verifier already: a second press of the same button."""
    if check.done_at is None or check.verifier_id != by.person_id:
        return False
    return (check.how, check.items, check.words) == (findings.how, _plain(findings), findings.words)


def _ensure_drawn(case: Case, check: Check, by: By) -> None:
    person = db.session.get(Person, by.person_id) if by.person_id else None
    drawn = case.verifier_id == by.person_id and check.verifier_id == by.person_id
    if person is None or not drawn or Role.VERIFIER not in person.roles or not person.is_active:
        raise NotFound()
    ensure_independent((person.id, person.unit_code), fixer_unit=check.fixer_unit, reporters=reporters_of(case.id))


def _write(check: Check, findings: Findings) -> None:
    check.how, check.items, check.words = findings.how, _plain(findings), findings.words


def _plain(findings: Findings) -> dict[str, Any]:
    return {key: dict(answer) for key, answer in findings.items.items()}


def _close(case: Case, fix: Fix, *, by: By) -> None:
    now = clock.now()
    case.closed_at, case.resolution = now, fix.resolution
    move(
        case,
        "close",
        by=by,
        detail={"resolution": fix.resolution, "rate_until": (now + SATISFACTION_WITHIN).isoformat()},
    )
    stop_clock(case)
    # The two solved ends share one event; the others have honest words of their own.
    event = "fixed" if fix.resolution in SOLVED else str(fix.resolution)
    values = {"unit": unit_words(fix.unit_code), "day": now, "words": fix.note, "place": case.landmark, "policy": ""}
    tell(case, event, values)
    case_closed.send(case, fix=fix)


def _send_back(case: Case, check: Check, *, by: By) -> None:
    now = clock.now()
    deadline = new_deadline(case, now)
    failed = [key for key, answer in check.items.items() if answer.get("value") == FAIL]
    words = complaint(check.items, check.words)
    detail = {**set_deadline(case, deadline), "failed": failed, "check": check.id, "words": words}
    case.rework_count += 1
    case.verifier_id = None
    move(case, "rework", by=by, detail={**detail, "count": case.rework_count})
    tell(case, "rework", {"words": words, "day": deadline})
    if case.rework_count >= REWORK_ALARM:
        note_event(case, "rework_alarm", by=SYSTEM, detail={"count": case.rework_count})


def new_deadline(case: Case, now: datetime) -> datetime:
    """By when failed work is to be done again: the later of what was left and half the limit, never before ``now``."""
    return rework_deadline(now, case.deadline_at or now, half_limit_from(case, now))


def verifier_hand(person: Viewer) -> By:
    """A verifier's capacity."""
    return By(person.id, Actor.VERIFIER)
