"""The one place that reads the clock, so that tests can hold it still."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: The county's wall clock. Days, deadlines and printed times follow it whatever the server's zone is.
COUNTY_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment on the county's wall clock."""
    return moment.astimezone(COUNTY_ZONE)


def today() -> date:
    """The present day in the county."""
    return local(now()).date()
