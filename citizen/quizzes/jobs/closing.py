"""Quizzes close by the clock, and their boards become final."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.quizzes.queries.desk import open_ids, to_close
from citizen.quizzes.queries.drawing import grace
from citizen.quizzes.services.attempts import expire
from citizen.quizzes.services.closing import close_due

BATCH = 50

log = logging.getLogger(__name__)


@every(timedelta(minutes=1))
def close_quizzes(_payload: dict[str, Any]) -> None:
    """Hand in what still goes on at quizzes whose time is over, then close them; each step in its own transaction.

    One quiz that cannot be closed stops no other; what was wrong is raised at the end, so that the job shows as failed.
    """
    failure: Exception | None = None
    for quiz_id in to_close(clock.now(), grace=grace(), most=BATCH):
        failure = _close(quiz_id) or failure
    if failure is not None:
        raise failure


def _close(quiz_id: int) -> Exception | None:
    """What kept an attempt from being handed in or the quiz from being closed; the quiz waits for its last attempt."""
    failure: Exception | None = None
    for act, id_ in (*((expire, attempt_id) for attempt_id in open_ids(quiz_id)), (close_due, quiz_id)):
        try:
            with transaction():
                act(id_)
        except Exception as error:  # whatever it is, it must not keep all later quizzes open for ever
            log.exception("%s of %s failed while quiz %s closed", act.__name__, id_, quiz_id)
            failure = error
    return failure
