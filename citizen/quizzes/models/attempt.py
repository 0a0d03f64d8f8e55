"""Attempts: who takes a quiz, which versions in which order, what was answered, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base

_OPEN = text("state = 'open'")


class Attempt(Base):
    """One go at a quiz. Everything that decides the result is fixed at the start; the server's clock counts."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("token"),
        UniqueConstraint("share_id"),
        UniqueConstraint("quiz_id", "taker", "no"),
        Index("ux_attempts_open", "quiz_id", "taker", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_attempts_result", "quiz_id", "state", "score", "submitted_at"),
        Index("ix_attempts_person", "person_id", "submitted_at"),
        Index("ix_attempts_due", "state", "ends_at"),
        Index("ix_attempts_taker", "taker", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Names the attempt in addresses; it opens nothing for anybody but its taker.
    token: Mapped[str] = mapped_column(String(16))
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quizzes.id"))
    #: "p" and a person's id, or "v" and a hash of what a visitor's session holds.
    taker: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    #: 1, 2, …; the day's ordinal for a daily quiz, so that there is one a day.
    no: Mapped[int]
    #: One of `rules.attempts.AttemptState`.
    state: Mapped[str] = mapped_column(String(12))
    size: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The last moment of the time limit, without grace; none without a limit.
    limit_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When it is handed in by itself: after the limit and its grace, at the quiz's closing, or after thirty days.
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The time limit was lengthened (once).
    extended: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Right answers, and questions that count (fewer than ``size`` after a correction that drops one).
    score: Mapped[int | None]
    counted: Mapped[int | None]
    passed: Mapped[bool | None]
    #: The taker's first attempt at this quiz, at a daily quiz of the day: only these teach us about the questions.
    first: Mapped[bool] = mapped_column(default=False)
    #: The community it counts for on the board; a code of an area.
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    #: A keyed hash of address and browser, different every day: only for `AttemptFlag`.
    device: Mapped[str] = mapped_column(String(24), default="")
    #: Names the share picture; random, made when the taker asks for one.
    share_id: Mapped[str | None] = mapped_column(String(16))
    #: The number of the certificate that was issued for it.
    certificate: Mapped[str | None] = mapped_column(String(16))


class AttemptItem(Base):
    """One question of one attempt."""

    __tablename__ = "attempt_items"
    __table_args__ = (Index("ix_attempt_items_version", "version_id", "attempt_id"),)

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True)
    #: 1, 2, …
    position: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"))
    #: Option ids in the order shown.
    order: Mapped[list[str]] = mapped_column(JSON)
    #: Option ids chosen, sorted; none before the first answer, empty when left empty on purpose.
    answer: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Between the answer before and this one, at most `rules.attempts.LONGEST_SECONDS`.
    seconds: Mapped[int | None]
    #: Handed in by itself: with feedback after each question it can no longer be changed.
    closed: Mapped[bool] = mapped_column(default=False)
    #: None until the attempt is marked, and for questions that count for nobody.
    right: Mapped[bool | None]


class AttemptFlag(Base):
    """Something odd about an attempt, for a person to look at; it decides nothing."""

    __tablename__ = "attempt_flags"
    __table_args__ = (UniqueConstraint("attempt_id", "kind"), Index("ix_attempt_flags_open", "state", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"))
    #: One of `rules.flags.FlagKind`.
    kind: Mapped[str] = mapped_column(String(12))
    #: What was counted, in plain values: seconds, how many, with which attempts.
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: One of `rules.flags.FlagState`.
    state: Mapped[str] = mapped_column(String(12))
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
