"""The county as the plan wants it: read once from the database and the county's folder."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.content import Content
from citizen.core.permissions import Role
from citizen.demo.arrivals import DAYS
from citizen.demo.worktime import Worktime
from citizen.demo.world import Cast, Kind, Sample, Spot, World
from citizen.departments.queries import Directory, directory
from citizen.extensions import db
from citizen.reports.models import Category

PHRASES = Path(__file__).with_name("phrases.yaml")
#: The longest case: its limit, half as much again, rework and an objection; with holidays in between.
AHEAD = timedelta(days=200)


def read_world(files: Content, now: datetime) -> World:
    """The loaded county at ``now``; raises LookupError when it, or somebody who has to act, is missing."""
    snapshot = directory()
    phrases = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    kinds = {row.code: _kind(row) for row in db.session.execute(_categories()).scalars()}
    day = clock.local(now).date()
    return World(
        now=int(now.timestamp()),
        kinds=kinds,
        spots=_spots(snapshot),
        places=_places(files, kinds, snapshot),
        samples=tuple(_sample(row, phrases["mask"]) for row in files.yaml("demo_reports.yaml")["reports"]),
        cast=_cast(),
        worktime=Worktime(snapshot.calendar, day - timedelta(days=DAYS + 10), day + AHEAD),
        units={code: unit.name_hans for code, unit in snapshot.units.items()},
        phrases=phrases,
    )


def _categories() -> Any:
    return db.select(Category).where(Category.level == 2).order_by(Category.sort, Category.code)


def _kind(row: Category) -> Kind:
    return Kind(
        code=row.code,
        group=row.parent_code or "",
        name=row.name_hans,
        name_en=row.name_en,
        keywords=tuple(row.keywords_zh),
        resident_group=row.resident_group,
        unit=row.default_unit,
        urgency=row.urgency,
        limit_hours=row.limit_hours,
        clock=row.clock,
        limit_version=row.limit_version,
        exposure_eligible=row.exposure_eligible,
        exposure_mode=row.exposure_mode,
        subject=row.subject,
    )


def _spots(snapshot: Directory) -> dict[str, Spot]:
    return {
        point.code: Spot(
            point.code,
            point.type_code,
            (point.name_hans, point.name_hant, point.name_en),
            point.area_code,
            snapshot.areas[point.area_code].unit_code,
            point.grid_code,
            point.lon,
            point.lat,
        )
        for point in snapshot.points.values()
    }


def _places(files: Content, kinds: dict[str, Kind], snapshot: Directory) -> dict[str, tuple[str, ...]]:
    """Where a category can occur: at points whose checklist asks for it, else anywhere; heavier points
    count double."""
    types: dict[str, set[str]] = defaultdict(set)
    for row in files.yaml("point_types.yaml")["point_types"]:
        for item in row["items"]:
            types[item["category"]].add(row["code"])
    points = [point for point in snapshot.points.values() for _time in range(point.weight)]
    everywhere = tuple(point.code for point in points)
    return {
        code: tuple(point.code for point in points if point.type_code in types[code]) or everywhere for code in kinds
    }


def _sample(row: dict[str, Any], mask: str) -> Sample:
    words = row["text"]
    for span in sorted(row.get("personal_data") or [], key=lambda span: -span["start"]):
        words = words[: span["start"]] + mask + words[span["end"] :]
    return Sample(row["id"], words, row["lang"], row["category"], row.get("point"))


def _cast() -> Cast:
    people = db.session.execute(db.select(Person).order_by(Person.id)).scalars().all()

    def ids(role: Role) -> tuple[int, ...]:
        found = tuple(person.id for person in people if role in person.roles and person.is_active)
        if not found:
            raise LookupError(f"nobody is {role}")
        return found

    clerks = {
        person.unit_code: person.id for person in reversed(people) if Role.CLERK in person.roles and person.unit_code
    }
    verifiers = tuple(
        (person.id, person.unit_code) for person in people if Role.VERIFIER in person.roles and person.unit_code
    )
    resident = next((person.id for person in people if not person.roles), None)
    if resident is None or len({unit for _id, unit in verifiers}) < 2:
        raise LookupError("a resident or verifiers of two units are missing")
    return Cast(ids(Role.MODERATOR), ids(Role.LEADER), ids(Role.PUBLISHER)[0], verifiers, clerks, resident)
