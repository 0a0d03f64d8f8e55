"""What time does to cases, and that doing it twice changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from citizen.accounts.models import Person, StaffRole
from citizen.cases import jobs
from citizen.cases.models import Case, Check, Claim
from citizen.cases.services import claims, fixing
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict
from citizen.core.worker import periodic, run_until_idle, schedule
from citizen.departments.queries import directory
from citizen.extensions import db
from tests.factories import in_transaction, make_case

FRIDAY_1630 = datetime(2026, 9, 4, 8, 30, tzinfo=UTC)


def fresh(case: Case) -> Case:
    return db.session.get(Case, case.id, populate_existing=True)


@pytest.mark.both_databases
@pytest.mark.parametrize(("seconds", "signed"), [(-1, False), (0, True), (1, True)])
def test_a_silent_unit_counts_as_having_signed(app, seconds, signed):
    """Two working hours from Friday afternoon end on Monday morning, to the second."""
    with time_machine.travel(FRIDAY_1630, tick=False):
        case = make_case("dispatched")
    due = directory().calendar.add_working_minutes(FRIDAY_1630, 120)
    deadline = case.deadline_at
    assert case.sign_due_at == due and clock.local(due).weekday() == 0
    with time_machine.travel(due + timedelta(seconds=seconds), tick=False):
        for _twice in range(2):
            jobs.sign_for_silent_units({})
    after = fresh(case)
    assert (after.state, after.deemed_signed) == (("in_progress", True) if signed else ("dispatched", False))
    assert after.deadline_at == deadline and after.signed_at == (due if signed else None)
    events = [event for event in history("case", case.id) if event.action == "sign"]
    assert [(e.actor_role, e.detail) for e in events] == ([("system", {"deemed": True})] if signed else [])


def test_nobody_is_deemed_to_have_signed_early(app):
    case = make_case("dispatched")
    with pytest.raises(Conflict):
        in_transaction(case, fixing.deem_signed)


@pytest.mark.parametrize(("seconds", "state"), [(-1, "need_info"), (1, "rejected")])
def test_an_unanswered_question_ends_the_report_after_five_days(app, seconds, state):
    case = make_case("need_info")
    asked = next(event.at for event in history("case", case.id) if event.action == "ask")
    with time_machine.travel(asked + timedelta(days=5, seconds=seconds), tick=False):
        for _twice in range(2):
            jobs.give_up_unanswered({})
    after = fresh(case)
    assert after.state == state
    assert after.reason_code == ("no_reply" if state == "rejected" else None)
    assert [event.action for event in history("case", case.id)].count("give_up") == int(state == "rejected")


@pytest.mark.both_databases
def test_a_missing_verifier_is_drawn_as_soon_as_there_is_one(app):
    with transaction():
        db.session.execute(db.delete(StaffRole).where(StaffRole.role == "verifier"))
    case = make_case("to_verify")
    jobs.draw_missing_verifiers({})
    assert fresh(case).verifier_id is None
    with transaction():
        person = Person(name="新核查员", password_hash="x", unit_code="parks", created_at=clock.now())
        person.grants = [StaffRole(role="verifier")]
        db.session.add(person)
    for _twice in range(2):
        jobs.draw_missing_verifiers({})
    after = fresh(case)
    check = db.session.execute(db.select(Check)).scalar_one()
    assert (after.verifier_id, check.verifier_unit, after.state) == (check.verifier_id, "parks", "to_verify")
    assert [event.action for event in history("case", case.id)].count("verifier_drawn") == 1


@pytest.mark.parametrize("change", ["left", "moved"])
def test_a_verifier_who_left_is_replaced(app, change):
    case = make_case("to_verify")
    before = case.verifier_id
    with transaction():
        person = db.session.get(Person, before)
        if change == "left":
            person.disabled_at = clock.now()
        else:
            person.unit_code = "sanitation"
    jobs.draw_missing_verifiers({})
    after = fresh(case)
    assert after.verifier_id not in (None, before)
    assert db.session.execute(db.select(Check)).scalar_one().verifier_id == after.verifier_id


def test_leases_that_ran_out_are_removed(app, people):
    case = make_case()
    with transaction():
        claims.claim(case.number, person_id=people["moderator"].id)
    jobs.expire_claims({})
    assert db.session.scalar(db.select(db.func.count()).select_from(Claim)) == 1
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        jobs.expire_claims({})
    assert db.session.scalar(db.select(db.func.count()).select_from(Claim)) == 0


def test_each_run_takes_a_batch_and_the_next_goes_on(app, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)
    cases = [make_case("dispatched") for _n in range(3)]
    with time_machine.travel(clock.now() + timedelta(days=10), tick=False):
        jobs.sign_for_silent_units({})
        assert sorted(fresh(case).state for case in cases) == ["dispatched", "in_progress", "in_progress"]
        jobs.sign_for_silent_units({})
    assert {fresh(case).state for case in cases} == {"in_progress"}


def test_the_worker_knows_the_jobs(app):
    names = {"sign_for_silent_units", "give_up_unanswered", "draw_missing_verifiers", "expire_claims"}
    assert {f"periodic.cases.{name}" for name in names} <= set(periodic)
    case_id = make_case("dispatched").id
    with time_machine.travel(clock.now() + timedelta(days=10), tick=False):
        schedule(clock.now())
        run_until_idle()
    assert db.session.get(Case, case_id).state == "in_progress"
