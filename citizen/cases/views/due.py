"""Time left in words, as the staff pages show it: made on the server from the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _

from citizen.cases.models import Case
from citizen.cases.services.clocks import running_clock
from citizen.core import clock
from citizen.departments.calendar import Clock, Remaining, remaining
from citizen.departments.queries import directory
from citizen.web.templating import clock as time_of_day
from citizen.web.templating import when


def deadline_words(moment: datetime) -> str:
    """Today's moments by their hour, all others with their day."""
    if clock.local(moment).date() == clock.today():
        return str(_("today %(time)s", time=time_of_day(moment)))
    return when(moment)


Said = Callable[[datetime], str]


def due_of(case: Case, now: datetime, *, said: Said = deadline_words) -> dict[str, str] | None:
    """What the `due` component shows of a case's running clock, its deadline as ``said``; None when none runs."""
    if case.due_at is None:
        return None
    return due_at(case.due_at, now, kind=running_clock(case), urgent=case.urgency_rank == 0, said=said)


def due_at(
    deadline: datetime, now: datetime, *, kind: Clock, urgent: bool = False, said: Said = deadline_words
) -> dict[str, str]:
    """What the `due` component shows of ``deadline``: sign, words, the stored deadline as ``said`` and its ISO form."""
    found = remaining(now, deadline, calendar=directory().calendar, clock=kind, urgent=urgent)
    return {
        "state": found.kind,
        "words": _words(found),
        "deadline": said(deadline),
        "iso": clock.local(deadline).isoformat(timespec="minutes"),
    }


def _words(found: Remaining) -> str:
    hours, minutes = divmod(found.minutes, 60)
    if found.kind == "over" and not found.minutes:
        return str(_("overdue"))  # the deadline passed, but no office hour since
    if found.kind == "over":
        return str(_("over by %(h)s h %(m)s min", h=hours, m=minutes) if hours else _("over by %(m)s min", m=minutes))
    return str(_("%(h)s h %(m)s min left", h=hours, m=minutes) if hours else _("%(m)s min left", m=minutes))
