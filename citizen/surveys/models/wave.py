"""Waves: one measurement, its strata and its invitations."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Wave(Base):
    """One measurement of one rate, from its own sample."""

    __tablename__ = "waves"
    __table_args__ = (
        Index("ix_waves_list", "state", "closes_on"),
        CheckConstraint("opens_on <= closes_on", name="opens_before_closing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measures.id"), index=True)
    #: One of `rules.waves.WaveState`.
    state: Mapped[str] = mapped_column(String(12))
    title_hans: Mapped[str] = mapped_column(String(80))
    title_hant: Mapped[str] = mapped_column(String(80), default="")
    title_en: Mapped[str] = mapped_column(String(160), default="")
    #: How people were drawn, for the method note.
    sampling_hans: Mapped[str] = mapped_column(Text, default="")
    sampling_hant: Mapped[str] = mapped_column(Text, default="")
    sampling_en: Mapped[str] = mapped_column(Text, default="")
    #: First and last day on which answers are taken, in the county's calendar.
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Whoever released it is not who made the wave.
    released_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Stratum(Base):
    """One cell of the sample: an area and an age band."""

    __tablename__ = "strata"
    __table_args__ = (
        UniqueConstraint("wave_id", "area_code", "ages"),
        CheckConstraint("population > 0", name="has_people"),
        CheckConstraint("target >= 0 AND target <= population", name="target_within_population"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id", ondelete="CASCADE"))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    #: One of `rules.waves.AGES`, such as "18-44".
    ages: Mapped[str] = mapped_column(String(8))
    #: People living there, the weight of the cell.
    population: Mapped[int]
    #: Answers wanted.
    target: Mapped[int]


class Invitation(Base):
    """One single-use invitation. It knows that it was used, never by which answer."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        UniqueConstraint("wave_id", "serial"),
        Index("ix_invitations_stratum", "stratum_id", "disposition"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id", ondelete="CASCADE"))
    stratum_id: Mapped[int] = mapped_column(ForeignKey("strata.id", ondelete="CASCADE"))
    #: Printed on cards and lists so that people can speak of it; opens nothing.
    serial: Mapped[int]
    #: Keyed hash of the token; the token itself is in nobody's database.
    token_hash: Mapped[str] = mapped_column(String(64))
    #: One of `rules.waves.Channel`: link, card, interview.
    channel: Mapped[str] = mapped_column(String(12))
    #: One of `rules.waves.Disposition`.
    disposition: Mapped[str] = mapped_column(String(16))
    #: A day, not a moment: moments would tie the invitation to its answer.
    disposed_on: Mapped[date | None]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WaveNote(Base):
    """What followed from a wave: a shift or a notice proposed for a community that is weak in a topic."""

    __tablename__ = "wave_notes"
    __table_args__ = (UniqueConstraint("wave_id", "area_code", "topic"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id", ondelete="CASCADE"))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    topic: Mapped[str] = mapped_column(String(30))
    #: What was decided, in the office's words.
    words: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
