"""What can be reported: two levels of categories, and the few groups that residents choose from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from citizen.extensions import Base


class ResidentGroup(Base):
    """One of at most seven everyday groups shown to residents."""

    __tablename__ = "resident_groups"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name_hans: Mapped[str] = mapped_column(String(60))
    name_hant: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    hint_hans: Mapped[str] = mapped_column(String(200))
    hint_hant: Mapped[str] = mapped_column(String(200))
    hint_en: Mapped[str] = mapped_column(String(300))
    sort: Mapped[int] = mapped_column(default=0)


class Category(Base):
    """A category of level 1 or 2; only level 2 has a limit, a default unit and everyday words."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    level: Mapped[int]
    name_hans: Mapped[str] = mapped_column(String(60))
    name_hant: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    definition_hans: Mapped[str] = mapped_column(Text, default="")
    definition_hant: Mapped[str] = mapped_column(Text, default="")
    definition_en: Mapped[str] = mapped_column(Text, default="")
    #: A unit's code, or "township": the unit of the area in which the place lies.
    default_unit: Mapped[str] = mapped_column(String(30), default="")
    co_units: Mapped[list[str]] = mapped_column(JSON, default=list)
    limit_hours: Mapped[int] = mapped_column(default=0)
    #: "working" or "calendar": which clock the limit runs on.
    clock: Mapped[str] = mapped_column(String(10), default="working")
    #: emergency, urgent, normal or planned.
    urgency: Mapped[str] = mapped_column(String(10), default="normal")
    exposure_eligible: Mapped[bool] = mapped_column(default=False)
    exposure_mode: Mapped[str] = mapped_column(String(20), default="")
    subject: Mapped[str] = mapped_column(String(20), default="")
    resident_group: Mapped[str | None] = mapped_column(ForeignKey("resident_groups.code"))
    keywords_zh: Mapped[list[str]] = mapped_column(JSON, default=list)
    keywords_en: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: [{"id", "hans", "hant", "en", "options": [{"value", "hans", "hant", "en"}]}], always optional for the resident.
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: Numbers to call first, in order.
    hotlines: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Edition of the limits, frozen on a case when it is accepted.
    limit_version: Mapped[str] = mapped_column(String(40), default="1")
    sort: Mapped[int] = mapped_column(default=0)
