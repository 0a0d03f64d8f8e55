"""Releasing facts to the public and taking them back: the only writers of the public projection."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text

from citizen.core import clock
from citizen.extensions import db
from citizen.projection.models import ReleasedFact, ReleasedFigures


def publish(surface: str, number: str, *, values: dict[str, Any]) -> ReleasedFact:
    """Write the fact of ``number`` on ``surface``, replacing what was released before; ``values`` are its
    columns.

    Flushes. A column that is not given falls back to its default, so nothing released earlier lives on
    unnoticed.
    """
    withdraw(surface, number)
    row = ReleasedFact(**{"released_at": clock.now(), **values, "surface": surface, "number": number})
    db.session.add(row)
    db.session.flush()
    touch(surface)
    return row


def withdraw(surface: str, number: str) -> bool:
    """Delete the fact, so that every public surface forgets it with this transaction; False when there was
    none.
    """
    known = db.session.execute(
        db.select(ReleasedFact).where(ReleasedFact.surface == surface, ReleasedFact.number == number).with_for_update()
    ).scalar_one_or_none()
    if known is None:
        return False
    db.session.delete(known)
    db.session.flush()
    touch(surface)
    return True


def release_figures(name: str, data: dict[str, Any], *, as_of: datetime) -> None:
    """Replace the public figures called ``name``. Flushes."""
    db.session.merge(ReleasedFigures(name=name, data=data, as_of=as_of))
    db.session.flush()


def touch(surface: str) -> None:
    """Let every process forget the pages that it made from this surface; one atomic statement.

    For facts that were written in bulk; `publish` and `withdraw` do it themselves.
    """
    statement = text(
        "INSERT INTO projection_stamps (surface, number) VALUES (:surface, 1) "
        "ON CONFLICT (surface) DO UPDATE SET number = projection_stamps.number + 1"
    )
    db.session.execute(statement, {"surface": surface})
