"""Reads about who is responsible where, from a snapshot that every process keeps until the content changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from flask import current_app, g, has_request_context
from shapely import union_all
from shapely.geometry import mapping, shape

from citizen.core.territory import Territory
from citizen.departments.calendar import Season, WorkingCalendar, calendar_from_rows
from citizen.departments.models import Area, CalendarVersion, ContentStamp, Grid, Point, Unit
from citizen.extensions import db


@dataclass(frozen=True, slots=True)
class Directory:
    """Units, areas, grids and points by code, the county's shape and the calendar in force; read-only rows."""

    stamp: str
    units: dict[str, Unit]
    areas: dict[str, Area]
    grids: dict[str, Grid]
    points: dict[str, Point]
    territory: Territory
    calendar: WorkingCalendar
    county_ring: dict[str, Any]


#: Built once, and asked without the mapper: nearly every page begins with it.
_STAMPS: Any = ContentStamp.__table__
_STAMP = db.select(_STAMPS.c.stamp).where(_STAMPS.c.id == 1)


def directory() -> Directory:
    """The present snapshot; asks the database once a request whether it changed. Raises LookupError on an empty county."""
    if has_request_context() and "directory" in g:
        found: Directory = g.directory
        return found
    stamp: str | None = db.session.connection().execute(_STAMP).scalar()
    if stamp is None:
        raise LookupError("no county is loaded; run `flask departments import` or `flask demo load`")
    cached: Directory | None = current_app.extensions.get("citizen_directory")
    if cached is None or cached.stamp != stamp:
        cached = _load(stamp)
        current_app.extensions["citizen_directory"] = cached
    if has_request_context():
        g.directory = cached
    return cached


def _load(stamp: str) -> Directory:
    def by_code(model: Any, *order: Any) -> dict[str, Any]:
        rows = db.session.execute(db.select(model).order_by(*order)).scalars().all()
        for row in rows:
            db.session.expunge(row)
        return {row.code: row for row in rows}

    areas = by_code(Area, Area.sort)
    grids = by_code(Grid, Grid.code)
    # Neighbouring areas share their border's points exactly, so their union has no seams.
    county = mapping(union_all([shape(area.geometry) for area in areas.values()]))
    return Directory(
        stamp=stamp,
        units=by_code(Unit, Unit.sort),
        areas=areas,
        grids=grids,
        points=by_code(Point, Point.code),
        territory=Territory(
            county,
            {code: area.geometry for code, area in areas.items()},
            {code: grid.geometry for code, grid in grids.items()},
        ),
        calendar=_calendar(),
        county_ring=county,
    )


def _calendar() -> WorkingCalendar:
    row = db.session.execute(db.select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(1)).scalar_one()
    return calendar_of(row.data, row.version)


def calendar_of(data: dict[str, Any], version: str) -> WorkingCalendar:
    """The working calendar that a stored edition describes."""
    seasons = tuple(
        Season(
            _month_day(season["from"]),
            _month_day(season["to"]),
            tuple((_time(a), _time(b)) for a, b in season["periods"]),
        )
        for season in data["working_hours"]
    )
    return calendar_from_rows(data["days"], version, seasons)


def _month_day(text: str) -> tuple[int, int]:
    return int(text[:2]), int(text[3:])


def _time(text: str) -> time:
    return time.fromisoformat(text)


def calendar_runs_out(today: date) -> int | None:
    """Days until the calendar in force ends when fewer than sixty are left, else None."""
    return directory().calendar.warn_days_left(today)
