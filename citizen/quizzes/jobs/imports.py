"""Imports do not stay for ever: what was taken over is in the bank, and what was not is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.quizzes.services.importing import sweep


@every(timedelta(days=1))
def sweep_imports(_payload: dict[str, Any]) -> None:
    """Forget imports older than thirty days."""
    with transaction():
        sweep(clock.now())
