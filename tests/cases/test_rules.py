"""The table of transitions: as designed, and walked through the real services by a property machine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from citizen.cases.models import Case, CaseReport
from citizen.cases.models.case import NEVER
from citizen.cases.rules import (
    OPEN,
    PAUSED,
    TRANSITIONS,
    Actor,
    CaseState,
    ensure_transition,
    find_hints,
    possible,
)
from citizen.cases.services.door import By, lock_case
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, DomainError
from citizen.extensions import db
from tests.cases.machine import ACTORS, VERBS
from tests.county import people
from tests.factories import case_of, make_report

S, A = CaseState, Actor

#: The design's table once more, written down independently: number, from, to, who.
DESIGN = """
2  submitted > need_info : moderator
3  need_info > submitted : reporter
4  need_info > rejected : system moderator
5  submitted > accepted : moderator
6  submitted > rejected : moderator
7  rejected > submitted : leader reporter
8  submitted accepted dispatched in_progress > merged : moderator leader
9  merged > ? : leader
10 submitted accepted > referred : moderator
11 submitted need_info accepted > withdrawn : reporter
12 accepted > dispatched : moderator system
13 dispatched > in_progress : clerk worker system
14 dispatched in_progress > accepted : leader
16 in_progress > suspended : head
17 suspended > in_progress : clerk leader system
18 in_progress > to_verify : clerk worker
19 to_verify > closed : verifier
20 to_verify > in_progress : verifier
21 to_verify > closed : system
22 closed > in_progress : leader head
23 closed rejected referred > submitted : head
"""


def _design() -> dict[int, tuple[set[str], str, set[str]]]:
    rows = {}
    for line in DESIGN.strip().splitlines():
        head, who = line.split(":")
        number, rest = head.split(maxsplit=1)
        sources, target = rest.split(">")
        rows[int(number)] = (set(sources.split()), target.strip(), set(who.split()))
    return rows


def test_the_table_is_the_design() -> None:
    table = {row.number: (set(row.sources), row.target or "?", set(row.actors)) for row in TRANSITIONS.values()}
    assert table == _design()


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("actor", Actor)
def test_possible_and_ensure_agree(state: CaseState, actor: Actor) -> None:
    for name in TRANSITIONS:
        if name in possible(state, actor):
            assert ensure_transition(name, state, actor).name == name
        else:
            with pytest.raises(Conflict):
                ensure_transition(name, state, actor)
    with pytest.raises(Conflict):
        ensure_transition("vanish", state, actor)


def test_every_state_can_be_reached_and_only_ends_have_no_clock() -> None:
    reached = {S.SUBMITTED} | {row.target for row in TRANSITIONS.values() if row.target}
    assert reached == set(CaseState)
    assert PAUSED < OPEN


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("打 13800138000 找我", ["phone"]),
        ("１３８００１３８０００", ["phone"]),
        ("138 0013 8000", ["phone"]),
        ("+86 138-0013-8000", ["phone"]),
        ("市场电话0000-00537没人接", ["phone"]),
        ("身份证11010519491231002X", ["identity"]),
        ("车牌云A12345，云A·D12345", ["plate", "plate"]),
        ("电话13800138000，车牌京B88888", ["phone", "plate"]),
        ("编号 260831-6AN3，2026年8月31日 12345热线", []),
        ("138001380001", []),
        ("满3天、5米、20厘米", []),
        ("", []),
    ],
)
def test_hints(words: str, kinds: list[str]) -> None:
    found = find_hints(words)
    assert [hint.kind for hint in found] == kinds
    assert all(0 <= hint.start < hint.end <= len(words) for hint in found)


def test_hints_are_found_in_linear_time() -> None:
    """A control for the bounded pattern: hostile texts of 200,000 characters, well under a second."""
    for hostile in ("1" * 200_000, "1 3 8-" * 40_000, "云A" * 100_000, "86 86-" * 40_000, "0123 " * 40_000):
        before = datetime.now()
        find_hints(hostile)
        assert datetime.now() - before < timedelta(seconds=2)


class Walk(RuleBasedStateMachine):
    """Any verb by anybody in any order: what the table allows happens, everything else leaves the case as it was."""

    app: Flask
    person: int

    @initialize()
    def begin(self) -> None:
        self.number = case_of(make_report()).number
        self.other = case_of(make_report(point="P002")).number
        self.before_merge: str | None = None
        self.look()

    @rule(verb=st.sampled_from(sorted(VERBS)), actor=st.sampled_from(ACTORS))
    def anybody(self, verb: str, actor: Actor) -> None:
        """Mostly forbidden steps."""
        self.step(verb, actor)

    @rule(data=st.data())
    def somebody_who_may(self, data: st.DataObject) -> None:
        """Only steps of the table, so that walks go deep."""
        state = CaseState(self.case.state)
        able = [(verb, actor) for actor in ACTORS for verb in possible(state, actor) if verb in VERBS]
        if able:
            self.step(*data.draw(st.sampled_from(able)))

    def step(self, verb: str, actor: Actor) -> None:
        state, version, revived = self.case.state, self.case.version, self.case.revived
        events = len(self.told)
        allowed = state in TRANSITIONS[verb].sources and actor in TRANSITIONS[verb].actors
        guarded = (verb == "revive" and revived) or (verb == "give_up" and actor is Actor.SYSTEM)
        error = self.attempt(verb, actor)
        self.look()
        after = self.case
        if allowed and not guarded:
            assert error is None, error
            target = TRANSITIONS[verb].target or self.before_merge
            assert after.state == target
            assert after.version == version + 1
            added = self.told[events:]
            assert [(row.action, row.from_state, row.to_state) for row in added if row.action == verb] == [
                (verb, state, target)
            ]
            self.before_merge = state if verb == "merge" else self.before_merge
        else:
            assert isinstance(error, Conflict)
            assert (after.state, after.version) == (state, version)
            assert len(self.told) == events

    def attempt(self, verb: str, actor: Actor) -> DomainError | None:
        person = self.person if actor not in (Actor.REPORTER, Actor.SYSTEM) else None
        try:
            with transaction():
                case, other = lock_case(self.number, check=False), lock_case(self.other, check=False)
                VERBS[verb](case, By(person, actor), other)
        except DomainError as error:
            return error
        return None

    def look(self) -> None:
        """Read the case and its history from the database, once after each step: nothing happens before the next."""
        db.session.rollback()
        self.case = db.session.execute(db.select(Case).where(Case.number == self.number)).scalar_one()
        self.told = list(history("case", self.case.id))

    @invariant()
    def clocks_fit_the_state(self) -> None:
        if not hasattr(self, "number"):
            return
        case = self.case
        running = case.state in OPEN and case.state not in PAUSED
        assert (case.due_at is not None) == running
        assert case.queue_at == (case.due_at or NEVER)
        assert (case.paused_minutes is not None) == (case.state == S.NEED_INFO)
        assert (case.merged_into_id is not None) == (case.state == S.MERGED)

    @invariant()
    def reports_are_somewhere_and_counted(self) -> None:
        if not hasattr(self, "number"):
            return
        case = self.case
        own = db.select(CaseReport).where(CaseReport.origin_id == case.id)
        row = db.session.execute(own).scalar_one()
        assert row.case_id == (case.merged_into_id or case.id)
        assert case.report_count == (0 if case.state == S.MERGED else 1)


def _walk(app: Flask, **more: Any) -> None:
    Walk.app, Walk.person = app, people()["moderator"].id
    db.session.rollback()
    raw: Any = db.engine.raw_connection()
    raw.execute("PRAGMA synchronous=OFF")  # thousands of commits that no power cut has to survive
    raw.close()
    db.session.rollback()
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    run_state_machine_as_test(
        Walk, settings=settings(stateful_step_count=10, deadline=None, suppress_health_check=checks, **more)
    )


@pytest.mark.long
def test_walking_the_table(app: Flask) -> None:
    _walk(app, max_examples=200)


def test_the_walk_notices_a_missing_guard(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A control: with a door that lets everybody through, the same walk fails."""
    monkeypatch.setattr("citizen.cases.services.door.ensure_transition", lambda name, _state, _actor: TRANSITIONS[name])
    with pytest.raises((AssertionError, ExceptionGroup)):
        _walk(
            app, max_examples=50, database=None, phases=[Phase.generate]
        )  # one failure is enough, the smallest is not asked for
