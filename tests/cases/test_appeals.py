"""Reporters object; the shift leader decides; the third reopening is the head's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from citizen.cases.models import Appeal, Case
from citizen.cases.queries import appeals as queries
from citizen.cases.services import appeals
from citizen.cases.services.telling import reports_of
from citizen.cases.signals import case_reopened
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from citizen.departments.queries import directory
from citizen.extensions import db
from tests.county import people as roster
from tests.factories import in_transaction, make_case, make_report

#: Wednesday, two working days before the National Day holiday of 2026.
BEFORE_HOLIDAY = datetime(2026, 9, 29, 2, 0, tzinfo=UTC)


def object_to(case: Case, kind: str, words: str = "我不同意") -> Appeal:
    in_transaction(case, lambda c: appeals.appeal(c, reports_of(c)[0], kind=kind, words=words))
    return db.session.execute(db.select(Appeal).order_by(Appeal.id.desc())).scalars().first()


def decide(case: Case, found: Appeal, upheld: bool, *, who: str = "leader", words: str = "再看一次") -> Case:
    def act(locked: Case) -> None:
        row = db.session.get(Appeal, found.id)
        appeals.decide(locked, row, upheld=upheld, words=words, person=roster()[who])

    return in_transaction(case, act)


@pytest.mark.both_databases
def test_an_upheld_refusal_goes_back_to_intake(app):
    case = make_case("rejected")
    received = case.received_at
    found = object_to(case, "refusal")
    after = decide(case, found, True)
    assert (after.state, after.received_at, after.reason_code, after.rejected_at) == ("submitted", received, None, None)
    assert after.due_at == directory().calendar.add_working_days(clock.now(), 1)
    event = history("case", case.id)[-1]
    assert event.action == "revive" and event.detail["reason"] == "test_submission" and event.actor_role == "leader"


@pytest.mark.both_databases
def test_an_upheld_dispute_opens_the_case_again(app):
    case = make_case("closed")
    first, deadline = case.first_fixed_at, case.deadline_at
    found = object_to(case, "fix")
    told = []
    with case_reopened.connected_to(lambda case: told.append(case.id)):
        after = decide(case, found, True)
    assert (after.state, after.reopen_count, after.closed_at, after.resolution) == ("in_progress", 1, None, None)
    assert after.first_fixed_at == first and after.deadline_at == after.due_at
    detail = history("case", case.id)[-1].detail
    assert datetime.fromisoformat(detail["old_deadline"]) == deadline and detail["resolution"] == "fixed"
    assert told == [case.id]


def test_a_rejected_objection_changes_no_state(app):
    case = make_case("closed")
    found = object_to(case, "fix")
    after = decide(case, found, False, words="照片里已经清完")
    assert (after.state, after.resolution) == ("closed", "fixed")
    assert history("case", case.id)[-1].detail["words"] == "照片里已经清完"
    assert db.session.get(Appeal, found.id).upheld is False
    with pytest.raises(Conflict):
        object_to(case, "fix", "我还是不同意")


def test_one_objection_to_each_decision(app):
    case = make_case("rejected")
    first = object_to(case, "refusal")
    assert object_to(case, "refusal").id == first.id
    with pytest.raises(Conflict):
        object_to(case, "refusal", "换一种说法")
    assert db.session.scalar(db.select(db.func.count()).select_from(Appeal)) == 1
    assert queries.open_appeal_of(first.report_id, "refusal").id == first.id


@pytest.mark.parametrize(("seconds", "possible"), [(-1, True), (1, False)])
@pytest.mark.parametrize(("state", "kind"), [("rejected", "refusal"), ("closed", "fix")])
def test_until_when_one_may_object(app, state, kind, seconds, possible):
    """Five working days, here across the holiday, and fifteen days of any kind."""
    with time_machine.travel(BEFORE_HOLIDAY, tick=False):
        case = make_case(state)
    end = appeals.last_day(case, kind)
    if kind == "refusal":
        assert (clock.local(end) - clock.local(BEFORE_HOLIDAY)).days > 7, "a holiday lies between"
    else:
        assert end == BEFORE_HOLIDAY + timedelta(days=15)
    with time_machine.travel(end + timedelta(seconds=seconds), tick=False):
        if possible:
            assert object_to(case, kind).due_at > end
        else:
            with pytest.raises(Conflict):
                object_to(case, kind)


@pytest.mark.parametrize(
    ("state", "kind"), [("closed", "refusal"), ("rejected", "fix"), ("in_progress", "fix"), ("closed", "x")]
)
def test_what_cannot_be_objected_to(app, state, kind):
    with pytest.raises(Conflict):
        object_to(make_case(state), kind)


@pytest.mark.parametrize("words", ["", " ", "x", "字" * 2001, "\ud800"])
def test_an_objection_needs_words(app, words):
    case = make_case("rejected")
    with pytest.raises(InvalidInput):
        object_to(case, "refusal", words)


def test_somebody_elses_report_objects_to_nothing(app):
    case = make_case("rejected")
    other = make_report().id
    with pytest.raises(NotFound):
        in_transaction(case, lambda c: appeals.appeal(c, reports_of_id(other), kind="refusal", words="我不同意"))


def reports_of_id(report_id: int):
    from citizen.reports.models import Report

    return db.session.get(Report, report_id)


def test_the_third_reopening_is_the_heads(app):
    case = make_case("closed")
    in_transaction(case, lambda c: setattr(c, "reopen_count", 2))
    found = object_to(case, "fix")
    for who in ("leader", "moderator", "unit", "verifier"):
        with pytest.raises(Forbidden):
            decide(case, found, True, who=who)
    after = decide(case, found, True, who="head")
    assert (after.state, after.reopen_count) == ("in_progress", 3)
    assert history("case", case.id)[-1].actor_role == "head"


def test_the_head_does_not_decide_for_the_leader(app):
    case = make_case("rejected")
    with pytest.raises(Forbidden):
        decide(case, object_to(case, "refusal"), True, who="head")


# -- pages ------------------------------------------------------------------------------------------------------------


def test_only_leader_and_head_open_the_desk(app, client):
    client.sign_in("moderator@demo.invalid")
    assert client.get("/office/objections/").status_code == 403


@pytest.mark.parametrize(("way", "state"), [("uphold", "in_progress"), ("reject", "closed")])
def test_the_leader_decides_once(app, client, way, state):
    case = make_case("closed")
    found = object_to(case, "fix", "只清了一半")
    client.sign_in("leader@demo.invalid")
    assert "只清了一半" in client.get("/office/objections/").get_data(as_text=True)
    page = f"/office/objections/{found.id}"
    text = client.get(page).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)[1]
    version = re.search(r'name="version"[^>]*value="(\d+)"', text)[1]
    data = {"csrf_token": token, "version": version, "words": "我们再去看看", "do": way}
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert client.post(page, data={**data, "words": ""}, headers=headers).status_code == 422
    for wrong, status in (("", 422), ("1", 409), ("²", 422)):
        answer = client.post(page, data={**data, "version": wrong}, headers=headers)
        assert answer.status_code == status and "我们再去看看" in answer.get_data(as_text=True)
    assert [client.post(page, data=data, headers=headers).status_code for _press in range(2)] == [303, 303]
    assert db.session.get(Case, case.id, populate_existing=True).state == state
    assert client.post(page, data={**data, "words": "又改了主意"}, headers=headers).status_code == 409
    assert "我们再去看看" in client.get(page).get_data(as_text=True)


def test_addresses_that_name_no_objection(app, client):
    client.sign_in("leader@demo.invalid")
    for wrong in ("0", "-1", "²", "99999999999999999999", "x", "1.0"):
        assert client.get(f"/office/objections/{wrong}").status_code == 404
