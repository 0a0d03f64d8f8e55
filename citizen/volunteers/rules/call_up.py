"""Whom to ask first when a shift lacks people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from citizen.core.clock import local


def time_code(starts_at: datetime) -> str:
    """The code of `rules.volunteers.TIMES` in which a shift begins; before noon, before six in the evening, later."""
    moment = local(starts_at)
    days = "weekend" if moment.weekday() >= 5 else "workday"
    part = "morning" if moment.hour < 12 else "afternoon" if moment.hour < 18 else "evening"
    return f"{days}_{part}"


def fitness(*, areas: Collection[str], times: Collection[str], area: str, time: str) -> int:
    """How well a shift suits what somebody told of themselves: 2 for the area, 1 for the time of the week."""
    return 2 * (area in areas) + (time in times)
