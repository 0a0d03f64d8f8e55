"""The outbox: written with the transaction, run at least once, shown once, stopped by nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from citizen.core import clock, outbox
from citizen.core.database import transaction
from citizen.core.outbox import Job, JobState, enqueue
from citizen.core.worker import periodic, run_until_idle, schedule
from citizen.extensions import db
from tests.core.test_database import run_in_threads

ran: list[dict[str, object]] = []


@outbox.handles("test.note")
def note(payload: dict[str, object]) -> None:
    ran.append(payload)


@outbox.handles("test.poison")
def poison(payload: dict[str, object]) -> None:
    raise ValueError("header\r\ninjection")


@pytest.fixture(autouse=True)
def fresh() -> None:
    ran.clear()


def add(kind: str = "test.note", **payload: object) -> None:
    with transaction():
        enqueue(kind, payload)


def states() -> dict[str, int]:
    db.session.rollback()
    rows = db.session.execute(db.select(Job.state, db.func.count()).group_by(Job.state)).all()
    return dict(rows)  # type: ignore[arg-type]


@pytest.mark.both_databases
def test_jobs_run_in_order_and_are_done(app: Flask) -> None:
    for number in range(5):
        add(n=number)
    assert run_until_idle() == 5
    assert ran == [{"n": number} for number in range(5)]
    assert states() == {"done": 5}


def test_a_rolled_back_transaction_leaves_no_job(app: Flask) -> None:
    with pytest.raises(ValueError, match="no"), transaction():
        enqueue("test.note", {})
        raise ValueError("no")
    assert run_until_idle() == 0


def test_one_key_one_job(app: Flask) -> None:
    for _ in range(3):
        with transaction():
            enqueue("test.note", {}, dedupe_key="once")
    run_until_idle()
    assert len(ran) == 1


def test_poison_is_parked_and_the_queue_goes_on(app: Flask) -> None:
    add("test.poison", n=0)
    add(n=1)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(outbox.MAX_ATTEMPTS + 1):
            run_until_idle()
            traveller.shift(timedelta(seconds=400))
    assert ran == [{"n": 1}]
    assert states() == {"done": 1, "parked": 1}
    parked = db.session.execute(db.select(Job).where(Job.state == JobState.PARKED)).scalar_one()
    assert parked.attempts == outbox.MAX_ATTEMPTS
    assert "injection" in (parked.last_error or "")


def test_a_dead_workers_job_is_run_by_another(app: Flask) -> None:
    add(n=7)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        assert outbox.lease() is not None  # this worker dies here
        assert outbox.lease() is None
        traveller.shift(outbox.LEASE + timedelta(seconds=1))
        assert run_until_idle() == 1
    assert ran == [{"n": 7}]


def test_a_job_that_kills_its_worker_is_parked(app: Flask) -> None:
    add(n=8)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(outbox.MAX_ATTEMPTS):
            assert outbox.lease() is not None
            traveller.shift(outbox.LEASE + timedelta(seconds=1))
        run_until_idle()
    assert ran == []
    assert states() == {"parked": 1}


def test_a_worker_that_lost_its_lease_cannot_finish_the_job(app: Flask) -> None:
    add(n=9)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        slow = outbox.lease()
        assert slow is not None
        traveller.shift(outbox.LEASE + timedelta(seconds=1))
        quick = outbox.lease()
        assert quick is not None
        outbox.run(slow)
        assert states() == {"leased": 1}
        outbox.run(quick)
    assert states() == {"done": 1}


@pytest.mark.both_databases
def test_racing_workers_run_each_job_once(app: Flask) -> None:
    for number in range(30):
        add(n=number)
    results = run_in_threads(app, 4, run_until_idle)
    assert not [result for result in results if isinstance(result, Exception)]
    assert sorted(int(str(payload["n"])) for payload in ran) == list(range(30))


def test_a_slot_is_scheduled_once_however_many_schedulers(app: Flask) -> None:
    moment = clock.now()
    for _ in range(3):
        schedule(moment)
    kinds = db.session.execute(db.select(Job.kind)).scalars().all()
    assert sorted(kinds) == sorted(periodic)
    assert len(kinds) == len(set(kinds))


def test_what_was_in_a_done_job_is_forgotten(app: Flask) -> None:
    add(to="somebody@example.invalid")
    run_until_idle()
    db.session.rollback()
    assert db.session.execute(db.select(Job.payload)).scalars().all() == [{}]
