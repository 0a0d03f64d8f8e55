"""The worker: runs due jobs one after another, and once a minute writes down the jobs that time itself calls for."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import FrameType

from citizen.core import clock, outbox
from citizen.core.database import transaction
from citizen.extensions import db

log = logging.getLogger(__name__)

#: Kind of job → how often it runs. However many workers there are, a slot's dedupe key lets each run once.
periodic: dict[str, timedelta] = {}


def every(interval: timedelta) -> Callable[[outbox.Handler], outbox.Handler]:
    """Run the decorated handler once per ``interval``; its payload is empty."""

    def register(function: outbox.Handler) -> outbox.Handler:
        kind = f"periodic.{function.__module__.split('.')[1]}.{function.__name__}"
        periodic[kind] = interval
        return outbox.handles(kind)(function)

    return register


def schedule(now: datetime) -> None:
    """Write down each periodic job of the present slot, unless it is there already."""
    with transaction():
        for kind, interval in periodic.items():
            slot = int(now.timestamp() // interval.total_seconds())
            outbox.enqueue(kind, {}, dedupe_key=f"{kind}:{slot}")
        outbox.sweep(now)


def run_until_idle(limit: int = 100_000) -> int:
    """Run every job that is due now, including those that they add; returns how many ran."""
    for done in range(limit):
        job = outbox.lease()
        if job is None:
            return done
        _run(job)
    return limit


def _run(job: outbox.Job) -> None:
    if not outbox.run(job):
        log.warning("job %s (%s) failed, attempt %s", job.id, job.kind, job.attempts)
    db.session.rollback()


class Worker:
    """Runs until it is told to stop; a job in hand is finished first."""

    def __init__(self, *, pause: float = 0.5) -> None:
        self._pause = pause
        self._stopping = False

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Finish the job in hand, then stop."""
        self._stopping = True

    def run(self) -> None:
        """Work until stopped by SIGTERM or SIGINT. A failing database is waited for, not died of."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        next_schedule = 0.0
        while not self._stopping:
            try:
                if time.monotonic() >= next_schedule:
                    schedule(clock.now())
                    next_schedule = time.monotonic() + 60
                job = outbox.lease()
                if job is not None:
                    _run(job)
                    continue
            except Exception:  # whatever the database says, the next try may succeed
                log.exception("the worker could not reach its queue")
                time.sleep(2)
            finally:
                db.session.remove()
            time.sleep(self._pause)
