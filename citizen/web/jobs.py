"""Housekeeping that time calls for: anchoring the chain of events, forgetting what has expired."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app

from citizen.core import anchors, clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.web import idempotency, limits, sessions


@every(timedelta(hours=1))
def anchor(_payload: dict[str, Any]) -> None:
    """Write the chain's head outside the database, at least once a day whatever happens."""
    settings = current_app.config["SETTINGS"]
    anchors.write_anchor(settings.data_dir / "audit", settings.secret_bytes)


@every(timedelta(hours=1))
def sweep(_payload: dict[str, Any]) -> None:
    """Forget expired sessions, counts and stored answers."""
    now = clock.now()
    with transaction():
        sessions.sweep(now)
        limits.sweep()
        idempotency.sweep(now)
