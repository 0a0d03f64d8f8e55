"""Writers stand in a queue instead of getting in each other's way.

SQLite lets one write at a time and makes the others sleep for up to a tenth of a second between tries, so under a rush some
wait past their timeout while the database idles. Here the threads of a process queue for a lock, and one thread of each
process asks for a lock file every millisecond. The database's own locking stays in force beneath: other programs may write.

PostgreSQL lets many write, but with ten threads of a process inside a transaction each holds its rows locked while the
others run: there one of a process writes at a time, until it turns out to wait for something itself. In eight processes of
25 threads on two cores two at a time booked a quarter more places a second than ten, and one a tenth more than two. Whoever
waits here holds no lock yet.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Engine

from citizen.core.errors import Busy
from citizen.core.turnstile import Turnstile

STEP_SECONDS = 0.001
_locks: dict[str, Lock] = {}
_turnstile = Turnstile()
_opening = Lock()


@contextmanager
def turn(engine: Engine, *, patience: float) -> Iterator[None]:
    """Hold the one right to write to ``engine``'s SQLite database, or be the one of this process that writes elsewhere.

    Raises Busy after ``patience`` seconds. The lock file ends with the process that holds it, however it ends.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite":
        with _turnstile.passing(patience=patience):
            yield
    elif not path or path == ":memory:":
        yield
    else:
        with _alone(path, patience):
            yield


@contextmanager
def _alone(path: str, patience: float) -> Iterator[None]:
    with _opening:
        lock = _locks.setdefault(path, Lock())
    deadline = time.monotonic() + patience
    if not lock.acquire(timeout=patience):
        raise Busy()
    try:
        file = os.open(f"{path}-turn", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _wait(file, deadline)
            yield
        finally:
            os.close(file)
    finally:
        lock.release()


def _wait(file: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Busy() from None
            time.sleep(STEP_SECONDS)
