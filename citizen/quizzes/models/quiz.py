"""Quizzes: what is drawn, when, and what happens with the result."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Quiz(Base):
    """One quiz. Its blueprint says how many questions of which topic and difficulty every attempt draws."""

    __tablename__ = "quizzes"
    __table_args__ = (
        Index("ix_quizzes_list", "state", "kind", "closes_at"),
        CheckConstraint("closes_at IS NULL OR opens_at IS NULL OR opens_at < closes_at", name="opens_before_closing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: One of `rules.quizzes.QuizKind`.
    kind: Mapped[str] = mapped_column(String(12))
    #: One of `rules.quizzes.QuizState`.
    state: Mapped[str] = mapped_column(String(12))
    title_hans: Mapped[str] = mapped_column(String(80))
    title_hant: Mapped[str] = mapped_column(String(80), default="")
    title_en: Mapped[str] = mapped_column(String(160), default="")
    intro_hans: Mapped[str] = mapped_column(Text, default="")
    intro_hant: Mapped[str] = mapped_column(Text, default="")
    intro_en: Mapped[str] = mapped_column(Text, default="")
    #: [{"topic": code or null, "difficulty": 1-3 or null, "n": count}]; null draws from all.
    blueprint: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    #: Questions of one attempt: the sum of the blueprint.
    size: Mapped[int]
    #: Seconds for one attempt; none, the usual case, is no limit.
    limit_seconds: Mapped[int | None]
    #: One of `rules.quizzes.Feedback`.
    feedback: Mapped[str] = mapped_column(String(12))
    #: Right answers needed to pass; none when nobody passes or fails.
    pass_mark: Mapped[int | None]
    #: Attempts per person; none is as many as one likes. A daily quiz has one a day.
    attempts_allowed: Mapped[int | None]
    #: Only with an account: challenges, since results, certificates and boards need one.
    account_needed: Mapped[bool] = mapped_column(default=False)
    certificate: Mapped[bool] = mapped_column(default=False)
    board: Mapped[bool] = mapped_column(default=False)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The boards as they were at closing, see `rules.boards`; none before.
    frozen_board: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
