"""The statistics of questions, once an hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock, outbox
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.quizzes.queries.statistics import due
from citizen.quizzes.services.statistics import recompute

JOB = "quizzes.statistics"
#: So many versions of at most 5,000 samples each are done well within the lease of a job.
BATCH = 20


@every(timedelta(hours=1))
def find_new_results(_payload: dict[str, Any]) -> None:
    """Hand out the versions with new results in batches."""
    now = clock.now()
    found, slot = due(now), int(now.timestamp() // 3_600)
    with transaction():
        for start in range(0, len(found), BATCH):
            outbox.enqueue(JOB, {"versions": found[start : start + BATCH]}, dedupe_key=f"{JOB}:{slot}:{start}")


@outbox.handles(JOB)
def recompute_batch(payload: dict[str, Any]) -> None:
    """Compute some versions anew, each in its own transaction."""
    for version_id in payload["versions"]:
        with transaction():
            recompute([version_id])
