"""Deadlines that are set after the first dispatch: rework, reopening, verification, objections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from citizen.cases.models import Case
from citizen.cases.rules import VERIFY_WORKING_DAYS
from citizen.cases.services.clocks import limit_clock
from citizen.cases.services.door import run_clock
from citizen.departments.queries import directory


def half_limit_from(case: Case, now: datetime) -> datetime:
    """When half the limit frozen on the case will have passed since ``now``, on the case's own clock (UTC)."""
    return directory().calendar.add(now, (case.limit_hours or 0) / 2, limit_clock(case))


def verification_due(now: datetime) -> datetime:
    """The end of the working day by which a fix handed in ``now`` is verified."""
    return directory().calendar.add_working_days(now, VERIFY_WORKING_DAYS)


def set_deadline(case: Case, deadline: datetime) -> dict[str, Any]:
    """Let the unit's clock run until ``deadline``; returns both for the event, so that the old one is kept."""
    old, case.deadline_at = case.deadline_at, deadline
    case.calendar_version = directory().calendar.version
    run_clock(case, deadline)
    return {"old_deadline": old.isoformat() if old else None, "deadline": deadline.isoformat()}
