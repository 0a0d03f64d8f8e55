"""Addresses of those who objected to hours are forgotten when nobody needs them any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.extensions import db
from citizen.volunteers.models import HoursObjection
from citizen.volunteers.rules.hours import CONTACT_KEPT


@every(timedelta(hours=6))
def forget_contacts(_payload: dict[str, Any]) -> None:
    """Ninety days after the decision; the objection itself stays with its entry."""
    over = (HoursObjection.contact != "", HoursObjection.decided_at <= clock.now() - CONTACT_KEPT)
    with transaction() as session:
        session.execute(db.update(HoursObjection).where(*over).values(contact=""))
