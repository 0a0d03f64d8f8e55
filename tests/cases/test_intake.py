"""One case for each report, in the queue at once, with the right clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from citizen.cases.models import Case, CaseReport
from citizen.cases.rules import EMERGENCY_INTAKE, CaseState
from citizen.cases.services import intake
from citizen.core.audit import history
from citizen.core.clock import local
from citizen.core.database import transaction
from citizen.core.errors import Busy
from citizen.core.numbers import normalise_case_number
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.reports.models import Report
from citizen.reports.services.messages import add_message
from tests.factories import _WAY, case_of, make_case, make_report

#: Monday 31 August 2026, 10:00 in the county.
MONDAY = datetime(2026, 8, 31, 2, 0, tzinfo=UTC)
#: Friday night.
FRIDAY = datetime(2026, 9, 4, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("state", [state for state in CaseState if state != "suspended"])
def test_the_factory_reaches_every_state(app: Flask, state: CaseState) -> None:
    if state == CaseState.MERGED:
        make_case()
    assert make_case(state).state == state
    assert set(_WAY) == set(CaseState) - {"suspended"}


@pytest.mark.both_databases
def test_a_report_becomes_a_case(app: Flask) -> None:
    report = make_report("路灯不亮", category="FAC-04", point="P005", photos=2)
    case = case_of(report)
    assert normalise_case_number(case.number) == case.number
    assert (case.state, case.title, case.photo_count, case.report_count) == ("submitted", "路灯不亮", 2, 1)
    assert (case.area_code, case.grid_code, case.point_code) == (report.area_code, report.grid_code, "P005")
    assert case.calendar_version == directory().calendar.version
    assert [(row.action, row.from_state, row.to_state) for row in history("case", case.id)] == [
        ("submit", None, "submitted")
    ]


@pytest.mark.parametrize(
    ("category", "received", "due"),
    [
        ("SAN-01", MONDAY, "2026-09-01 18:00"),
        ("SAN-01", FRIDAY, "2026-09-07 18:00"),
        ("FAC-01", FRIDAY, "2026-09-04 23:30"),  # an emergency does not wait for Monday
    ],
)
def test_the_clock_of_intake(app: Flask, category: str, received: datetime, due: str) -> None:
    case = case_of(make_report(category=category, received_at=received))
    assert case.due_at is not None
    assert case.queue_at == case.due_at
    assert f"{local(case.due_at):%Y-%m-%d %H:%M}" == due
    assert case.urgency_rank == (0 if category == "FAC-01" else 1)


def test_danger_without_category_goes_first(app: Flask) -> None:
    case = case_of(make_report(category=None, group="danger", received_at=FRIDAY))
    assert (case.urgency_rank, case.due_at) == (0, FRIDAY + EMERGENCY_INTAKE)
    assert case_of(make_report(category=None, group="clean")).urgency_rank == 1


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("\n  第一行\n第二行", "第一行"),
        ("长" * 300, "长" * 60 + "…"),
        ("", "暴露垃圾 · "),
    ],
)
def test_titles(app: Flask, words: str, title: str) -> None:
    found = case_of(make_report(words)).title
    assert found.startswith(title)
    assert len(found) <= 120


def test_hints_mark_the_case(app: Flask) -> None:
    assert case_of(make_report("打13800138000")).hinted
    assert not case_of(make_report("没有号码")).hinted


def _say(report: Report, kind: str, words: str) -> Case:
    with transaction():
        add_message(db.session.get_one(Report, report.id), kind, words)
    return case_of(report)


def test_an_addition_marks_the_case_and_makes_old_pages_old(app: Flask) -> None:
    report = make_report()
    version = case_of(report).version
    case = _say(report, "addition", "还在，电话13800138000")
    assert (case.answered, case.hinted, case.version) == (True, True, version + 1)


def test_other_messages_leave_the_case_alone(app: Flask) -> None:
    report = make_report()
    assert not _say(report, "confirm", "").answered


@pytest.mark.both_databases
def test_one_report_never_has_two_cases(app: Flask) -> None:
    report = make_report()
    with pytest.raises(Exception), transaction():  # noqa: B017 - whichever error the database's constraint is
        intake.open_case(db.session.get_one(Report, report.id), photo_count=0)
    assert db.session.execute(db.select(db.func.count()).select_from(CaseReport)).scalar_one() == 1


def test_numbers_are_tried_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["AAAA", "AAAA", "BBBB"])
    monkeypatch.setattr(intake, "random_code", lambda _length: next(drawn))
    first, second = case_of(make_report()), case_of(make_report())
    assert (first.number[-4:], second.number[-4:]) == ("AAAA", "BBBB")
    monkeypatch.setattr(intake, "random_code", lambda _length: "AAAA")
    with pytest.raises(Busy):
        make_report()


def test_no_case_without_its_report(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """When intake fails, the report is not acknowledged either: both are one transaction."""
    monkeypatch.setattr(intake, "_free_number", lambda _at: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make_report()
    assert db.session.execute(db.select(db.func.count()).select_from(Report)).scalar_one() == 0
