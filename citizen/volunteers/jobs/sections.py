"""Seasons end by themselves, so that a section becomes free on the day after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.extensions import db
from citizen.volunteers.models import Adoption
from citizen.volunteers.rules.sections import HELD
from citizen.volunteers.services.adoptions import finish

BATCH = 200


@every(timedelta(hours=1))
def end_seasons(_payload: dict[str, Any]) -> None:
    """End seasons whose last day has passed, and requests that nobody decided before theirs; each in its own transaction."""
    today = clock.today()
    due = db.select(Adoption.id).where(Adoption.state.in_(HELD), Adoption.until_day < today).order_by(Adoption.id)
    for id_ in db.session.execute(due.limit(BATCH)).scalars().all():
        with transaction():
            finish(id_, today)
