"""A quiz for a hall: one screen, many phones, no accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base

_OPEN = text("state <> 'ended'")


class LiveRound(Base):
    """One lecture's quiz. Its host moves it on; phones only ever see the question that is open."""

    __tablename__ = "live_rounds"
    __table_args__ = (
        Index("ux_live_rounds_code", "code", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_live_rounds_host", "host_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Six digits on the screen; free again once the round has ended.
    code: Mapped[str] = mapped_column(String(6))
    title: Mapped[str] = mapped_column(String(80))
    host_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    #: One of `rules.live.LiveState`.
    state: Mapped[str] = mapped_column(String(12))
    #: The question that is asked or shown; 0 before the first.
    position: Mapped[int] = mapped_column(default=0)
    size: Mapped[int]
    #: Seconds for one answer; none waits for the host.
    seconds: Mapped[int | None]
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Grows with every step: the host's second click on "next" changes nothing.
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LiveItem(Base):
    """One question of a round, its version fixed when the round was made."""

    __tablename__ = "live_items"

    round_id: Mapped[int] = mapped_column(ForeignKey("live_rounds.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"))
    #: Option ids in the order shown, the same on the screen and on all phones.
    order: Mapped[list[str]] = mapped_column(JSON)


class LiveAnswer(Base):
    """One phone's answer to one question; the last one before the question closes counts."""

    __tablename__ = "live_answers"
    __table_args__ = (UniqueConstraint("round_id", "position", "phone"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("live_rounds.id", ondelete="CASCADE"))
    position: Mapped[int]
    #: A hash of random bits in the phone's session; it names nobody.
    phone: Mapped[str] = mapped_column(String(32))
    answer: Mapped[list[str]] = mapped_column(JSON)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
