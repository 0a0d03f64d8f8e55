"""Merging: everything moves, nothing is lost, and it can be undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from citizen.cases.models import Case, CaseReport, Supporter
from citizen.cases.rules import Actor
from citizen.cases.services import merging, triage
from citizen.cases.services.door import By, lock_case
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from tests.factories import by, in_transaction, make_case


def _fresh(case: Case) -> Case:
    db.session.rollback()
    return db.session.get_one(Case, case.id)


def _merge(case: Case, target: Case, *, reason: str = "same_spot") -> None:
    with transaction():
        merging.lock_both(case.number, target.number)
        found = lock_case(case.number, check=False)
        merging.merge(found, merging.lock_target(found, target.number), reason_code=reason, by=by())


def _unmerge(case: Case) -> None:
    leader = by("leader", Actor.LEADER)
    in_transaction(case, lambda found: merging.unmerge(found, by=leader))


def _support(case: Case, *hashes: str) -> None:
    with transaction():
        found = lock_case(case.number, check=False)
        for value in hashes:
            db.session.add(Supporter(case_id=case.id, device_hash=value, at=clock.now()))
        found.supporter_count += len(hashes)


def _counts(case: Case) -> tuple[int, int, int]:
    found = _fresh(case)
    return found.report_count, found.supporter_count, found.photo_count


def _gathered(case: Case) -> set[int]:
    query = db.select(CaseReport.origin_id).where(CaseReport.case_id == case.id)
    return set(db.session.execute(query).scalars())


@pytest.mark.both_databases
def test_everything_moves_and_comes_back(app: Flask) -> None:
    one, two = make_case(photos=2), make_case("dispatched", photos=1)
    _support(one, "a", "b")
    _support(two, "b", "c")
    due = _fresh(one).due_at
    _merge(one, two)
    merged = _fresh(one)
    assert (merged.state, merged.merged_into_id, merged.due_at) == ("merged", two.id, None)
    assert _counts(two) == (2, 3, 3)  # "b" supported both and counts once
    assert _counts(one)[0] == 0
    assert _gathered(two) == {one.id, two.id}
    _unmerge(one)
    back = _fresh(one)
    assert (back.state, back.merged_into_id, back.due_at) == ("submitted", None, due)
    assert _counts(one) == (1, 2, 2)
    assert _counts(two) == (1, 2, 1)
    assert (_gathered(one), _gathered(two)) == ({one.id}, {two.id})
    assert [row.action for row in history("case", one.id)][-2:] == ["merge", "unmerge"]
    assert [row.action for row in history("case", two.id)][-2:] == ["merged_in", "merged_out"]


@pytest.mark.both_databases
def test_a_chain_of_merges_comes_apart_in_any_order(app: Flask) -> None:
    one, two, three = make_case(photos=1), make_case(photos=1), make_case(photos=1)
    _merge(one, two)
    _merge(two, three)
    assert _counts(three) == (3, 0, 3)
    _unmerge(one)
    assert (_counts(one), _counts(three)) == ((1, 0, 1), (2, 0, 2))
    assert _fresh(one).state == "submitted"
    _unmerge(two)
    assert (_counts(two), _counts(three)) == ((1, 0, 1), (1, 0, 1))
    _merge(one, two)
    _merge(two, three)
    _unmerge(two)
    assert (_counts(two), _counts(three)) == ((2, 0, 2), (1, 0, 1))
    assert _fresh(one).merged_into_id == two.id


def test_no_merge_into_itself_or_round_in_a_circle(app: Flask) -> None:
    one, two = make_case(), make_case()
    with pytest.raises(InvalidInput):
        _merge(one, one)
    _merge(one, two)
    with pytest.raises(Conflict):
        _merge(two, one)
    assert _fresh(two).state == "submitted"


@pytest.mark.parametrize("state", ["rejected", "closed", "withdrawn", "referred"])
def test_the_target_must_be_open(app: Flask, state: str) -> None:
    target, case = make_case(state), make_case()
    with pytest.raises(Conflict):
        _merge(case, target)


def test_unknown_target_and_reason(app: Flask) -> None:
    one, two = make_case(), make_case()
    with pytest.raises(InvalidInput), transaction():
        merging.lock_target(lock_case(one.number, check=False), "260101-AAAA")
    with pytest.raises(InvalidInput):
        _merge(one, two, reason="out_of_scope")


def test_only_the_leader_and_only_for_thirty_days(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = make_case(), make_case()
    _merge(one, two)
    with pytest.raises(Conflict):
        in_transaction(one, lambda found: merging.unmerge(found, by=by()))
    later = clock.now() + timedelta(days=30, seconds=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(Conflict):
        _unmerge(one)


def test_the_place_it_was_at_is_where_it_goes_back_to(app: Flask) -> None:
    one, two = make_case("in_progress"), make_case()
    deadline = _fresh(one).deadline_at
    _merge(one, two)
    _unmerge(one)
    back = _fresh(one)
    assert (back.state, back.due_at, back.unit_code) == ("in_progress", deadline, "sanitation")


def test_a_merged_case_takes_no_other_step(app: Flask) -> None:
    one, two = make_case(), make_case()
    _merge(one, two)
    with pytest.raises(Conflict):
        in_transaction(one, lambda found: triage.ask(found, "什么？", by=By(1, Actor.MODERATOR)))
