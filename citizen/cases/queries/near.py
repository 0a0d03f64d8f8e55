"""Other cases nearby that may be the same problem."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Select, String, bindparam

from citizen.cases.models import Case
from citizen.cases.rules import NEAR_METRES, NEAR_WITHIN, OPEN, STRONG_METRES, CaseState
from citizen.core.database import UtcDateTime
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
    touched = _grids((west, south, east, north), case.grid_code)
    grids = {f"grid{number}": grid for number, grid in enumerate(grid for grid in touched if grid is not None)}
    values = {"west": west, "south": south, "east": east, "north": north, "own": case.id, **grids}
    values["since"] = case.received_at - NEAR_WITHIN
    return list(db.session.execute(_statement(len(grids), None in touched), values).scalars())


@lru_cache(maxsize=64)
def _statement(grids: int, outside: bool) -> Select[Any]:
    """The cases of so many grids, and of none, inside a box; built once for each number, since building costs the most."""
    parts = [_newest(Case.grid_code == bindparam(f"grid{number}", type_=String())) for number in range(grids)]
    if outside:
        parts.append(_newest(Case.grid_code.is_(None)))
    east_west = Case.lon.between(bindparam("west", type_=Float()), bindparam("east", type_=Float()))
    north_south = Case.lat.between(bindparam("south", type_=Float()), bindparam("north", type_=Float()))
    other = Case.id != bindparam("own", type_=Integer())
    query: Select[Any] = db.select(Case).where(
        Case.id.in_(db.union_all(*parts)), other, Case.state.not_in(_NOT_WORTH), east_west, north_south
    )
    return query


def _newest(of_grid: ColumnElement[bool]) -> Any:
    """The ids of the newest cases of one grid; each part is answered from the index (grid_code, received_at)."""
    query = db.select(Case.id).where(of_grid, Case.received_at >= bindparam("since", type_=UtcDateTime()))
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
