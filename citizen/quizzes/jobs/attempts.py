"""What time itself does to attempts: those whose time is over are handed in, those of strangers are forgotten one day."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.extensions import db
from citizen.quizzes.models import Attempt
from citizen.quizzes.queries.taking import overdue
from citizen.quizzes.rules.attempts import KEEP_ANONYMOUS
from citizen.quizzes.services.attempts import expire

log = logging.getLogger(__name__)

#: So many in one run; the rest waits a minute, so that no run holds up the worker for long.
MOST = 1_000
BATCH = 200


@every(timedelta(minutes=1))
def expire_attempts(_payload: dict[str, Any]) -> None:
    """Hand in what is overdue, each attempt in a transaction of its own; whoever was faster leaves nothing to do.

    One that cannot be marked stops no other; it is raised at the end, so that the job shows as failed.
    """
    failure: Exception | None = None
    for attempt_id in overdue(clock.now(), most=MOST):
        try:
            with transaction():
                expire(attempt_id)
        except Exception as error:  # whatever it is, it must not keep all later attempts open for ever
            log.exception("attempt %s could not be handed in", attempt_id)
            failure = error
    if failure is not None:
        raise failure


@every(timedelta(hours=1))
def forget_strangers(_payload: dict[str, Any]) -> None:
    """Delete attempts without an account that ended long enough ago, with their answers."""
    before = clock.now() - KEEP_ANONYMOUS
    old = db.select(Attempt.id).where(Attempt.person_id.is_(None), Attempt.submitted_at < before)
    for _batch in range(MOST // BATCH):
        with transaction():
            ids = db.session.execute(old.order_by(Attempt.submitted_at).limit(BATCH)).scalars().all()
            db.session.execute(db.delete(Attempt).where(Attempt.id.in_(ids)))
        if len(ids) < BATCH:
            return
