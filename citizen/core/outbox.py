"""The outbox: work that must happen after a commit, written as rows in the same commit.

A worker leases a row, runs its handler and marks it done. A worker that dies loses its lease, so another runs the job
again: handlers must be idempotent. A job that keeps failing is parked and stops nobody.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core import clock
from citizen.core.database import UtcDateTime, transaction
from citizen.extensions import Base, db

LEASE = timedelta(seconds=45)
MAX_ATTEMPTS = 5
#: Seconds before the second, third … attempt.
BACK_OFF = (2, 10, 60, 300)

Handler = Callable[[dict[str, Any]], None]
handlers: dict[str, Handler] = {}


class JobState(StrEnum):
    """Where a job stands."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    PARKED = "parked"


class Job(Base):
    """One piece of work to do at or after ``run_at``."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("dedupe_key"), Index("ix_jobs_next", "state", "run_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: At most one job, ever, holds a given key.
    dedupe_key: Mapped[str | None] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), default=JobState.READY)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


#: By dialect; `Job.__table__` instead of the class spares the mapper's work, which is most of it, and nobody asks for the id.
ADD = {
    name: dialect.insert(Job.__table__).inline().on_conflict_do_nothing(index_elements=[Job.__table__.c.dedupe_key])
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of jobs of ``kind``; it must be idempotent."""

    def register(function: Handler) -> Handler:
        if handlers.setdefault(kind, function) is not function:
            raise RuntimeError(f"two handlers for {kind}")
        return function

    return register


def enqueue(
    kind: str, payload: dict[str, Any], *, dedupe_key: str | None = None, run_at: datetime | None = None
) -> None:
    """Add a job in the current transaction; nothing happens when a job with ``dedupe_key`` exists already.

    One statement for both: somebody else's transaction may be adding the same job, and a look before would not see it.
    """
    add(job_row(kind, payload, dedupe_key=dedupe_key, run_at=run_at))


def add(row: dict[str, Any]) -> None:
    """Add a job made by `job_row`, as `enqueue` does."""
    db.session.connection().execute(ADD[db.engine.dialect.name], row)


def job_row(
    kind: str, payload: dict[str, Any], *, dedupe_key: str | None = None, run_at: datetime | None = None
) -> dict[str, Any]:
    """The columns of a job that `ADD` fills, for whoever sends it along with something else."""
    moment = clock.now()
    return {
        "kind": kind,
        "payload": payload,
        "dedupe_key": dedupe_key,
        "state": JobState.READY,
        "run_at": run_at or moment,
        "attempts": 0,
        "created_at": moment,
    }


def lease() -> Job | None:
    """Take the next due job for this worker (its own or one whose lease ran out), or None when nothing is due."""
    moment = clock.now()
    due = or_(
        (Job.state == JobState.READY) & (Job.run_at <= moment),
        (Job.state == JobState.LEASED) & (Job.leased_until <= moment),
    )
    if db.session.execute(db.select(Job.id).where(due).limit(1)).first() is None:
        db.session.rollback()
        return None
    with transaction() as session:
        query = db.select(Job).where(due).order_by(Job.run_at, Job.id).limit(1).with_for_update(skip_locked=True)
        job: Job | None = session.execute(query).scalar_one_or_none()
        if job is None:
            return None
        job.state, job.lease_token = JobState.LEASED, secrets.token_hex(8)
        job.leased_until, job.attempts = moment + LEASE, job.attempts + 1
        session.flush()
        session.expunge(job)
        return job


def run(job: Job) -> bool:
    """Run one leased job; returns whether it succeeded. A failure is stored, delayed, and parked after five tries.

    A job that killed its worker as often as it may fail is parked without being run again.
    """
    if job.attempts > MAX_ATTEMPTS:
        _finish(job, JobState.PARKED, error=job.last_error or "the worker died on every attempt")
        return False
    try:
        handlers[job.kind](job.payload)
    except Exception as error:  # a handler's failure, whatever it is, must not stop the queue
        db.session.rollback()
        _finish(job, JobState.PARKED if job.attempts >= MAX_ATTEMPTS else JobState.READY, error=repr(error)[:2000])
        return False
    _finish(job, JobState.DONE)
    return True


def _finish(job: Job, state: JobState, *, error: str | None = None) -> None:
    moment = clock.now()
    delay = BACK_OFF[min(job.attempts, len(BACK_OFF)) - 1] if state is JobState.READY else 0
    values: dict[str, Any] = {"state": state, "lease_token": None, "leased_until": None, "last_error": error}
    values["run_at"] = moment + timedelta(seconds=delay)
    if state is JobState.DONE:
        # What was in it, an address perhaps, is not needed any more and must not lie about.
        values |= {"done_at": moment, "payload": {}}
    with transaction() as session:
        # The token fences off a worker that lost its lease while it worked.
        session.execute(update(Job).where(Job.id == job.id, Job.lease_token == job.lease_token).values(**values))


def sweep(now: datetime) -> None:
    """Forget jobs done more than a week ago, inside the current transaction; parked ones stay for people to read."""
    db.session.execute(db.delete(Job).where(Job.state == JobState.DONE, Job.done_at < now - timedelta(days=7)))
