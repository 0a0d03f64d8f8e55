"""Dispatch: the rule that names the unit, and the deadline that is stored once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from citizen.cases.models import Case
from citizen.cases.services import dispatch, triage
from citizen.core import clock
from citizen.core.clock import local
from citizen.core.errors import Conflict, InvalidInput
from citizen.departments.queries import directory
from citizen.reports.queries import categories, chosen_category
from tests.factories import by, in_transaction, make_case

#: Friday 4 September 2026, 16:30 in the county: an hour and a half before the office closes.
FRIDAY = datetime(2026, 9, 4, 8, 30, tzinfo=UTC)
#: Wednesday 30 September, 17:00: the day before a week of holidays.
GOLDEN_WEEK = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 9, 5, 17, 0, tzinfo=UTC)


def _sent(category: str, unit: str = "sanitation") -> Case:
    case = make_case(category=category)

    def act(found: Case) -> None:
        triage.accept(found, category_code=category, area_code=found.area_code, by=by(), compared=True)
        dispatch.dispatch(found, unit, by=by())

    return in_transaction(case, act)


def _words(moment: datetime | None) -> str:
    assert moment is not None
    return f"{local(moment):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("now", "category", "deadline", "sign"),
    [
        (FRIDAY, "SAN-01", "09-07 11:00", "09-07 09:00"),  # 4 working hours over a weekend
        (GOLDEN_WEEK, "SAN-01", "10-08 11:30", "10-08 09:30"),  # over a week of holidays
        (NIGHT, "SAN-01", "09-07 15:00", "09-07 10:30"),  # dispatched at night
        (NIGHT, "FAC-05", "09-06 05:00", "09-06 03:00"),  # 4 calendar hours do not sleep
        (
            NIGHT,
            "SAF-04",
            "09-06 02:00",
            "09-06 02:00",
        ),  # an emergency of one hour: signed no later than done
    ],
)
def test_deadlines(
    app: Flask, monkeypatch: pytest.MonkeyPatch, now: datetime, category: str, deadline: str, sign: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    case = _sent(category)
    assert (case.state, case.dispatched_at) == ("dispatched", now)
    assert (_words(case.deadline_at), _words(case.sign_due_at)) == (deadline, sign)
    assert case.due_at == case.queue_at == case.deadline_at
    assert case.calendar_version == directory().calendar.version


@pytest.mark.both_databases
def test_the_unit_and_the_rule_are_stored(app: Flask) -> None:
    assert (_sent("SAN-01").unit_code, _sent("SAN-01").routed_by) == ("sanitation", "category")
    by_hand = _sent("SAN-01", "urban_mgmt")
    assert (by_hand.unit_code, by_hand.routed_by) == ("urban_mgmt", "hand")


def test_every_category_names_a_unit_of_the_county(app: Flask) -> None:
    """The county's own data: no category may lead nowhere."""
    units = directory().units
    for code, category in categories().items():
        if category.level == 2:
            for area in directory().areas:
                found = dispatch.route_for(category, area)
                assert found.unit_code in units, (code, area)
                assert found.rule == ("area" if category.default_unit == "township" else "category")
                assert found.unit_code not in dispatch.alternatives(category, area)


def test_townships_get_what_is_theirs(app: Flask) -> None:
    category = chosen_category("SAN-07")
    areas = directory().areas
    assert {dispatch.route_for(category, code).unit_code for code in areas} == {row.unit_code for row in areas.values()}
    assert dispatch.route_for(category, "Z9") == dispatch.Route(None, "hand", dispatch.route_for(category, "Z9").words)
    assert dispatch.route_for(None, "A1").unit_code is None


@pytest.mark.parametrize("unit", ["", "nobody", "\x00", "x" * 5000])
def test_an_unknown_unit_gets_nothing(app: Flask, unit: str) -> None:
    case = make_case("accepted")
    with pytest.raises(InvalidInput):
        in_transaction(case, lambda found: dispatch.dispatch(found, unit, by=by()))


def test_only_accepted_cases_are_dispatched(app: Flask) -> None:
    for state in ("submitted", "dispatched"):
        with pytest.raises(Conflict):
            in_transaction(make_case(state), lambda found: dispatch.dispatch(found, "sanitation", by=by()))
