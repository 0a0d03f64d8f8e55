"""Where rows are gathered before they are stored: ids, moments, numbers and events in the order of time."""

from __future__ import annotations

import heapq
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from citizen.core.numbers import ALPHABET
from citizen.demo.chance import scatter
from citizen.demo.worktime import DAY, EAST

_EPOCH_DAY = date(1970, 1, 1).toordinal()


def moment(seconds: int | None) -> datetime | None:
    """The aware moment, or None for None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def sure(seconds: int) -> datetime:
    """The aware moment."""
    return datetime.fromtimestamp(seconds, UTC)


def iso(seconds: int | None) -> str | None:
    """How events write a moment."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def local_day(seconds: int) -> date:
    """The day on the county's calendar."""
    return date.fromordinal(_EPOCH_DAY + (seconds + EAST) // DAY)


def body(index: int, length: int, key: int) -> str:
    """``length`` Crockford characters that no other ``index`` gets."""
    value = scatter(index, 5 * length, key)
    return "".join(ALPHABET[value >> shift & 31] for shift in range(5 * (length - 1), -1, -5))


class Ledger:
    """Rows by table, and events that wait until everything earlier is known."""

    def __init__(self, first_ids: dict[str, int]) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.next_ids = dict(first_ids)
        self._waiting: list[tuple[int, int, tuple[Any, ...]]] = []
        self._order = 0

    def new_id(self, table: str) -> int:
        """The next free id of ``table``."""
        found = self.next_ids[table]
        self.next_ids[table] = found + 1
        return found

    def add(self, table: str, row: dict[str, Any]) -> None:
        """Keep a row; all rows of a table have the same columns."""
        self.rows[table].append(row)

    def note(
        self,
        at: int,
        action: str,
        *,
        of: tuple[str, int],
        actor: tuple[int | None, str],
        states: tuple[str | None, str | None] = (None, None),
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Keep an event of the subject ``of`` (kind, id), as `citizen.core.audit.record` would write
        it at ``at``."""
        self._order += 1
        heapq.heappush(self._waiting, (at, self._order, (action, of, actor, states, detail or {})))

    def events_before(self, end: int | None, limit: int) -> list[dict[str, Any]]:
        """Take the oldest events, all before ``end`` (any when None), at most ``limit``."""
        found: list[dict[str, Any]] = []
        while self._waiting and len(found) < limit and (end is None or self._waiting[0][0] < end):
            at, _order, event = heapq.heappop(self._waiting)
            found.append(_event(at, event))
        return found

    def take(self) -> dict[str, list[dict[str, Any]]]:
        """The rows so far, which are forgotten here."""
        taken, self.rows = self.rows, defaultdict(list)
        return taken


def _event(at: int, event: tuple[Any, ...]) -> dict[str, Any]:
    action, of, actor, states, detail = event
    return {
        "at": datetime.fromtimestamp(at, UTC),
        "actor_id": actor[0],
        "actor_role": actor[1],
        "action": action,
        "subject": of[0],
        "subject_id": of[1],
        "from_state": states[0],
        "to_state": states[1],
        "detail": detail,
    }
