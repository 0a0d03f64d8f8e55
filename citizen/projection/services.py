"""Writing and withdrawing released facts."""

from __future__ import annotations

from typing import Any

from citizen.core import clock
from citizen.extensions import db
from citizen.projection.models import ReleasedFact


def publish(surface: str, number: str, *, values: dict[str, Any]) -> ReleasedFact:
    """Write the fact of ``number`` on ``surface``, replacing what was released before; ``values`` are its columns.

    Flushes. A column that is not given falls back to its default, so nothing released earlier lives on unnoticed.
    """
    withdraw(surface, number)
    row = ReleasedFact(**{"released_at": clock.now(), **values, "surface": surface, "number": number})
    db.session.add(row)
    db.session.flush()
    return row


def withdraw(surface: str, number: str) -> bool:
    """Delete the fact, so that every public surface forgets it with this transaction; False when there was none."""
    known = db.session.execute(
        db.select(ReleasedFact).where(ReleasedFact.surface == surface, ReleasedFact.number == number).with_for_update()
    ).scalar_one_or_none()
    if known is None:
        return False
    db.session.delete(known)
    db.session.flush()
    return True
