"""Answers to a wave: what was said in which cell, and nothing that leads to a person."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.extensions import Base


class Response(Base):
    """One person's answers, the first and only ones. No time of day, no address, no account, no invitation.

    When its wave is closed, key, channel and day are written over: nothing stays by which it could be told from others of its
    cell but the answers themselves.
    """

    __tablename__ = "survey_responses"
    __table_args__ = (UniqueConstraint("key"), Index("ix_survey_responses_cell", "wave_id", "stratum_id", "counts"))

    #: Random, so that the order of rows says nothing of the order of answers.
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    stratum_id: Mapped[int] = mapped_column(ForeignKey("strata.id"))
    #: Made where the answer was typed: sending it again, hours after the network came back, stores it once.
    key: Mapped[str] = mapped_column(String(64))
    #: One of `rules.waves.Channel`; `rules.waves.ANY_CHANNEL` once the wave is closed.
    channel: Mapped[str] = mapped_column(String(12))
    #: {item id as text: option id, or "unknown"}; items that were left out are missing.
    answers: Mapped[dict[str, str]] = mapped_column(JSON)
    #: Whether this person counts for the rate, by the measure's definition.
    counts: Mapped[bool]
    #: The wave's last day for all answers once the wave is closed.
    answered_on: Mapped[date]
