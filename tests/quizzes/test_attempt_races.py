"""Two tabs, two devices, one taker: whatever happens at the same moment, there is one attempt and one result."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import pytest
from flask import Flask

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict
from citizen.core.turnstile import SLOW_SECONDS
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem
from citizen.quizzes.queries import taking
from citizen.quizzes.services import attempts
from citizen.quizzes.services.attempts import AlreadyBegun, Answer
from tests.quizzes.making import answered, bank, begun, items, key_of, make_quiz, visitor, wrong_for

pytestmark = pytest.mark.usefixtures("people")

THREADS = 20


def at_once(app: Flask, act: Callable[[int], str], threads: int = THREADS) -> Counter[str]:
    """Run ``act`` in so many threads that wait for each other; what came of each."""
    gate = Barrier(threads)

    def one(number: int) -> str:
        with app.app_context():
            gate.wait()
            try:
                return act(number)
            except Conflict as error:
                return type(error).__name__
            finally:
                db.session.remove()

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(one, range(threads)))


@pytest.mark.both_databases
def test_twenty_starts_begin_one_attempt(app: Flask) -> None:
    bank()
    with transaction():
        quiz_id = make_quiz().id

    def start(_number: int) -> str:
        try:
            with transaction():
                return attempts.start(quiz_id, visitor()).token
        except AlreadyBegun:
            found = taking.open_attempt(quiz_id, visitor())
            assert found is not None, "whoever was told that it has begun must find it"
            return found.token

    tokens = at_once(app, start)
    rows = db.session.execute(db.select(Attempt.token, Attempt.no, Attempt.first)).all()
    assert [tuple(row) for row in rows] == [(next(iter(tokens)), 1, True)]
    assert tokens.total() == THREADS
    assert db.session.execute(db.select(db.func.count()).select_from(AttemptItem)).scalar() == 3


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_the_index_two_starts_begin_two(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: only the database's own rules stand between two tabs. (SQLite has one writer at a time anyway.)

    Two tabs meet after both have looked and before either writes: chance has no part in it.
    """
    bank()
    looked, begin = Barrier(2), attempts.begin

    def begin_together(*args: Any, **more: Any) -> Attempt:
        with suppress(BrokenBarrierError):
            looked.wait(timeout=20)
        return begin(*args, **more)

    monkeypatch.setattr(attempts, "begin", begin_together)
    with transaction() as session:
        session.execute(db.text("DROP INDEX ux_attempts_open"))
        session.execute(db.text("ALTER TABLE attempts DROP CONSTRAINT uq_attempts_quiz_id_taker_no"))
        quiz_id = make_quiz().id

    def start(_number: int) -> str:
        with transaction():
            return attempts.start(quiz_id, visitor()).token

    assert len(at_once(app, start, threads=2)) == 2


@pytest.mark.both_databases
def test_an_attempt_handed_in_by_two_tabs_and_the_clock_has_one_result(app: Flask) -> None:
    bank()
    with transaction():
        quiz = make_quiz(limit_seconds=60)
    attempt = begun(quiz, visitor())
    answered(attempt, visitor(), right=2)
    token, id_, marked = attempt.token, attempt.id, []

    def heard(sender: Attempt) -> None:
        marked.append(sender.id)

    def end(number: int) -> str:
        with transaction():
            if number % 3 == 0:
                return str(attempts.expire(id_))
            return str(attempts.hand_in(token, visitor()).score)

    with attempts.attempt_marked.connected_to(heard):
        results = at_once(app, end)
    assert set(results) == {"2", "False"}
    assert marked == [id_], "the result is made once"


@pytest.mark.both_databases
def test_answers_from_two_tabs_never_change_a_result(app: Flask) -> None:
    bank()
    with transaction():
        quiz = make_quiz(size=1)
    attempt = begun(quiz, visitor())
    token, item = attempt.token, items(attempt)[0]
    right, wrong, now = key_of(item), wrong_for(item), clock.now()

    def act(number: int) -> str:
        with transaction():
            if number == 7:
                return f"result {attempts.hand_in(token, visitor()).score}"
            chosen = right if number % 2 else wrong
            attempts.answer(token, visitor(), given=Answer(1, chosen, now + timedelta(seconds=number)))
            return "stored"

    results = at_once(app, act)
    db.session.rollback()
    row = db.session.execute(db.select(Attempt).where(Attempt.token == token)).scalar_one()
    kept = items(row)[0]
    assert results[f"result {row.score}"] == 1
    assert kept.right == (kept.answer == right), "what was marked is what is stored"
    assert results["stored"] + results["Conflict"] == THREADS - 1


@pytest.mark.both_databases
def test_two_answers_to_one_question_in_the_same_instant_are_timed_once(app: Flask) -> None:
    """The one that waits for the other's lock has looked at the questions before the other one was stored."""
    bank()
    with transaction():
        quiz = make_quiz(size=2)
    attempt = begun(quiz, visitor())
    token, start, chosen = attempt.token, attempt.started_at, key_of(items(attempt)[0])
    inside = Event()

    def act(number: int) -> str:
        if number:
            inside.wait(10)
        with transaction():
            attempts.answer(token, visitor(), given=Answer(1, chosen, start + timedelta(seconds=20 + number)))
            inside.set()
            # Longer than the process keeps its other writers waiting for this one.
            time.sleep(0 if number else 4 * SLOW_SECONDS)
        return "stored"

    assert at_once(app, act, 2) == {"stored": 2}
    db.session.rollback()
    assert items(attempt)[0].seconds == 21
