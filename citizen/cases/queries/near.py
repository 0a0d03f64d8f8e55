"""Other cases nearby that may be the same problem."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from citizen.cases.models import Case
from citizen.cases.rules import NEAR_METRES, NEAR_WITHIN, OPEN, STRONG_METRES, CaseState
from citizen.core.geo import bbox_around, distance_m
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.reports.queries import chosen_category

#: The newest cases that are looked at in each grid: a bound on the work, far above a month of the busiest grid.
_PER_GRID = 300
_NOT_WORTH = (CaseState.MERGED, CaseState.REJECTED, CaseState.WITHDRAWN, CaseState.REFERRED)


@dataclass(frozen=True, slots=True)
class Near:
    """A case nearby: metres away, of the same category or only of the same group."""

    case: Case
    metres: int
    same_category: bool

    @property
    def strong(self) -> bool:
        """Whether it is very likely the same: open, and within fifty metres."""
        return self.metres <= STRONG_METRES and self.case.state in OPEN


def near(case: Case, *, limit: int = 6) -> list[Near]:
    """Cases of the same group within 250 m and 30 days, nearest first; none for a case without coordinates."""
    found = _candidates(case)
    own = _group(case)
    rows = [
        Near(other, metres, other.category_code == case.category_code)
        for other, metres in ((other, _metres(case, other)) for other in found)
        if metres <= NEAR_METRES and (own is None or _group(other) in (None, own))
    ]
    return sorted(rows, key=lambda row: (not row.strong, row.metres, row.case.id))[:limit]


def strong_duplicates(case: Case, *, category_code: str) -> list[Case]:
    """Accepted, still open cases of ``category_code`` within fifty metres: what acceptance must not pass by unseen."""
    return [
        other
        for other in _candidates(case)
        if other.category_code == category_code
        and other.state in OPEN - {CaseState.SUBMITTED, CaseState.NEED_INFO}
        and _metres(case, other) <= STRONG_METRES
    ]


def _candidates(case: Case) -> list[Case]:
    if case.lon is None or case.lat is None:
        return []
    west, south, east, north = bbox_around(case.lon, case.lat, NEAR_METRES)
    since = case.received_at - NEAR_WITHIN
    parts = [_newest(grid, since) for grid in _grids((west, south, east, north), case.grid_code)]
    inside = (Case.lon.between(west, east), Case.lat.between(south, north))
    query = db.select(Case).where(
        Case.id.in_(db.union_all(*parts)), Case.id != case.id, Case.state.not_in(_NOT_WORTH), *inside
    )
    return list(db.session.execute(query).scalars())


def _newest(grid: str | None, since: datetime) -> Any:
    """The ids of the newest cases of one grid; each part is answered from the index (grid_code, received_at)."""
    query = db.select(Case.id).where(Case.grid_code == grid, Case.received_at >= since)
    return db.select(query.order_by(Case.received_at.desc()).limit(_PER_GRID).subquery().c.id)


def _grids(box: tuple[float, float, float, float], own: str | None) -> list[str | None]:
    """The grids that the box touches, sampled at nine places; None stands for places outside every grid."""
    west, south, east, north = box
    territory = directory().territory
    found: dict[str | None, None] = {own: None}
    for lon in (west, (west + east) / 2, east):
        for lat in (south, (south + north) / 2, north):
            place = territory.locate(lon, lat)
            if place is not None:
                found[place.grid] = None
    return list(found)


def _metres(one: Case, other: Case) -> int:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return NEAR_METRES + 1
    return round(distance_m(one.lon, one.lat, other.lon, other.lat))


def _group(case: Case) -> str | None:
    category = chosen_category(case.category_code)
    return category.resident_group if category else None
