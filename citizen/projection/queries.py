"""Reads of released facts: the only source of everything the public sees of cases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_

from citizen.core import clock
from citizen.core.geo import bbox_around, distance_m
from citizen.extensions import db
from citizen.projection.models import ReleasedFact

NEARBY = "nearby"
#: Candidates looked at before distances are reckoned; more than this many in one street is not expected.
_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Near:
    """A released fact and how far it is, in whole metres."""

    fact: ReleasedFact
    metres: int


def fact(surface: str, number: str) -> ReleasedFact | None:
    """The fact released on ``surface`` under ``number``; None when there is none, or its time is over."""
    query = db.select(ReleasedFact).where(ReleasedFact.surface == surface, ReleasedFact.number == number, _valid())
    return db.session.execute(query).scalar_one_or_none()


def nearby(
    lon: float, lat: float, *, group: str | None = None, metres: float = 250, limit: int = 5
) -> list[Near]:
    """Released open cases within ``metres`` of a place (WGS-84), of the resident group ``group`` if given, nearest first."""
    west, south, east, north = bbox_around(lon, lat, metres)
    query = db.select(ReleasedFact).where(
        ReleasedFact.surface == NEARBY,
        ReleasedFact.lat.between(south, north),
        ReleasedFact.lon.between(west, east),
        _valid(),
    )
    if group is not None:
        query = query.where(ReleasedFact.resident_group == group)
    rows = db.session.execute(query.order_by(ReleasedFact.id.desc()).limit(_CANDIDATES)).scalars().all()
    found = [Near(row, round(distance_m(lon, lat, row.lon or 0.0, row.lat or 0.0))) for row in rows]
    return sorted((near for near in found if near.metres <= metres), key=lambda near: near.metres)[:limit]


def _valid() -> ColumnElement[bool]:
    return or_(ReleasedFact.expires_at.is_(None), ReleasedFact.expires_at > clock.now())
