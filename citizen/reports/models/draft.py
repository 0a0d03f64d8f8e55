"""A report being written: kept on the server, since a cookie is too small for a long Chinese text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Draft(Base):
    """One unfinished report of one device; also the key that makes its submission happen once."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random (128 bits); stands in the address, and the visitor's session must hold it too.
    key: Mapped[str] = mapped_column(String(32))
    #: What was typed on each page: {"place": {...}, "what": {...}, "contact": {...}}.
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: Set by the submission; sending the draft again leads to the same report.
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
