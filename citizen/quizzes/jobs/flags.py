"""Looking for odd attempts at challenges; what is found waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.quizzes.queries.flags import challenges_since
from citizen.quizzes.services.flags import WINDOW, odd, write_down


@every(timedelta(minutes=10))
def look_at_challenges(_payload: dict[str, Any]) -> None:
    """Each challenge at which somebody got a result within the last day, what is found in a transaction of its own."""
    now = clock.now()
    for quiz_id in challenges_since(now - WINDOW):
        found = odd(quiz_id, now=now)
        if found:
            with transaction():
                write_down(found)
