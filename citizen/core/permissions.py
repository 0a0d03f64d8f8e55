"""Who may do what: one table of permissions and pure predicates.

A permission is asked for on an area of the site (an endpoint declares it) and, where it matters, on one object.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

from citizen.core.errors import NotFound


class Role(StrEnum):
    """The capacities of workflow; a person without any is a resident."""

    MODERATOR = "moderator"
    CLERK = "clerk"
    WORKER = "worker"
    VERIFIER = "verifier"
    LEADER = "leader"
    HEAD = "head"
    COORDINATOR = "coordinator"
    INSPECTOR = "inspector"
    PUBLISHER = "publisher"
    ADMIN = "admin"


OFFICE = frozenset({Role.MODERATOR, Role.LEADER, Role.HEAD})
UNIT = frozenset({Role.CLERK, Role.WORKER})
STAFF = frozenset(Role)


class Viewer(Protocol):
    """What a predicate may look at: a person, signed in or not."""

    id: int | None
    unit_code: str | None

    @property
    def roles(self) -> frozenset[Role]:
        """The staff roles held; empty for residents and strangers."""


class Permission(StrEnum):
    """Everything that needs a permission; the value is stable, the name is what code says."""

    WORK_AS_STAFF = "staff"
    READ_CASE = "case.read"
    TRIAGE = "case.triage"
    DECIDE_OBJECTION = "case.decide"
    READ_UNIT_CASE = "unit.read"
    FIX_CASE = "unit.fix"
    VERIFY_CASE = "case.verify"
    SEE_CONTACT = "report.contact"
    SEE_ORIGINAL = "photo.original"
    SEE_STAFF_PHOTO = "photo.staff"
    DRAFT_ENTRY = "entry.draft"
    REVIEW_ENTRY = "entry.review"
    REPLY_ENTRY = "entry.reply"
    MANAGE_SHIFTS = "shift.manage"
    APPROVE_HOURS = "hours.approve"
    ISSUE_CERTIFICATE = "certificate.issue"
    WRITE_QUESTION = "question.write"
    REVIEW_QUESTION = "question.review"
    MANAGE_QUIZ = "quiz.manage"
    HOST_ROUND = "round.host"
    MANAGE_WAVE = "wave.manage"
    INTERVIEW = "wave.interview"
    READ_AUDIT = "audit.read"
    SETTINGS = "settings"


def _has(*roles: Role) -> Callable[[Viewer, Any], bool]:
    wanted = frozenset(roles)
    return lambda viewer, _thing: bool(viewer.roles & wanted)


def _office_or_involved(viewer: Viewer, case: Any) -> bool:
    """The office sees every case; a unit its own; a verifier what was drawn for them."""
    if viewer.roles & (OFFICE | {Role.ADMIN}):
        return True
    if case is None:
        return bool(viewer.roles & (UNIT | {Role.VERIFIER}))
    return _own_unit(viewer, case) or _drawn_verifier(viewer, case)


def _own_unit(viewer: Viewer, case: Any) -> bool:
    if not viewer.roles & UNIT:
        return False
    return case is None or (viewer.unit_code is not None and case.unit_code == viewer.unit_code)


def _drawn_verifier(viewer: Viewer, case: Any) -> bool:
    if Role.VERIFIER not in viewer.roles:
        return False
    return case is None or (case.verifier_id == viewer.id and case.unit_code != viewer.unit_code)


#: The table. A predicate gets the viewer and the object, or None when asked for the area as a whole.
RULES: dict[Permission, Callable[[Viewer, Any], bool]] = {
    Permission.WORK_AS_STAFF: lambda viewer, _thing: bool(viewer.roles),
    Permission.READ_CASE: _has(*OFFICE, Role.ADMIN),
    Permission.TRIAGE: _has(Role.MODERATOR, Role.LEADER),
    Permission.DECIDE_OBJECTION: _has(Role.LEADER, Role.HEAD),
    Permission.READ_UNIT_CASE: _own_unit,
    Permission.FIX_CASE: _own_unit,
    Permission.VERIFY_CASE: _drawn_verifier,
    Permission.SEE_CONTACT: _has(Role.MODERATOR, Role.LEADER),
    Permission.SEE_ORIGINAL: _has(Role.MODERATOR, Role.LEADER),
    Permission.SEE_STAFF_PHOTO: _office_or_involved,
    Permission.DRAFT_ENTRY: _has(Role.MODERATOR, Role.LEADER, Role.PUBLISHER),
    Permission.REVIEW_ENTRY: _has(Role.LEADER, Role.HEAD, Role.MODERATOR, Role.PUBLISHER),
    Permission.REPLY_ENTRY: _own_unit,
    Permission.MANAGE_SHIFTS: _has(Role.COORDINATOR),
    Permission.APPROVE_HOURS: _has(Role.COORDINATOR, Role.HEAD),
    Permission.ISSUE_CERTIFICATE: _has(Role.COORDINATOR, Role.HEAD),
    Permission.WRITE_QUESTION: _has(Role.MODERATOR, Role.PUBLISHER, Role.LEADER, Role.HEAD),
    Permission.REVIEW_QUESTION: _has(Role.MODERATOR, Role.PUBLISHER, Role.LEADER, Role.HEAD),
    Permission.MANAGE_QUIZ: _has(Role.PUBLISHER, Role.LEADER, Role.HEAD),
    Permission.HOST_ROUND: _has(Role.MODERATOR, Role.PUBLISHER, Role.COORDINATOR, Role.LEADER, Role.HEAD),
    Permission.MANAGE_WAVE: _has(Role.LEADER, Role.HEAD),
    Permission.INTERVIEW: _has(Role.MODERATOR, Role.VERIFIER, Role.COORDINATOR, Role.INSPECTOR, Role.LEADER, Role.HEAD),
    Permission.READ_AUDIT: _has(Role.ADMIN, Role.HEAD),
    Permission.SETTINGS: _has(Role.ADMIN),
}


def allowed(viewer: Viewer, permission: Permission, thing: Any = None) -> bool:
    """Whether ``viewer`` holds ``permission``, on ``thing`` if one is given."""
    return RULES[permission](viewer, thing)


def ensure(viewer: Viewer, permission: Permission, thing: Any) -> None:
    """Raise NotFound unless ``viewer`` holds ``permission`` on ``thing``: hidden looks like unknown."""
    if not allowed(viewer, permission, thing):
        raise NotFound()
