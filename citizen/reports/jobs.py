"""Background work of reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.core import clock
from citizen.core.database import locked, transaction
from citizen.core.worker import every
from citizen.reports.models import Draft
from citizen.reports.queries import stale_drafts
from citizen.reports.rules import is_stale
from citizen.reports.services.drafts import drop


@every(timedelta(hours=6))
def sweep_drafts(_payload: dict[str, Any]) -> None:
    """Forget abandoned drafts after thirty days with their photos, and sent ones after a week.

    One short transaction for each draft, so that a long list holds nobody up and a crash loses nothing.
    """
    now = clock.now()
    while stale := stale_drafts(now):
        for draft_id in stale:
            with transaction():
                draft = locked(Draft, Draft.id == draft_id)
                if draft is not None and is_stale(draft.report_id is not None, draft.updated_at, now=now):
                    drop(draft)
