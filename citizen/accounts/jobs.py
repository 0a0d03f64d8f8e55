"""Once a day the whole chain of events is checked; the audit page shows the result."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from flask import current_app

from citizen.core import anchors
from citizen.core.worker import every

log = logging.getLogger(__name__)


@every(timedelta(days=1))
def check_chain(_payload: dict[str, Any]) -> None:
    """Check every event against the chain and the anchors; what is wrong is logged too."""
    settings = current_app.config["SETTINGS"]
    for finding in anchors.check(settings.data_dir / "audit", settings.secret_bytes):
        log.error("event %s of the chain: %s: %s", finding.event_id, finding.kind, finding.explanation)
