"""Reminders: every five minutes a look at what begins within the next thirty hours.

No job is written down when somebody books: a cancelled or moved booking leaves nothing behind that would have to be found and
taken back, and a worker that slept catches up on whatever is still to come.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.volunteers.queries.reminders import announced, coming_soon
from citizen.volunteers.rules.reminders import due, key_of
from citizen.volunteers.services.messages import dedupe_key
from citizen.volunteers.services.reminders import remind

BATCH = 100


@every(timedelta(minutes=5))
def send_reminders(_payload: dict[str, Any]) -> None:
    """Remind everybody who is due; run twice, everybody is reminded once."""
    now = clock.now()
    wanted: dict[str, int] = {}
    for row in coming_soon(now):
        reminder = due(row.starts_at, sure_since=row.sure_since, now=now)
        if reminder is not None:
            wanted[dedupe_key(key_of(reminder, row.booking_id, starts_at=row.starts_at))] = row.booking_id
    known = announced(wanted)
    todo = iter([booking_id for key, booking_id in wanted.items() if key not in known])
    while batch := list(islice(todo, BATCH)):
        with transaction():
            for booking_id in batch:
                remind(booking_id, now=now)
