"""Board entries on their way to the public, and what people say against them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class BoardEntry(Base):
    """One entry of the exposure or the red board, through the publication machine
    (`citizen.boards.rules`).
    """

    __tablename__ = "board_entries"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("case_id", "board"),
        # Two different people, held by the database and not by good manners.
        CheckConstraint("reviewer_id IS NULL OR reviewer_id <> author_id", name="two_people"),
        CheckConstraint(
            "state NOT IN ('published','corrected') OR reviewer_id IS NOT NULL",
            name="reviewed_before_published",
        ),
        Index("ix_board_entries_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    board: Mapped[str] = mapped_column(String(10), default="exposure")
    state: Mapped[str] = mapped_column(String(12), default="candidate")
    version: Mapped[int] = mapped_column(default=1)
    title_hans: Mapped[str] = mapped_column(String(120), default="")
    title_en: Mapped[str] = mapped_column(String(200), default="")
    text_hans: Mapped[str] = mapped_column(Text, default="")
    text_en: Mapped[str] = mapped_column(Text, default="")
    #: "point", "street" or "area".
    precision: Mapped[str] = mapped_column(String(10), default="street")
    before_photo_id: Mapped[int | None] = mapped_column(ForeignKey("photos.id"))
    after_photo_id: Mapped[int | None] = mapped_column(ForeignKey("photos.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    drafted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The unit may reply until then; a reply, or its waiver, ends the wait.
    reply_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply: Mapped[str] = mapped_column(Text, default="")
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Hidden at once by an objection until it is decided.
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawal_reason: Mapped[str | None] = mapped_column(String(30))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EntryObjection(Base):
    """Somebody shown, or anybody else, objects without an account; the entry is hidden until it is
    decided.
    """

    __tablename__ = "entry_objections"
    __table_args__ = (
        Index("ix_entry_objections_open", "decided_at", "due_at"),
        Index("ix_entry_objections_entry", "entry_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random; with it the objector reads the decision (only its hash is kept).
    token_hash: Mapped[str] = mapped_column(String(64))
    entry_id: Mapped[int] = mapped_column(ForeignKey("board_entries.id"))
    words: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(String(254), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    upheld: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(Text, default="")
