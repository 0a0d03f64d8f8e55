"""Who was there, and the ledger of hours: entries are only ever added."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base

_AUTO = text("kind = 'auto'")
_PENDING = text("state = 'pending'")


class Attendance(Base):
    """One sign-in or sign-out; ``nonce`` makes a repeated one count once."""

    __tablename__ = "attendances"
    __table_args__ = (
        UniqueConstraint("booking_id", "direction"),
        UniqueConstraint("nonce"),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    direction: Mapped[str] = mapped_column(String(3))
    #: qr, code, roll_call or lead (entered afterwards, with a reason).
    method: Mapped[str] = mapped_column(String(10))
    #: The moment that counts: when the code was read, or what the lead entered.
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When it reached us; later than ``at`` when the phone was offline.
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Metres from the post when the phone told its place.
    distance_m: Mapped[int | None]
    nonce: Mapped[str] = mapped_column(String(64))
    #: The lead or coordinator, when somebody else entered it.
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(Text, default="")


class HoursEntry(Base):
    """Minutes credited or taken back. Totals are sums of these rows and nothing else."""

    __tablename__ = "hours_entries"
    __table_args__ = (
        Index("ux_hours_entries_auto", "booking_id", unique=True, sqlite_where=_AUTO, postgresql_where=_AUTO),
        UniqueConstraint("reverses_id"),
        UniqueConstraint("request_id"),
        CheckConstraint("kind IN ('auto', 'adjust', 'backfill', 'reversal')", name="kind"),
        CheckConstraint("approved_by <> entered_by", name="two_people"),
        CheckConstraint("kind = 'auto' OR (entered_by IS NOT NULL AND approved_by IS NOT NULL)", name="approved"),
        Index("ix_hours_entries_volunteer", "volunteer_id", "day"),
        Index("ix_hours_entries_day", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    #: auto (from attendance), adjust, backfill or reversal.
    kind: Mapped[str] = mapped_column(String(10))
    #: Negative when something is taken back.
    minutes: Mapped[int]
    #: The county's day on which the service began.
    day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("hours_entries.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("hours_requests.id"))
    #: The lead or coordinator who confirmed an automatic entry, or who asked for another.
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HoursRequest(Base):
    """A correction that somebody asks for and another person decides."""

    __tablename__ = "hours_requests"
    __table_args__ = (
        Index("ux_hours_requests_pending", "booking_id", unique=True, sqlite_where=_PENDING, postgresql_where=_PENDING),
        CheckConstraint("decided_by <> requested_by", name="two_people"),
        UniqueConstraint("key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    #: adjust (of a booking's hours), backfill (service without a booking) or reversal (of an entry).
    kind: Mapped[str] = mapped_column(String(10))
    #: The entry to be reversed; no foreign key, since entries point at requests already.
    entry_id: Mapped[int | None]
    #: What the booking or day should come to, in minutes; the ledger gets the difference.
    minutes: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(80))
    #: pending, approved or refused.
    state: Mapped[str] = mapped_column(String(10), default="pending", index=True)
    requested_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    words: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)


class HoursNotice(Base):
    """A public notice of the hours of some days, with masked names, open to objections until ``closes_at``."""

    __tablename__ = "hours_notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(16), unique=True)
    from_day: Mapped[date] = mapped_column(Date)
    until_day: Mapped[date] = mapped_column(Date)
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class HoursObjection(Base):
    """Somebody says that hours in a notice are not right; until decided, the entry counts for no certificate."""

    __tablename__ = "hours_objections"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("hours_notices.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("hours_entries.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(String(200), default="")
    key: Mapped[str] = mapped_column(String(80))
    #: open, upheld or dismissed.
    state: Mapped[str] = mapped_column(String(10), default="open", index=True)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
