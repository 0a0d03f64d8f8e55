"""Addresses of home visits are forgotten when nobody needs them any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import or_

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.extensions import db
from citizen.volunteers.models import Shift
from citizen.volunteers.rules.care import WIPED_AFTER
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services.care import wipe

BATCH = 500


@every(timedelta(minutes=10))
def wipe_addresses(_payload: dict[str, Any]) -> None:
    """A day after the end of the visit, or once it is cancelled; each in a transaction of its own."""
    now = clock.now()
    over = or_(Shift.ends_at <= now - WIPED_AFTER, Shift.status != ShiftStatus.OPEN)
    due = db.select(Shift.id).where(Shift.care_address != "", over).order_by(Shift.id).limit(BATCH)
    for id_ in db.session.execute(due).scalars().all():
        with transaction():
            wipe(id_, now=now)
