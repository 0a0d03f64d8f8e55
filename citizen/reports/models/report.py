"""What a resident sent, and what was said between resident and office afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Report(Base):
    """One report as its sender wrote it. Never public; what is released is written to the public projection."""

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Readable, not sequential: YY26-7KM4-Q2.
    number: Mapped[str] = mapped_column(String(20))
    #: Random; with the site's secret it yields the query code again for a repeated submission.
    salt: Mapped[str] = mapped_column(String(32))
    #: Keyed hash of the query code; the code itself is kept nowhere.
    code_hash: Mapped[str] = mapped_column(String(64))
    words: Mapped[str] = mapped_column(Text)
    category_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    #: The everyday group the sender chose; none when not sure.
    resident_group: Mapped[str | None] = mapped_column(ForeignKey("resident_groups.code"))
    #: Answers to the category's optional questions: {question id: value}.
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    grid_code: Mapped[str | None] = mapped_column(ForeignKey("grids.code"))
    point_code: Mapped[str | None] = mapped_column(ForeignKey("points.code"))
    landmark: Mapped[str] = mapped_column(String(200), default="")
    #: WGS-84; none when only an area and a landmark were given.
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    #: The datum the coordinates came in: wgs84, gcj02 or bd09.
    datum: Mapped[str] = mapped_column(String(10), default="wgs84")
    #: gps, map, point, photo or list.
    place_source: Mapped[str] = mapped_column(String(10), default="list")
    #: Metres, as the device claimed.
    accuracy: Mapped[int | None]
    contact_name: Mapped[str] = mapped_column(String(60), default="")
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    #: As the sender typed it, to be shown back so.
    contact_phone_typed: Mapped[str] = mapped_column(String(60), default="")
    contact_email: Mapped[str | None] = mapped_column(String(254))
    #: In which language to write to the sender.
    language: Mapped[str] = mapped_column(String(10), default="zh-Hans")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    #: web, staff (on behalf), import, demo.
    source: Mapped[str] = mapped_column(String(10), default="web")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Message(Base):
    """Something the sender added later, or said of the result; words only for the office."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_report", "report_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    #: addition, answer, objection, confirm or dispute.
    kind: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
