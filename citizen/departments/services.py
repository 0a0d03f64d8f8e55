"""Loading and changing who is responsible where."""

from __future__ import annotations

import secrets
from typing import Any

from citizen.core import clock
from citizen.core.content import Content, to_traditional
from citizen.departments.models import Area, CalendarVersion, ContentStamp, Grid, Point, Unit
from citizen.extensions import db


def import_county(files: Content) -> dict[str, int]:
    """Write units, areas, grids, points and the calendar of a county's folder, replacing rows of the same code.

    Returns how many of each were written. Flushes; the caller's transaction commits.
    """
    geo = files.yaml("county.geojson")["features"] if (files.folder / "county.geojson").exists() else []
    roster = files.yaml("units.yaml")
    rows: list[Any] = [*_departments(roster), *_area_units(geo, roster)]
    units = len(rows)
    _merge(rows)
    areas = [_area(feature, index) for index, feature in enumerate(_of(geo, "area"))]
    _merge(areas)
    helpers = {unit["helper_grid"]: unit["code"] for unit in roster["units"] if unit.get("helper_grid")}
    grids = [_grid(feature, helpers) for feature in _of(geo, "grid")]
    _merge(grids)
    types = {row["code"]: row for row in files.yaml("point_types.yaml")["point_types"]}
    points = [_point(feature, types) for feature in _of(geo, "point")]
    _merge(points)
    add_calendar(files)
    touch()
    return {"units": units, "areas": len(areas), "grids": len(grids), "points": len(points)}


def touch() -> None:
    """Tell every process that the content changed."""
    db.session.merge(ContentStamp(id=1, stamp=secrets.token_hex(8)))
    db.session.flush()


def add_calendar(files: Content) -> None:
    """Add the folder's holidays and working hours as a new edition, unless the newest says the same."""
    data = {
        "days": [{"date": row["date"], "kind": row["kind"]} for row in files.rows("holidays.csv")],
        "working_hours": files.site["working_hours"],
    }
    newest = db.session.execute(db.select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(1)).scalar()
    if newest is None or newest.data != data:
        moment = clock.now()
        db.session.add(CalendarVersion(version=moment.strftime("%Y%m%d%H%M%S"), data=data, created_at=moment))
    db.session.flush()


def _merge(rows: list[Any]) -> None:
    for row in rows:
        db.session.merge(row)
    db.session.flush()


def _of(features: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [feature for feature in features if feature["properties"]["kind"] == kind]


def _names(prefix: str, hans: str, en: str) -> dict[str, str]:
    return {f"{prefix}_hans": hans, f"{prefix}_hant": to_traditional(hans), f"{prefix}_en": en}


def _departments(roster: dict[str, Any]) -> list[Unit]:
    return [
        Unit(
            code=row["code"],
            kind=row.get("kind", "department"),
            phone=row.get("phone", ""),
            sort=index,
            **_names("name", row["zh"], row["en"]),
            **_names("short", row.get("short_zh") or row["zh"], row.get("short_en") or row["en"]),
            **_names("scope", row.get("scope_zh", ""), row.get("scope_en", "")),
        )
        for index, row in enumerate(roster["units"])
    ]


def _area_units(features: list[dict[str, Any]], roster: dict[str, Any]) -> list[Unit]:
    """The government of each area, as a unit that categories of kind "township" resolve to."""
    phones = {row["code"]: row.get("phone", "") for row in roster.get("areas", [])}
    return [
        Unit(
            code=feature["properties"]["code"],
            kind="area",
            phone=phones.get(feature["properties"]["code"], ""),
            sort=100 + index,
            **_names("name", feature["properties"]["name_zh"], feature["properties"]["name_en"]),
            **_names("short", feature["properties"]["name_zh"], feature["properties"]["name_en"]),
        )
        for index, feature in enumerate(_of(features, "area"))
    ]


def _area(feature: dict[str, Any], sort: int) -> Area:
    row = feature["properties"]
    return Area(
        code=row["code"],
        kind=row["level"],
        unit_code=row["code"],
        geometry=feature["geometry"],
        sort=sort,
        **_names("name", row["name_zh"], row["name_en"]),
    )


def _grid(feature: dict[str, Any], helpers: dict[str, str]) -> Grid:
    """A grid with the four fields of the responsibility handbook; posts only, no persons' names."""
    row = feature["properties"]
    number = row["area"].lstrip("A")
    return Grid(
        code=row["code"],
        area_code=row["area"],
        geometry=feature["geometry"],
        leader=f"片区负责人 {number} 岗",
        unit_code=row["area"],
        post=f"网格员 {row['code']}",
        target="每个点位不低于 85 分，无超期案件",
        helper_unit_code=helpers.get(row["code"]),
    )


def _romanised(name: str, kind: str) -> str:
    """An English form for a place whose file gives none: its stem in pinyin and what it is, "Fengli produce market"."""
    # Imported here: its dictionaries take a third of a second, and only a county that is being imported needs them.
    from pypinyin import lazy_pinyin

    stem = "".join(lazy_pinyin(name[:2] if len(name) > 2 else name))
    return f"{stem.capitalize()} {kind[:1].lower()}{kind[1:]}"


def _point(feature: dict[str, Any], types: dict[str, Any]) -> Point:
    row = feature["properties"]
    kind = types[row["type"]]
    lon, lat = feature["geometry"]["coordinates"]
    return Point(
        code=row["code"],
        type_code=row["type"],
        area_code=row["area"],
        grid_code=row["grid"],
        lon=lon,
        lat=lat,
        weight=row.get("weight", 1),
        **_names("name", row["name_zh"], row.get("name_en") or _romanised(row["name_zh"], kind["name_en"])),
        **_names("type", kind["name_zh"], kind["name_en"]),
    )
