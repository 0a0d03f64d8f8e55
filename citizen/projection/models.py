"""Released facts. Whatever is not here does not exist for the public."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class ReleasedFact(Base):
    """What the public may know of one case or one board entry. Rows are written on release and deleted on
    withdrawal.

    ``surface`` says where: "nearby" (a released open case, only suggested to people about to report the
    same) or "board".
    """

    __tablename__ = "released_facts"
    __table_args__ = (
        UniqueConstraint("surface", "number"),
        Index("ix_released_facts_list", "surface", "board", "day", "id"),
        Index("ix_released_facts_place", "surface", "lat", "lon"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    surface: Mapped[str] = mapped_column(String(10))
    #: "exposure" or "red".
    board: Mapped[str] = mapped_column(String(10), default="exposure")
    #: The public number of the entry; never the number of a report.
    number: Mapped[str] = mapped_column(String(20))
    #: The case behind it, for services only: never shown.
    case_id: Mapped[int] = mapped_column(Integer, index=True)
    title_hans: Mapped[str] = mapped_column(String(120))
    title_hant: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(200))
    text_hans: Mapped[str] = mapped_column(Text, default="")
    text_hant: Mapped[str] = mapped_column(Text, default="")
    text_en: Mapped[str] = mapped_column(Text, default="")
    category_code: Mapped[str] = mapped_column(String(20), index=True)
    resident_group: Mapped[str] = mapped_column(String(20))
    area_code: Mapped[str] = mapped_column(String(20), index=True)
    unit_code: Mapped[str | None] = mapped_column(String(30))
    #: The released name of the place, at the released precision.
    place_hans: Mapped[str] = mapped_column(String(120))
    place_hant: Mapped[str] = mapped_column(String(120))
    place_en: Mapped[str] = mapped_column(String(200))
    #: Rounded to the released precision (WGS-84); none when only the area is released.
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    #: working, overdue, done or red: the words and shapes of the board.
    status: Mapped[str] = mapped_column(String(10))
    #: Days on the county's calendar; times of day are not released.
    reported_day: Mapped[date] = mapped_column(Date)
    promised_day: Mapped[date | None] = mapped_column(Date)
    fixed_day: Mapped[date | None] = mapped_column(Date)
    verified_day: Mapped[date | None] = mapped_column(Date)
    #: The day by which lists are ordered, newest first.
    day: Mapped[date] = mapped_column(Date)
    #: Names of the public pictures and the words read for them.
    before_photo: Mapped[str | None] = mapped_column(String(32))
    before_alt: Mapped[str] = mapped_column(String(200), default="")
    after_photo: Mapped[str | None] = mapped_column(String(32))
    after_alt: Mapped[str] = mapped_column(String(200), default="")
    #: The unit's right of reply.
    reply: Mapped[str] = mapped_column(Text, default="")
    released_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class ProjectionStamp(Base):
    """How often a surface changed: pages made from released facts are remembered under it, and forgotten
    with it.
    """

    __tablename__ = "projection_stamps"

    surface: Mapped[str] = mapped_column(String(10), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class ReleasedFigures(Base):
    """A set of figures that the public may know, worked out by a job; pages only read it."""

    __tablename__ = "released_figures"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    #: {figure: {"n": count, "of": count or none, "value": number or none}}
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
