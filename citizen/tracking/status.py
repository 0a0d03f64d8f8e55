"""Where a report stands, in one honest line: the state, who has it, by when, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from citizen.cases.models import Case
from citizen.cases.rules import SOLVED, CaseState, Resolution
from citizen.projection.documents import unit_name
from citizen.tracking.queries import Followed
from citizen.tracking.rules import span
from citizen.tracking.timeline import Step
from citizen.web.templating import when

S = CaseState
#: State → the shape of its tag and its word.
STATES: dict[CaseState, tuple[str, Any]] = {
    S.SUBMITTED: ("waiting", _l("Waiting for a decision")),
    S.NEED_INFO: ("waiting", _l("Waiting for your answer")),
    S.ACCEPTED: ("working", _l("Accepted, going to a unit")),
    S.DISPATCHED: ("working", _l("Handed to a unit")),
    S.IN_PROGRESS: ("working", _l("Being handled")),
    S.SUSPENDED: ("held", _l("Put off for now")),
    S.TO_VERIFY: ("working", _l("Waiting to be checked")),
    S.CLOSED: ("done", _l("Closed")),
    S.REJECTED: ("none", _l("Your report was not accepted")),
    S.MERGED: ("working", _l("Handled together with another report")),
    S.REFERRED: ("none", _l("Passed on")),
    S.WITHDRAWN: ("none", _l("Withdrawn")),
}
RESULTS: dict[str, Any] = {
    Resolution.FIXED: _l("Fixed"),
    Resolution.SELF_RESOLVED: _l("No longer there"),
    Resolution.NOT_FOUND: _l("Not found"),
    Resolution.CANNOT_FIX: _l("Not solved"),
    Resolution.EDUCATED: _l("People were spoken to"),
}
WITH_UNIT = frozenset({S.DISPATCHED, S.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Status:
    """The tag (shape and word) and the line beside it."""

    shape: str
    word: str
    line: str


def status(followed: Followed, now: datetime) -> Status:
    """Where the report stands at ``now``."""
    case = followed.case
    if followed.taken_back and case.state != S.WITHDRAWN:
        return Status("none", _("Withdrawn"), _("Others reported the same thing, so the work on it goes on."))
    shape, word = STATES[S(case.state)]
    late = overdue_since(case, now)
    if late is not None:
        return Status("overdue", overdue_words(late, now), _line(case, now))
    if case.state == S.CLOSED:
        solved = case.resolution in SOLVED
        return Status("done" if solved else "none", str(RESULTS.get(case.resolution or "", word)), _line(case, now))
    return Status(shape, str(word), _line(case, now))


def overdue_since(case: Case, now: datetime) -> datetime | None:
    """Since when the one whose turn it is has been late; None when nobody is."""
    end = case.deadline_at if case.state in WITH_UNIT else case.due_at
    return end if end is not None and end < now else None


def overdue_words(since: datetime, now: datetime) -> str:
    """How late, in whole days, else hours, else minutes."""
    late = span(since, now)
    if late.days:
        return str(ngettext("%(num)s day overdue", "%(num)s days overdue", late.days))
    if late.hours:
        return str(ngettext("%(num)s hour overdue", "%(num)s hours overdue", late.hours))
    return str(ngettext("%(num)s minute overdue", "%(num)s minutes overdue", max(1, late.minutes)))


def left_words(now: datetime, end: datetime) -> str:
    """How much time is left, in the two largest parts that matter."""
    left = span(now, end)
    if left.days:
        return str(_("%(days)s d %(hours)s h left", days=left.days, hours=left.hours))
    if left.hours:
        return str(_("%(hours)s h %(minutes)s min left", hours=left.hours, minutes=left.minutes))
    return str(_("%(minutes)s min left", minutes=left.minutes))


def _line(case: Case, now: datetime) -> str:
    """Who has it and until when, in one line; nothing where the tag says it all."""
    unit = unit_name(case.unit_code) or _("the unit responsible")
    if case.state == S.SUBMITTED:
        return _intake_line(case, now)
    if case.state in WITH_UNIT:
        return _unit_line(case, now, unit=unit)
    words = {
        S.ACCEPTED: _("The office is choosing the unit."),
        S.SUSPENDED: unit,
        S.TO_VERIFY: _("%(unit)s says that it is done; somebody of another unit checks.", unit=unit),
        S.CLOSED: f"{unit} · {when(case.closed_at)}" if case.closed_at else unit,
        S.REFERRED: case.referred_to,
    }
    return str(words.get(S(case.state), ""))


def _intake_line(case: Case, now: datetime) -> str:
    if case.due_at is None:
        return ""
    if overdue_since(case, now) is None:
        return str(_("You learn by %(when)s whether it is accepted.", when=when(case.due_at)))
    return str(_("We meant to decide by %(when)s and have not. That is our delay.", when=when(case.due_at)))


def _unit_line(case: Case, now: datetime, *, unit: str) -> str:
    if case.deadline_at is None:
        return unit
    ends = {"unit": unit, "when": when(case.deadline_at), "left": left_words(now, case.deadline_at)}
    if overdue_since(case, now) is None:
        return str(_("%(unit)s · to be fixed by %(when)s, %(left)s", **ends))
    return str(_("%(unit)s · was to be fixed by %(when)s", unit=unit, when=ends["when"]))


def present(followed: Followed, now: datetime) -> list[Step]:
    """What is happening now and what comes next, behind the events; nothing after the end."""
    case, today = followed.case, _("now")
    late = overdue_since(case, now) is not None
    state = "overdue" if late else "working"
    question = followed.question
    until = _("Please answer by %(when)s.", when=when(question.answer_by)) if question else ""
    decided = Step(_("You learn whether it is accepted, and which unit gets it"), state="next")
    checked = Step(_("Somebody of another unit checks on the spot"), _("after the repair"), state="next")
    handled = [Step(_("Being handled"), today, state=state, text=_limit(case, late)), checked]
    steps = {
        S.SUBMITTED: [Step(_("Waiting for a decision"), today, state=state, text=_line(case, now)), decided],
        S.NEED_INFO: [Step(_("Waiting for your answer"), today, state="working", text=until)],
        S.ACCEPTED: [Step(_("The office is choosing the unit"), today, state=state), checked],
        S.DISPATCHED: handled,
        S.IN_PROGRESS: handled,
        S.TO_VERIFY: [Step(_("Being checked by somebody of another unit"), today, state=state)],
    }
    return [] if followed.taken_back else steps.get(S(case.state), [])


def _limit(case: Case, late: bool) -> str:
    if case.deadline_at is None:
        return ""
    ends = when(case.deadline_at)
    if late:
        return str(_("The time ended on %(when)s. It is not fixed.", when=ends))
    return str(_("Time limit: %(when)s. If it is not fixed by then, it will say “overdue” here.", when=ends))
