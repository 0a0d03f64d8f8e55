"""Which clock runs on a case, how it rests and how it goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

from citizen.cases.models import Case
from citizen.cases.rules import CaseState
from citizen.cases.services.door import run_clock
from citizen.departments.calendar import Clock, remaining
from citizen.departments.queries import directory

_LIMITED = frozenset({CaseState.DISPATCHED, CaseState.IN_PROGRESS, CaseState.SUSPENDED})


def limit_clock(case: Case) -> Clock:
    """The clock of the unit's limit, as frozen at acceptance; emergencies run on calendar time."""
    calendar_time = case.urgency_rank == 0 or case.limit_clock == "calendar"
    return Clock.CALENDAR_HOURS if calendar_time else Clock.WORKING_HOURS


def intake_clock(case: Case) -> Clock:
    """The clock of the office's own decision."""
    return Clock.CALENDAR_HOURS if case.urgency_rank == 0 else Clock.WORKING_HOURS


def running_clock(case: Case) -> Clock:
    """The clock that belongs to the case's state: the unit's limit, or the office's working hours."""
    return limit_clock(case) if case.state in _LIMITED else intake_clock(case)


def minutes_left(case: Case, *, now: datetime) -> int:
    """Minutes until ``due_at`` on the clock that runs; 0 when none runs or it is over."""
    if case.due_at is None or case.due_at <= now:
        return 0
    return remaining(now, case.due_at, calendar=directory().calendar, clock=running_clock(case)).minutes


def resume_intake(case: Case, *, now: datetime) -> None:
    """Let the office's clock go on with the minutes that were left when it was stopped."""
    left = case.paused_minutes or 0
    if intake_clock(case) is Clock.CALENDAR_HOURS:
        run_clock(case, now + timedelta(minutes=left))
    else:
        run_clock(case, directory().calendar.add_working_minutes(now, left))
