"""Limits hold across processes and forget when they should; keys name nobody."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from citizen.app import create_app
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.web.limits import count, exhausted, forget, sweep, visitor
from tests import county


@pytest.mark.both_databases
def test_two_instances_count_together(app: Flask, tmp_path: Path, database_url: str) -> None:
    other = create_app(county.settings(tmp_path / "other", database_url))
    answers = []
    for number in range(6):
        with (app if number % 2 else other).app_context():
            answers.append(count("4/hour", "test", "key"))
    assert answers == [True] * 4 + [False] * 2
    with other.app_context():
        assert exhausted("4/hour", "test", "key")
        assert not exhausted("4/hour", "test", "another")
        forget("4/hour", "test", "key")
    assert count("4/hour", "test", "key")
    county.dispose(other)


@pytest.mark.both_databases
def test_parallel_uses_are_counted_exactly(app: Flask) -> None:
    answers: list[bool] = []

    def use() -> None:
        with app.app_context():
            for _ in range(5):
                answers.append(count("7/hour", "test", "race"))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 13 + [True] * 7


def test_a_window_ends(app: Flask) -> None:
    with time_machine.travel("2026-09-01T08:00:00Z", tick=False) as clock:
        assert [count("2/hour", "test") for _ in range(3)] == [True, True, False]
        clock.shift(3599)
        assert not count("2/hour", "test")
        clock.shift(2)
        assert count("2/hour", "test")
        clock.shift(7200)
        with transaction():
            sweep()
        assert db.session.execute(text("SELECT count(*) FROM rate_counts")).scalar() == 0


def test_a_visitor_is_a_daily_pseudonym(app: Flask) -> None:
    def name(address: str) -> str:
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
            return visitor()

    with time_machine.travel("2026-09-01T08:00:00Z", tick=False) as clock:
        first = name("192.0.2.1")
        assert name("192.0.2.1") == first
        assert name("192.0.2.2") != first
        assert "192" not in first
        clock.shift(24 * 3600)
        assert name("192.0.2.1") != first
