"""The certificates that were issued."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Certificate(Base):
    """What was certified of one person, as it was on the day of issue; later changes elsewhere do not reach it."""

    __tablename__ = "certificates"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("token"),
        UniqueConstraint("dedupe_key"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: As printed, such as C-26-8M2Q7K; opens nothing by itself.
    number: Mapped[str] = mapped_column(String(16))
    #: The check code: 80 random bits; whoever has it sees the public check page.
    token: Mapped[str] = mapped_column(String(16))
    #: One of `rules.Kind`.
    kind: Mapped[str] = mapped_column(String(20))
    #: In whose account it lies; a child's certificate lies in its guardian's.
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    #: The name as printed.
    holder: Mapped[str] = mapped_column(String(60))
    #: Everything else that is printed, see `rules.snapshot_of`.
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: SHA-256 over number, token, holder, snapshot and issued_at, see `rules.fingerprint`.
    hash: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: None when the site issued it by itself.
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    #: For the office and the owner, never on the public page.
    revoke_reason: Mapped[str] = mapped_column(Text, default="")
    #: Names what is certified, so that issuing it again gives this certificate.
    dedupe_key: Mapped[str | None] = mapped_column(String(120))
