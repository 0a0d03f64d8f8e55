"""Quizzes close by the clock, and their boards become final."""

from __future__ import annotations

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


@every(timedelta(minutes=1))
def close_quizzes(_payload: dict[str, Any]) -> None:
    """Hand in what still goes on at quizzes whose time is over, then close them; each step in its own transaction."""
    for quiz_id in to_close(clock.now(), grace=grace(), most=BATCH):
        for attempt_id in open_ids(quiz_id):
            with transaction():
                expire(attempt_id)
        with transaction():
            close_due(quiz_id)
