"""Limits counted in a real Redis, and what happens when it dies or hangs: nobody notices but the log."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from citizen.web import limits
from tests import county
from tests.live import free_port


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    program = shutil.which("redis-server")
    assert program, "redis-server is not installed; `make check-system` installs it"
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0", process
    process.kill()
    process.wait()


@pytest.fixture
def redis_app(tmp_path: Path, sqlite_url: str, redis_server: tuple[str, object]) -> Iterator[Flask]:
    app = county.make_app(county.settings(tmp_path, sqlite_url, CITIZEN_REDIS_URL=redis_server[0]))
    with app.app_context():
        end = time.monotonic() + 10
        while limits.count("100/hour", "warm-up") and "citizen_limits_rest_until" in app.extensions:
            assert time.monotonic() < end, "Redis did not start"
            app.extensions.pop("citizen_limits_rest_until")
            time.sleep(0.1)
        yield app
    county.dispose(app)


def in_database(app: Flask) -> int:
    return limits.db.session.scalar(limits.db.select(limits.db.func.count()).select_from(limits.RateCount)) or 0


def test_redis_counts(redis_app: Flask) -> None:
    before = in_database(redis_app)
    assert [limits.count("3/hour", "a") for _ in range(4)] == [True, True, True, False]
    assert limits.exhausted("3/hour", "a")
    limits.forget("3/hour", "a")
    assert limits.count("3/hour", "a")
    limits.db.session.rollback()
    assert in_database(redis_app) == before


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "hanging"])
def test_without_redis_the_database_counts_quickly_and_strictly(
    redis_app: Flask, redis_server: tuple[str, subprocess.Popen[bytes]], fault: signal.Signals
) -> None:
    limits.count("3/hour", "b")
    redis_server[1].send_signal(fault)
    started = time.monotonic()
    answers = [limits.count("3/hour", "b") for _ in range(5)]
    assert answers == [True, True, True, False, False]
    assert time.monotonic() - started < 1.5
    client = redis_app.test_client()
    assert client.get("/account/sign-in").status_code == 200
