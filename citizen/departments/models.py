"""Who is responsible where: units, areas, grids, points and the working calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Unit(Base):
    """A body that can be made responsible: a department, or the government of one area."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    #: office, department, company … or "area" for a subdistrict, town or township.
    kind: Mapped[str] = mapped_column(String(20))
    name_hans: Mapped[str] = mapped_column(String(60))
    name_hant: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    short_hans: Mapped[str] = mapped_column(String(30))
    short_hant: Mapped[str] = mapped_column(String(30))
    short_en: Mapped[str] = mapped_column(String(120))
    scope_hans: Mapped[str] = mapped_column(Text, default="")
    scope_hant: Mapped[str] = mapped_column(Text, default="")
    scope_en: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    sort: Mapped[int] = mapped_column(default=0)


class Area(Base):
    """A subdistrict, town or township; ``unit_code`` is its government."""

    __tablename__ = "areas"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    name_hans: Mapped[str] = mapped_column(String(60))
    name_hant: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    #: GeoJSON polygon, WGS-84.
    geometry: Mapped[dict[str, Any]] = mapped_column(JSON)
    sort: Mapped[int] = mapped_column(default=0)


class Grid(Base):
    """The smallest cell of responsibility, with the four fields of the handbook."""

    __tablename__ = "grids"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), index=True)
    #: GeoJSON polygon, WGS-84.
    geometry: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Responsible leader: a post title, never a person's name.
    leader: Mapped[str] = mapped_column(String(60), default="")
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    post: Mapped[str] = mapped_column(String(60), default="")
    target: Mapped[str] = mapped_column(String(120), default="")
    helper_unit_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))


class Point(Base):
    """A named place that is assessed: a market, a school, a park."""

    __tablename__ = "points"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    type_code: Mapped[str] = mapped_column(String(30), index=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), index=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey("grids.code"), index=True)
    name_hans: Mapped[str] = mapped_column(String(60))
    name_hant: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    type_hans: Mapped[str] = mapped_column(String(30))
    type_hant: Mapped[str] = mapped_column(String(30))
    type_en: Mapped[str] = mapped_column(String(60))
    lon: Mapped[float]
    lat: Mapped[float]
    weight: Mapped[int] = mapped_column(default=1)


class CalendarVersion(Base):
    """One edition of the working calendar; deadlines name the edition they were reckoned with."""

    __tablename__ = "calendar_versions"
    __table_args__ = (UniqueConstraint("version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    #: {"days": [{"date", "kind"}], "working_hours": [{"from", "to", "periods"}]}
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContentStamp(Base):
    """Changes whenever units, areas, grids, points, categories or the calendar do, so that every process reloads them."""

    __tablename__ = "content_stamp"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[str] = mapped_column(String(40))
