"""What time itself does to rounds: those that nobody ended are over, old ones are deleted with what phones answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.quizzes.queries.live import forgotten
from citizen.quizzes.services import live

BATCH = 100


@every(timedelta(minutes=30))
def end_rounds(_payload: dict[str, Any]) -> None:
    """End the rounds that their hosts forgot; run twice, each ends once."""
    for round_id in forgotten(clock.now(), most=BATCH):
        with transaction():
            live.expire(round_id)


@every(timedelta(days=1))
def delete_rounds(_payload: dict[str, Any]) -> None:
    """Delete old rounds and their answers."""
    with transaction():
        live.delete_old(clock.now())
