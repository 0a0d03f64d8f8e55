"""Telling the people of stopped shifts, and looking after what slipped past a stop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.outbox import handles
from citizen.core.worker import every
from citizen.extensions import db
from citizen.volunteers.queries.stops import reach_of, reached, stopped_with_bookings, unfinished
from citizen.volunteers.services.stops import BATCH, JOB, cancel_reached, tell_stopped


@handles(JOB)
def tell_batch(payload: dict[str, Any]) -> None:
    """The people of up to fifty stopped shifts; run again, it goes on with those who were not told."""
    for shift_id in payload["shifts"]:
        with transaction():
            tell_stopped(shift_id)


@every(timedelta(minutes=1))
def look_after_stops(_payload: dict[str, Any]) -> None:
    """Cancel shifts that were made at the very moment of a stop, and tell people whom no batch reached."""
    now = clock.now()
    for stop in unfinished(now):
        if db.session.execute(reached(reach_of(stop), now=now).limit(1)).first():
            with transaction():
                if stop.lifted_at is None:
                    cancel_reached(stop)
    for shift_id in stopped_with_bookings(BATCH):
        with transaction():
            tell_stopped(shift_id)
