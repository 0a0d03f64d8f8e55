"""What this process saw of a shift's places when it last locked it: whether a look is worth it before one waits in line."""

from __future__ import annotations

from time import monotonic

from citizen.extensions import db
from citizen.volunteers.models import Shift

#: With more places left than this the next one who asks gets one, as good as always.
FEW = 20
BELIEVED_SECONDS = 60.0
#: Shift → whether its places were few, and until when that is believed.
_seen: dict[int, tuple[bool, float]] = {}


def note_places(shift: Shift) -> None:
    """Remember for a minute whether a locked shift's places are few."""
    _seen[shift.id] = (shift.free <= FEW, monotonic() + BELIEVED_SECONDS)
    if len(_seen) > 1_000:
        _forget()


def may_be_full(shift_id: int) -> bool:
    """Whether the shift's places were few within the last minute.

    Of a shift that nobody of this process saw: on SQLite yes, where a look costs little and all who write stand in one queue;
    on PostgreSQL no, where a look costs as much as the lock. In a race for small shifts to look at unseen ones booked a seventh
    more on SQLite, and nothing more on PostgreSQL.
    """
    few, until = _seen.get(shift_id, (False, 0.0))
    return few if until > monotonic() else db.engine.dialect.name == "sqlite"


def _forget() -> None:
    """Drop what is not believed any more; other threads may be noting at the same time."""
    now = monotonic()
    for shift_id, (_few, until) in list(_seen.items()):
        if until <= now:
            _seen.pop(shift_id, None)
