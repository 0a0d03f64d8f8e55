"""What is measured: a rate with its written definition, and the questions that it rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Measure(Base):
    """One version of one definition. Once a wave has opened with it, it never changes: a change is a new number."""

    __tablename__ = "measures"
    __table_args__ = (
        UniqueConstraint("code", "number"),
        CheckConstraint("needed > 0", name="needs_at_least_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Stays the same through all numbers, such as "awareness".
    code: Mapped[str] = mapped_column(String(30))
    number: Mapped[int]
    #: One of `rules.measures.Rate`: awareness, participation, satisfaction.
    rate: Mapped[str] = mapped_column(String(16))
    title_hans: Mapped[str] = mapped_column(String(80))
    title_hant: Mapped[str] = mapped_column(String(80), default="")
    title_en: Mapped[str] = mapped_column(String(160), default="")
    #: Who is counted and when an answer counts, in words that anybody can check.
    definition_hans: Mapped[str] = mapped_column(Text)
    definition_hant: Mapped[str] = mapped_column(Text, default="")
    definition_en: Mapped[str] = mapped_column(Text, default="")
    #: A person counts with at least so many answers that count.
    needed: Mapped[int]
    #: When the first wave opened with it; none while it may still be changed.
    fixed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MeasureItem(Base):
    """One question of a definition. These live apart from the question bank, so that no quiz ever shows one."""

    __tablename__ = "measure_items"
    __table_args__ = (UniqueConstraint("measure_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measures.id", ondelete="CASCADE"))
    position: Mapped[int]
    #: The quiz topic it belongs to, where it has one: weak topics propose what to do.
    topic: Mapped[str | None] = mapped_column(String(30))
    question_hans: Mapped[str] = mapped_column(Text)
    question_hant: Mapped[str] = mapped_column(Text, default="")
    question_en: Mapped[str] = mapped_column(Text, default="")
    #: [{"id", "hans", "hant", "en", "counts"}]; "don't know" is always offered besides and never counts.
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    #: Asked in every wave of the code in the same words, so that waves can be compared.
    anchor: Mapped[bool] = mapped_column(default=False)
