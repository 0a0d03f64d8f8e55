"""Every day the patterns make the shifts of one more day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.volunteers.queries.templates import due_templates
from citizen.volunteers.services.templates import horizon, lock_template, make_shifts


@every(timedelta(days=1))
def make_coming_shifts(_payload: dict[str, Any]) -> None:
    """Keep the shifts of all patterns made for the horizon; each pattern is a transaction of its own."""
    today = clock.today()
    for template_id in due_templates(today):
        with transaction():
            make_shifts(lock_template(template_id), horizon(today))
