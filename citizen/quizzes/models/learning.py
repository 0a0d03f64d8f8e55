"""What the site remembers of a person who learns: the name on boards, the community, what to look at again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Learner(Base):
    """How a person appears on boards; without a row nobody appears there."""

    __tablename__ = "learners"
    __table_args__ = (UniqueConstraint("nickname"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    nickname: Mapped[str] = mapped_column(String(20))
    #: Results still count for the community, the name shows nowhere.
    hidden: Mapped[bool] = mapped_column(default=False)
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReviewCard(Base):
    """One question that one person got wrong at least once, and when to ask it again."""

    __tablename__ = "review_cards"
    __table_args__ = (UniqueConstraint("person_id", "question_id"), Index("ix_review_cards_due", "person_id", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("bank_questions.id"))
    #: The card of py-fsrs, as its own `to_dict` writes it.
    card: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    times_wrong: Mapped[int] = mapped_column(default=0)
    #: Right answers in a row since the last wrong one.
    right_since: Mapped[int] = mapped_column(default=0)
    last_wrong_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
