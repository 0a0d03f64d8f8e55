"""What time itself does to the boards, and the figures of the home page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from citizen.boards.queries import public_figures
from citizen.boards.services import candidates, entries
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.worker import every
from citizen.projection.services import release_figures

#: The name under which the home page's figures are released.
FIGURES = "last-30-days"


@every(timedelta(minutes=5))
def keep_boards_true(_payload: dict[str, Any]) -> None:
    """Take off what has expired, and let shown entries follow their cases."""
    with transaction():
        entries.expire_due()
    with transaction():
        entries.recall_unmasked()
    with transaction():
        entries.refresh_due()


@every(timedelta(hours=1))
def propose_overdue(_payload: dict[str, Any]) -> None:
    """Propose overdue cases to the office."""
    with transaction():
        candidates.propose_overdue()


@every(timedelta(minutes=5))
def work_out_figures(_payload: dict[str, Any]) -> None:
    """Work out the home page's figures once for everybody."""
    data, as_of = public_figures(), clock.now()
    with transaction():
        release_figures(FIGURES, data, as_of=as_of)
