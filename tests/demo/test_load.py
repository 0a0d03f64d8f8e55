"""What is loaded cannot be told from what the services write: the same invariants hold."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, text

from citizen.accounts.models import Person
from citizen.boards.models import BoardEntry
from citizen.cases.models import Case, CaseReport, Check, Fix
from citizen.cases.models.case import NEVER
from citizen.cases.rules import OPEN, PAUSED, TRANSITIONS, Actor, ensure_independent
from citizen.cases.services.deadlines import half_limit_from, verification_due
from citizen.cases.services.dispatch import limits
from citizen.core import anchors
from citizen.core.audit import Event
from citizen.core.errors import Conflict
from citizen.core.storage import Bucket, storage
from citizen.demo import load as loading
from citizen.demo.bulk import insert_rows
from citizen.demo.load import is_loaded, load
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.rules import DERIVED
from citizen.projection.models import ReleasedFact
from citizen.projection.queries import BOARD, NEARBY, stamps
from citizen.reports.models import Report
from citizen.reports.services.codes import check_code, known_code
from tests import county
from tests.demo.conftest import NOW
from tests.factories import make_report

pytestmark = pytest.mark.both_databases
QUIET = {"submit", "verifier_drawn"}


def all_of(model: Any) -> list[Any]:
    return list(db.session.execute(db.select(model).order_by(model.id)).scalars())


def events_of(subject: str) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    for event in db.session.execute(db.select(Event).where(Event.subject == subject).order_by(Event.id)).scalars():
        found[event.subject_id].append(event)
    return found


def replay(events: list[Event]) -> tuple[str | None, int]:
    """(state, version) that the events of a case lead to; fails when one does not follow from the one
    before."""
    state, version = None, 1
    for event in events:
        if event.action == "verifier_drawn":
            continue
        assert event.from_state == state, event.action
        if event.action in TRANSITIONS:
            row = TRANSITIONS[event.action]
            assert event.from_state in row.sources and event.to_state == row.target
            assert Actor(event.actor_role) in row.actors
        else:
            assert event.action == "submit" or event.to_state == event.from_state
        state = event.to_state
        version += event.action not in QUIET
    return state, version


def test_events_replay_to_the_state(loaded: Flask) -> None:
    events = events_of("case")
    cases = all_of(Case)
    assert len(cases) == 300
    for case in cases:
        assert replay(events[case.id]) == (case.state, case.version)
        assert events[case.id][0].at == case.received_at
    moments = [event.at for event in all_of(Event)]
    assert moments == sorted(moments)
    # The control: a missing event is noticed.
    long = next(found for found in events.values() if len(found) > 4)
    with pytest.raises(AssertionError):
        replay(long[:1] + long[2:])


def test_the_chain_is_whole(loaded: Flask, tmp_path: Path) -> None:
    secret = loaded.config["SETTINGS"].secret_bytes
    assert anchors.verify(tmp_path / "audit", secret) == []


def test_clocks_fit_the_states(loaded: Flask) -> None:
    for case in all_of(Case):
        runs = case.state in OPEN and case.state not in PAUSED
        assert (case.due_at is not None) == runs, case.state
        assert case.queue_at == (case.due_at or NEVER)
        assert (case.paused_minutes is not None) == (case.state == "need_info")
        assert (case.closed_at is not None, case.resolution is not None) == ((case.state == "closed"),) * 2
        assert (case.rejected_at is not None) == (case.state == "rejected")
        assert (case.merged_into_id is not None) == (case.state == "merged")
        if case.state == "to_verify":
            assert case.due_at == verification_due(case.fixed_at) and case.verifier_id
        if case.state in ("dispatched", "in_progress"):
            assert case.due_at == case.deadline_at


def test_deadlines_are_those_of_the_services(loaded: Flask) -> None:
    first: dict[int, Event] = {}
    reworked = 0
    for case_id, found in events_of("case").items():
        case = db.session.get_one(Case, case_id)
        for event in found:
            if event.action == "dispatch":
                first[case_id] = event
                deadline, sign = limits(case, event.at)
                assert datetime.fromisoformat(event.detail["deadline"]) == deadline
                assert case.sign_due_at == sign
            if event.action == "rework":
                reworked += 1
                old = datetime.fromisoformat(event.detail["old_deadline"])
                expected = max(event.at, old, half_limit_from(case, event.at))
                assert datetime.fromisoformat(event.detail["deadline"]) == expected
    assert len(first) > 200 and reworked


def test_nobody_verifies_the_work_of_their_own_unit(loaded: Flask) -> None:
    people = {person.id: person for person in all_of(Person)}
    reporters: dict[int, set[int]] = defaultdict(set)
    for case_id, person_id in db.session.execute(
        db.select(CaseReport.case_id, Report.person_id).join(Report, Report.id == CaseReport.report_id)
    ):
        reporters[case_id].add(person_id)
    checks = all_of(Check)
    assert checks
    for check in checks:
        verifier = (check.verifier_id, people[check.verifier_id].unit_code)
        ensure_independent(verifier, fixer_unit=check.fixer_unit, reporters=frozenset(reporters[check.case_id]))
        assert check.verifier_unit == verifier[1]
        fix = db.session.get_one(Fix, check.fix_id)
        assert fix.unit_code == check.fixer_unit == people[fix.author_id].unit_code
        assert (check.done_at is None) == (check.passed is None)
    with pytest.raises(Conflict):
        ensure_independent((1, "sanitation"), fixer_unit="sanitation", reporters=frozenset())


def test_reports_are_gathered_by_open_cases(loaded: Flask) -> None:
    cases = {case.id: case for case in all_of(Case)}
    links = all_of(CaseReport)
    assert len(links) == len(all_of(Report)) == 300
    gathered: dict[int, int] = defaultdict(int)
    for link in links:
        gathered[link.case_id] += 1
        own = cases[link.origin_id]
        assert link.case_id == (own.merged_into_id or own.id)
    for case in cases.values():
        assert case.report_count == gathered[case.id]
    assert any(case.state == "merged" for case in cases.values())


def test_only_published_entries_are_released(loaded: Flask) -> None:
    entries = {entry.number: entry for entry in all_of(BoardEntry)}
    facts = all_of(ReleasedFact)
    shown = {fact.number for fact in facts if fact.surface == "board"}
    assert shown == {number for number, entry in entries.items() if entry.state == "published"}
    assert shown
    for entry in entries.values():
        assert entry.reviewer_id is None or entry.reviewer_id != entry.author_id
    names = {photo.public_name: photo for photo in all_of(Photo) if photo.public_name}
    for fact in facts:
        case = db.session.get_one(Case, fact.case_id)
        if fact.surface == "nearby":
            assert case.state in OPEN and case.released_at is not None
        if fact.status == "done":
            assert case.state == "closed" and case.resolution == "fixed"
        for name in filter(None, (fact.before_photo, fact.after_photo)):
            assert names[name].state == "public" and names[name].checked_by


def test_a_running_site_learns_of_what_was_loaded(loaded: Flask) -> None:
    assert stamps(BOARD)[0] > 0 and stamps(NEARBY)[0] > 0


def test_what_is_exposed_can_be_seen(loaded: Flask) -> None:
    shown = [fact for fact in all_of(ReleasedFact) if fact.surface == "board" and fact.board == "exposure"]
    assert shown
    for fact in shown:
        assert fact.before_photo and (fact.after_photo or fact.status != "done"), fact.category_code


def test_pictures_share_no_object(loaded: Flask) -> None:
    photos = all_of(Photo)
    assert photos
    keys = [key for photo in photos for key in (photo.original_key, photo.master_key, photo.masked_key)]
    assert len(keys) == len(set(keys))
    for photo in photos:
        assert storage().get(Bucket.PRIVATE, photo.original_key)
        assert all(storage().get(Bucket.PRIVATE, f"{photo.masked_key}/{size}") for size in DERIVED)
        assert (photo.public_name is not None) == (photo.state == "public")
        for size in DERIVED if photo.public_name else ():
            assert storage().get(Bucket.PUBLIC, f"{photo.public_name}/{size}")


def test_a_query_code_opens_its_report(loaded: Flask) -> None:
    report = all_of(Report)[17]
    code = known_code(report)
    assert code is not None
    assert check_code(report.number, code) == report
    assert check_code(report.number, "0" * 10) is None


def test_rows_read_back_as_they_were_given(app: Flask) -> None:
    """The bulk way in stores what the ORM stores: moments, days, flags, JSON and nothing."""
    columns = {column.name: None for column in ReleasedFact.__table__.columns}
    texts = {name: "、" for name in columns if name not in ("lon", "lat") and not name.endswith(("_day", "day", "_at"))}
    row = columns | texts | {"id": 9, "case_id": 4, "reported_day": date(2026, 8, 1), "day": date(2026, 8, 2)}
    row |= {"released_at": NOW, "before_photo": None, "after_photo": None, "unit_code": 'a "b"\t\\N\n'}
    with loading.transaction() as session:
        insert_rows(session.connection(), db.metadata.tables["released_facts"], [row])
    found = db.session.get_one(ReleasedFact, 9)
    assert {name: getattr(found, name) for name in row} == row


def test_a_second_load_is_refused_and_new_rows_find_free_ids(loaded: Flask) -> None:
    assert is_loaded()
    with pytest.raises(Conflict):
        load(10, NOW)
    people = county.people()
    with loading.transaction() as session:
        session.add(Fix(case_id=1, unit_code="sanitation", author_id=people["unit"].id, created_at=NOW))
    assert len(all_of(Report)) == 300


def test_a_load_in_several_transactions_is_the_same(
    app: Flask, plain_pictures: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loading, "BATCH", 40)
    monkeypatch.setattr(loading, "EVENTS", 100)
    load(150, NOW)
    assert len(all_of(Case)) == 150
    events = events_of("case")
    assert all(replay(events[case.id]) == (case.state, case.version) for case in all_of(Case))
    assert anchors.verify(tmp_path / "audit", app.config["SETTINGS"].secret_bytes) == []
    moments = [event.at for event in all_of(Event)]
    assert moments == sorted(moments)


def test_life_goes_on_after_the_load(loaded: Flask, database_url: str) -> None:
    """The next row of every table gets a number that nobody has; a report is made like any other."""
    before = db.session.execute(db.select(func.max(Report.id))).scalar() or 0
    assert make_report().id == before + 1
    if "postgresql" not in database_url:
        return
    late = {}
    for table in db.metadata.sorted_tables:
        name = db.session.execute(
            text("SELECT pg_get_serial_sequence(:name, 'id') WHERE :has"), {"name": table.name, "has": "id" in table.c}
        ).scalar()
        if name:
            following = db.session.execute(text(f"SELECT last_value + is_called::int FROM {name}")).scalar()
            highest = db.session.execute(db.select(func.coalesce(func.max(table.c.id), 0))).scalar()
            if following <= highest:
                late[table.name] = (following, highest)
    assert not late
