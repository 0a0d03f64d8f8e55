"""Which unit a case goes to, why, and until when: the deadline is stored here and never rewritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case
from citizen.cases.rules import SIGN_WITHIN_WORKING_MINUTES
from citizen.cases.services.clocks import limit_clock
from citizen.cases.services.door import By, move, run_clock
from citizen.cases.services.telling import tell, unit_words
from citizen.core import clock
from citizen.core.errors import Conflict, InvalidInput
from citizen.departments.calendar import Clock
from citizen.departments.queries import directory
from citizen.reports.models import Category
from citizen.reports.queries import chosen_category

TOWNSHIP = "township"


@dataclass(frozen=True, slots=True)
class Route:
    """The unit that the county's rules name, or none; ``rule`` is category, area or hand, ``words`` say why."""

    unit_code: str | None
    rule: str
    words: Any


def route(case: Case) -> Route:
    """Where the rules send ``case`` as it stands."""
    category = chosen_category(case.category_code)
    return route_for(category, case.area_code)


def route_for(category: Category | None, area_code: str) -> Route:
    """Where the rules send a case of ``category`` in the area: the category's unit, or the area's government."""
    if category is None or not category.default_unit:
        return Route(None, "hand", _l("No rule names a unit for this category; choose one."))
    snapshot = directory()
    if category.default_unit == TOWNSHIP:
        area = snapshot.areas.get(area_code)
        if area is None:
            return Route(None, "hand", _l("No rule names a unit for this place; choose one."))
        return Route(area.unit_code, "area", _l("This category belongs to the area in which the place lies."))
    if category.default_unit not in snapshot.units:
        return Route(None, "hand", _l("The unit that the rule names is not on the list; choose one."))
    return Route(category.default_unit, "category", _l("This category has one unit for the whole county."))


def alternatives(category: Category | None, area_code: str) -> list[str]:
    """Units that may have to do with it too: those named beside the first, and the area's government."""
    snapshot = directory()
    area = snapshot.areas.get(area_code)
    own = area.unit_code if area else None
    named = [own if code == TOWNSHIP else code for code in (category.co_units if category else [])]
    first = route_for(category, area_code).unit_code
    return [code for code in dict.fromkeys([*named, own]) if code in snapshot.units and code != first]


def limits(case: Case, start: datetime) -> tuple[datetime, datetime]:
    """(deadline, when it counts as signed) for a dispatch at ``start``.

    Both in UTC. Emergencies and calendar limits run by night and on holidays; a signature is never due after the
    deadline itself.
    """
    calendar = directory().calendar
    deadline = calendar.add(start, case.limit_hours or 0, limit_clock(case))
    if limit_clock(case) is Clock.CALENDAR_HOURS:
        sign = start + timedelta(minutes=SIGN_WITHIN_WORKING_MINUTES)
    else:
        sign = calendar.add_working_minutes(start, SIGN_WITHIN_WORKING_MINUTES)
    return deadline, min(sign, deadline)


def dispatch(case: Case, unit_code: str, *, by: By) -> None:
    """Send a locked, accepted case to a unit: the clock starts now, and the deadline is stored with its calendar.

    Raises InvalidInput for an unknown unit and Conflict when the table forbids it.
    """
    snapshot = directory()
    if unit_code not in snapshot.units:
        raise InvalidInput(_l("Choose the unit in charge"), "unit")
    if not case.limit_hours:
        raise Conflict(_l("This category has no limit yet; choose another category."))
    now = clock.now()
    found = route(case)
    deadline, sign = limits(case, now)
    rule = found.rule if found.unit_code == unit_code else "hand"
    detail = {
        "unit": unit_code,
        "rule": rule,
        "deadline": deadline.isoformat(),
        "calendar": snapshot.calendar.version,
    }
    move(case, "dispatch", by=by, detail=detail)
    case.unit_code, case.routed_by = unit_code, rule
    case.dispatched_at, case.deadline_at, case.sign_due_at = now, deadline, sign
    case.signed_at, case.deemed_signed = None, False
    case.calendar_version = snapshot.calendar.version
    run_clock(case, deadline)
    local = clock.local(deadline)
    values = {"unit": unit_words(unit_code), "day": deadline, "time": f"{local:%H:%M}"}
    tell(case, "dispatched", values)
