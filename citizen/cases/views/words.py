"""Words of the workbench about cases: states, sources, times and what is left of a deadline."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case
from citizen.cases.rules import CaseState, Resolution
from citizen.cases.views.due import due_of
from citizen.core import clock
from citizen.departments.queries import directory
from citizen.reports.queries import chosen_category
from citizen.web.locale import localised, page_language

S = CaseState
STATES: dict[str, Any] = {
    S.SUBMITTED: _l("To accept"),
    S.NEED_INFO: _l("Waiting for the reporter"),
    S.ACCEPTED: _l("Accepted"),
    S.DISPATCHED: _l("Dispatched, not yet signed"),
    S.IN_PROGRESS: _l("Being handled"),
    S.SUSPENDED: _l("Put off"),
    S.TO_VERIFY: _l("To be verified"),
    S.CLOSED: _l("Closed"),
    S.REJECTED: _l("Not accepted"),
    S.MERGED: _l("Merged"),
    S.REFERRED: _l("Passed outside"),
    S.WITHDRAWN: _l("Withdrawn"),
}
#: The shape and colour of a state's tag.
TAGS: dict[str, str] = {
    S.SUBMITTED: "waiting",
    S.NEED_INFO: "held",
    S.ACCEPTED: "working",
    S.DISPATCHED: "working",
    S.IN_PROGRESS: "working",
    S.SUSPENDED: "held",
    S.TO_VERIFY: "waiting",
    S.CLOSED: "done",
}
RESOLUTIONS: dict[str, Any] = {
    Resolution.FIXED: _l("fixed"),
    Resolution.SELF_RESOLVED: _l("gone by itself"),
    Resolution.NOT_FOUND: _l("not found"),
    Resolution.CANNOT_FIX: _l("cannot be fixed"),
    Resolution.EDUCATED: _l("people were spoken to"),
}
SOURCES: dict[str, Any] = {
    "web": _l("Web"),
    "staff": _l("By phone or at the desk"),
    "import": _l("Import"),
    "demo": _l("Demonstration"),
}
#: Days from today → their word.
NEAR: dict[int, Any] = {-1: _l("yesterday"), 0: _l("today"), 1: _l("tomorrow")}


def state_word(case: Case) -> str:
    """The state in words, with the result of a closed case."""
    word = str(STATES[case.state])
    if case.state == S.CLOSED and case.resolution in RESOLUTIONS:
        return f"{word} · {RESOLUTIONS[case.resolution]}"
    return word


def state_tag(case: Case) -> dict[str, str]:
    """Arguments of the macro `tag`."""
    return {"state": TAGS.get(case.state, "none"), "word": state_word(case)}


def source_word(code: str) -> str:
    """Which way a report came in."""
    return str(SOURCES.get(code, code))


def due(case: Case, now: datetime) -> dict[str, str] | None:
    """Arguments of the macro `due`; None for a case that has ended."""
    if case.state in (S.NEED_INFO, S.SUSPENDED):
        return {"state": "paused", "words": _("paused"), "deadline": "", "iso": ""}
    return due_of(case, now, said=brief)


def brief(moment: datetime, *, hour: bool = True) -> str:
    """A moment in the width of a column: near days by their word, others by date; old ones may do without the hour."""
    local = clock.local(moment)
    days = (local.date() - clock.today()).days
    word = str(NEAR[days]) if days in NEAR else _day_of_year(local.date())
    return f"{word} {local:%H:%M}" if hour or days in NEAR else word


def _day_of_year(day: date) -> str:
    if page_language() == "en":
        return str(format_date(day, "d MMM", rebase=False))
    return f"{day.month}月{day.day}日"


def place_words(case: Case) -> str:
    """The point's name, else what the reporter wrote, else nothing."""
    point = directory().points.get(case.point_code or "")
    return str(localised(point, "name")) if point else case.landmark


def unit_name(code: str | None) -> str:
    """A unit's name in the page's language; its code when it is gone from the list."""
    unit = directory().units.get(code or "")
    return str(localised(unit, "name")) if unit else code or ""


def area_name(code: str | None) -> str:
    """An area's name in the page's language."""
    area = directory().areas.get(code or "")
    return str(localised(area, "name")) if area else code or ""


def category_name(code: str | None) -> str:
    """A category's name in the page's language."""
    category = chosen_category(code)
    return str(localised(category, "name")) if category else code or ""
