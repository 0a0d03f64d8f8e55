"""Marking many attempts again, a batch at a time, and telling those whose result changed."""

from __future__ import annotations

from typing import Any

from citizen.core.database import transaction
from citizen.core.outbox import handles
from citizen.quizzes.services import telling
from citizen.quizzes.services.remarking import JOB, remark


@handles(JOB)
def remark_batch(payload: dict[str, Any]) -> None:
    """One batch; it writes down the next one in the same transaction."""
    with transaction():
        remark(payload["correction"], after=payload["after"], late=payload["late"])


@handles(telling.JOB)
def tell_corrected(payload: dict[str, Any]) -> None:
    """The people of some attempts; run again, it tells nobody twice."""
    with transaction():
        telling.deliver(payload)
