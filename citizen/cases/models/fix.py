"""What a unit did, what a verifier found, and what the reporter thinks of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Fix(Base):
    """One hand-in of a unit: result, words for the public, after-photos (photos owned by the fix)."""

    __tablename__ = "fixes"
    __table_args__ = (Index("ix_fixes_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"))
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    #: None while the unit is still collecting photos; set when it is handed in.
    resolution: Mapped[str | None] = mapped_column(String(15))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Check(Base):
    """One verification of one fix by the verifier whom the system drew."""

    __tablename__ = "checks"
    __table_args__ = (
        UniqueConstraint("fix_id"),
        # Held by the database as well: nobody verifies the work of their own unit.
        CheckConstraint("verifier_unit <> fixer_unit", name="other_unit"),
        Index("ix_checks_case", "case_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    fix_id: Mapped[int] = mapped_column(ForeignKey("fixes.id"))
    verifier_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    verifier_unit: Mapped[str] = mapped_column(String(30))
    fixer_unit: Mapped[str] = mapped_column(String(30))
    #: "visited" or "photo": on the spot, or the after-photo was sufficient.
    how: Mapped[str] = mapped_column(String(10), default="")
    #: {item id: {"value": "yes"|"no"|"na", "why": words}}
    items: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    passed: Mapped[bool | None]
    words: Mapped[str] = mapped_column(Text, default="")
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Appeal(Base):
    """A reporter's objection to a refusal, or dispute of a fix, for the shift leader to decide."""

    __tablename__ = "appeals"
    __table_args__ = (Index("ix_appeals_open", "decided_at", "due_at"), Index("ix_appeals_case", "case_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    #: "refusal" or "fix".
    kind: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    upheld: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(Text, default="")
