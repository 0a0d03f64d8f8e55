"""Asking, accepting, refusing, passing on: what each does to the case, its clock and its reporter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.cases.models import Case, Question
from citizen.cases.models.case import NEVER
from citizen.cases.queries.case import unanswered
from citizen.cases.services import dispatch, release, triage
from citizen.core import clock
from citizen.core.clock import local
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.rules import PhotoState
from citizen.projection.models import ReleasedFact
from tests.factories import REPORTER, SYSTEM, by, in_transaction, make_case, make_report

MONDAY = datetime(2026, 8, 31, 2, 0, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the clock of the whole application."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_to(MONDAY)
    return set_to


def _local(moment: datetime | None) -> str:
    assert moment is not None
    return f"{local(moment):%m-%d %H:%M}"


def test_the_clock_rests_while_the_reporter_is_asked(app: Flask, at: Any) -> None:
    case = make_case(received_at=MONDAY)
    case = in_transaction(case, lambda found: triage.ask(found, "哪一盏灯？", by=by()))
    assert (case.due_at, case.queue_at) == (None, NEVER)
    minutes = case.paused_minutes
    assert minutes == (2 + 3.5) * 60 + 7 * 60 or (minutes or 0) > 600
    question = db.session.execute(db.select(Question)).scalar_one()
    assert question.answer_by == MONDAY + timedelta(days=5)
    at(MONDAY + timedelta(days=2))
    case = in_transaction(case, lambda found: triage.answer(found, "第三盏", by=REPORTER))
    assert (case.state, case.answered, case.paused_minutes) == ("submitted", True, None)
    assert case.due_at is not None
    assert _local(case.due_at) == "09-03 18:00"  # Tuesday's end, moved by the two days of waiting
    assert db.session.execute(db.select(Question)).scalar_one().answer == "第三盏"


def test_giving_up(app: Flask, at: Any) -> None:
    case = make_case("need_info")
    with pytest.raises(Conflict):
        in_transaction(case, lambda found: triage.give_up(found, by=SYSTEM))
    assert unanswered(MONDAY) == []
    at(MONDAY + timedelta(days=5, minutes=1))
    assert unanswered(clock.now()) == [case.id]
    case = in_transaction(case, lambda found: triage.give_up(found, by=SYSTEM))
    assert (case.state, case.reason_code) == ("rejected", "no_reply")
    assert unanswered(clock.now()) == []


def test_reviving_once_within_fifteen_days(app: Flask, at: Any) -> None:
    case = make_case("rejected", received_at=MONDAY - timedelta(days=1))
    at(MONDAY + timedelta(days=15))
    case = in_transaction(case, lambda found: triage.revive(found, by=REPORTER))
    assert (case.state, case.received_at, case.reason_code) == ("submitted", MONDAY - timedelta(days=1), None)
    assert case.due_at is not None and case.due_at > clock.now()
    case = in_transaction(case, lambda found: triage.reject(found, reason_code="out_of_area", words="", by=by()))
    with pytest.raises(Conflict):
        in_transaction(case, lambda found: triage.revive(found, by=REPORTER))
    late = make_case("rejected", point="P002")
    at(clock.now() + timedelta(days=15, seconds=1))
    with pytest.raises(Conflict):
        in_transaction(late, lambda found: triage.revive(found, by=REPORTER))


def test_acceptance_freezes_the_limit(app: Flask) -> None:
    case = make_case()

    def accept(found: Case) -> None:
        triage.accept(found, category_code="FAC-05", area_code="A5", by=by())

    case = in_transaction(case, accept)
    assert (case.category_code, case.area_code, case.grid_code) == ("FAC-05", "A5", None)
    assert (case.limit_hours, case.limit_clock, case.limit_version) == (4, "calendar", "1")


@pytest.mark.parametrize(
    ("category", "area", "field"),
    [
        ("", "A1", "category"),
        ("SAN", "A1", "category"),
        ("no", "A1", "category"),
        ("\x00", "A1", "category"),
        ("SAN-01", "", "area"),
        ("SAN-01", "Z9", "area"),
    ],
)
def test_acceptance_needs_category_and_area(app: Flask, category: str, area: str, field: str) -> None:
    case = make_case()
    with pytest.raises(InvalidInput) as refused:
        in_transaction(case, lambda found: triage.accept(found, category_code=category, area_code=area, by=by()))
    assert refused.value.field == field


def test_an_open_duplicate_is_not_accepted_unseen(app: Flask) -> None:
    make_case("dispatched")
    case = make_case()

    def accept(found: Case, *, compared: bool) -> None:
        triage.accept(found, category_code="SAN-01", area_code=found.area_code, by=by(), compared=compared)

    with pytest.raises(InvalidInput) as refused:
        in_transaction(case, lambda found: accept(found, compared=False))
    assert refused.value.field == "compared"
    assert in_transaction(case, lambda found: accept(found, compared=True)).state == "accepted"
    far = make_case(point="P030")
    assert in_transaction(far, lambda found: accept(found, compared=False)).state == "accepted"


@pytest.mark.parametrize("reason", ["", "same_spot", "no", "not_our_duty"])
def test_a_refusal_needs_a_reason_for_refusals(app: Flask, reason: str) -> None:
    case = make_case()
    with pytest.raises(InvalidInput):
        in_transaction(case, lambda found: triage.reject(found, reason_code=reason, words="x", by=by()))


def test_the_reporter_is_told_in_their_language(app: Flask) -> None:
    case = make_case(email="li@example.org", language="en")
    in_transaction(case, lambda found: triage.reject(found, reason_code="out_of_area", words="", by=by()))
    letters = [job.payload for job in db.session.execute(db.select(Job)).scalars() if "to" in job.payload]
    assert any("outside our county" in letter["text"] for letter in letters)


def test_referring(app: Flask) -> None:
    case = make_case()
    for body, number in (("", "1"), ("12345", ""), ("x" * 500, "1")):
        with pytest.raises(InvalidInput):
            in_transaction(case, lambda found, b=body, n=number: triage.refer(found, body=b, number=n, by=by()))
    case = in_transaction(case, lambda found: triage.refer(found, body="市水务局", number="W-7", by=by()))
    assert (case.state, case.referred_to, case.due_at) == ("referred", "市水务局，W-7", None)


def _release(case: Case, **more: Any) -> Case:
    values: dict[str, Any] = {
        "titles": ("市场东门垃圾桶满溢", ""),
        "precision": "point",
        "photo_ids": [],
        **more,
    }
    return in_transaction(case, lambda found: release.release(found, by=by(), **values))


def _facts() -> list[ReleasedFact]:
    return list(db.session.execute(db.select(ReleasedFact)).scalars())


def test_release_writes_only_what_was_released(app: Flask) -> None:
    report = make_report("王大爷家13800138000门口的垃圾")
    case = db.session.execute(db.select(Case)).scalar_one()
    case = in_transaction(case, lambda f: triage.accept(f, category_code="SAN-01", area_code=f.area_code, by=by()))
    case = _release(case, precision="area")
    fact = _facts()[0]
    assert (fact.lon, fact.lat, fact.before_photo) == (None, None, None)
    assert fact.number not in (case.number, report.number) and report.number not in fact.number
    assert "王大爷" not in str({column.key: getattr(fact, column.key) for column in fact.__table__.columns})
    number = fact.number
    case = _release(case, precision="point")
    assert [(row.number, row.lon is not None) for row in _facts()] == [(number, True)]
    in_transaction(case, lambda found: release.unrelease(found, by=by()))
    assert _facts() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"titles": ("", "")},
        {"titles": ("找13800138000", "")},
        {"titles": ("云A12345乱停", "")},
        {"titles": ("垃圾桶满溢", "call 13800138000")},
        {"precision": "exact"},
        {"precision": ""},
        {"photo_ids": [10**9]},
        {"photo_ids": [0]},
    ],
)
def test_release_refuses(app: Flask, wrong: dict[str, Any]) -> None:
    case = make_case("accepted")
    with pytest.raises(InvalidInput):
        _release(case, **wrong)
    assert _facts() == []


def test_an_unchecked_photo_is_not_released(app: Flask) -> None:
    case = make_case("accepted", photos=1)
    photo = db.session.execute(db.select(Photo)).scalar_one()
    for state in (PhotoState.SEALED, PhotoState.MASKED, PhotoState.REFUSED):
        photo = db.session.execute(db.select(Photo)).scalar_one()
        from_now = db.update(Photo).values(state=state)
        in_transaction(case, lambda _found, change=from_now: db.session.execute(change))
        with pytest.raises(InvalidInput):
            _release(case, photo_ids=[photo.id])


def test_only_open_accepted_cases_are_released_and_the_end_takes_them_back(app: Flask) -> None:
    for state in ("submitted", "rejected", "closed"):
        with pytest.raises(Conflict):
            _release(make_case(state))
    case = _release(make_case("accepted", point="P044"))
    assert len(_facts()) == 1
    in_transaction(case, lambda found: triage.refer(found, body="12345", number="1", by=by()))
    assert _facts() == []


def test_a_dispatched_case_is_not_withdrawn(app: Flask) -> None:
    case = make_case("accepted")
    case = in_transaction(case, lambda found: dispatch.dispatch(found, "sanitation", by=by()))
    with pytest.raises(Conflict):
        in_transaction(case, lambda f: triage.withdraw(f, reason_code="sent_by_mistake", by=REPORTER))
