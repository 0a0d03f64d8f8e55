"""Photos: sealed originals, what was read from them, and the boxes that hide people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base
from citizen.photos.rules import PhotoState


class Photo(Base):
    """One picture of one owner; the bytes are in storage under names that cannot be guessed."""

    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("token"),
        UniqueConstraint("public_name"),
        Index("ix_photos_owner", "owner_kind", "owner_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Random name in private addresses (128 bits).
    token: Mapped[str] = mapped_column(String(32))
    #: draft, report, message (an addition), fix (after-photo), check (verifier's).
    owner_kind: Mapped[str] = mapped_column(String(10))
    owner_id: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default=PhotoState.SEALED)
    #: Grows with every change of state or boxes; decisions carry it.
    version: Mapped[int] = mapped_column(default=1)
    #: Key of the original in the private bucket; none once retention removed it.
    original_key: Mapped[str | None] = mapped_column(String(80))
    #: What the sender's device called the file; shown to its sender only.
    file_name: Mapped[str] = mapped_column(String(120), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    #: Of the sanitised, upright picture, in pixels; zero before.
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    #: Key of the sanitised master in the private bucket: upright pixels without masks.
    master_key: Mapped[str | None] = mapped_column(String(80))
    #: Prefix of the sizes masked with the present boxes; none while they are being made anew.
    masked_key: Mapped[str | None] = mapped_column(String(80))
    #: Name of the released sizes in the public bucket; unlike every private name.
    public_name: Mapped[str | None] = mapped_column(String(32))
    #: [{"x", "y", "w", "h" (fractions of the upright picture), "kind", "source", "score"}]
    boxes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: Read to people who cannot see the picture.
    alt: Mapped[str] = mapped_column(String(200), default="")
    #: Why a picture could not be used, as a code.
    refusal: Mapped[str | None] = mapped_column(String(40))
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class PhotoEvidence(Base):
    """Time and place that the file itself claimed, moved here before they were removed from every copy."""

    __tablename__ = "photo_evidence"

    photo_id: Mapped[int] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    #: "file" when read from the original, "browser" when the sender's page read it before shrinking.
    source: Mapped[str] = mapped_column(String(10), default="file")
