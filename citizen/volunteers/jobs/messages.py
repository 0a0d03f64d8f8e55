"""Putting what volunteers are told into words."""

from __future__ import annotations

from typing import Any

from citizen.core.database import transaction
from citizen.core.outbox import handles
from citizen.volunteers.services.messages import deliver


@handles("volunteers.say")
def say(payload: dict[str, Any]) -> None:
    """Write the message for each of the reader's addresses; run twice, it is written once."""
    with transaction():
        deliver(payload)
