"""When a post is open, and for how many."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from citizen.core.database import UtcDateTime
from citizen.extensions import Base
from citizen.volunteers.models.post import Post
from citizen.volunteers.rules.shifts import ShiftStatus


class ShiftTemplate(Base):
    """A weekly pattern from which shifts are made, except on the days named."""

    __tablename__ = "shift_templates"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 30 AND 960", name="minutes"),
        CheckConstraint("capacity BETWEEN 1 AND 500", name="capacity"),
        CheckConstraint("from_day <= until_day", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    #: 0 = Monday … 6 = Sunday.
    weekdays: Mapped[list[int]] = mapped_column(JSON)
    #: Wall clock of the county, "HH:MM"; a shift may end on the next day.
    starts: Mapped[str] = mapped_column(String(5))
    minutes: Mapped[int]
    capacity: Mapped[int]
    min_needed: Mapped[int] = mapped_column(default=1)
    from_day: Mapped[date] = mapped_column(Date)
    until_day: Mapped[date] = mapped_column(Date)
    #: ISO days on which no shift is made.
    exceptions: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Places are drawn, not taken in the order of booking.
    drawn: Mapped[bool] = mapped_column(default=False)
    #: Only this team's members may book.
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    #: Shifts have been made up to and including this day.
    made_until: Mapped[date | None] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    post: Mapped[Post] = relationship()


class Stop(Base):
    """Heat, storm or another reason for which all posts of a time are stopped at once."""

    __tablename__ = "stops"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: heat, storm, air or other.
    reason: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: None stops the whole county.
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    outdoors_only: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: From here on new shifts of the time are no longer stopped; what was cancelled stays cancelled.
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Shift(Base):
    """One span of time at one post. ``taken`` is changed only by `citizen.volunteers.services.places`."""

    __tablename__ = "shifts"
    __table_args__ = (
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken"),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("min_needed >= 0 AND min_needed <= capacity", name="needed"),
        UniqueConstraint("template_id", "template_day"),
        Index("ix_shifts_open", "status", "starts_at", "id"),
        Index("ix_shifts_area", "status", "area_code", "starts_at", "id"),
        Index("ix_shifts_kind", "status", "kind_code", "starts_at", "id"),
        Index("ix_shifts_post", "post_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    template_id: Mapped[int | None] = mapped_column(ForeignKey("shift_templates.id"))
    #: The day of the pattern that this shift stands for, also after it was moved.
    template_day: Mapped[date | None] = mapped_column(Date)
    #: Copies of the post's, so that lists need one index.
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    kind_code: Mapped[str] = mapped_column(ForeignKey("post_kinds.code"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int]
    min_needed: Mapped[int] = mapped_column(default=1)
    #: Bookings that hold a place: confirmed, offered, attended, left early.
    taken: Mapped[int] = mapped_column(default=0)
    #: Bookings in the line.
    waiting: Mapped[int] = mapped_column(default=0)
    #: The number that the next in the line gets.
    next_wait_no: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(String(10), default=ShiftStatus.OPEN)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Words for those who had booked.
    cancel_words: Mapped[str] = mapped_column(Text, default="")
    stop_id: Mapped[int | None] = mapped_column(ForeignKey("stops.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    #: Who leads this shift instead of the post's lead.
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    #: Until then people enter the draw; none for shifts that are booked directly.
    draw_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Published with the shift, before anybody enters: with the tickets it decides the draw.
    draw_seed: Mapped[str] = mapped_column(String(64), default="")
    drawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Sealed; shown to the confirmed pair from shortly before the start until the end.
    care_address: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    post: Mapped[Post] = relationship()

    @property
    def free(self) -> int:
        """Places that nobody holds."""
        return self.capacity - self.taken

    @property
    def minutes(self) -> int:
        """The scheduled length."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def leads(self) -> int | None:
        """The person who leads: the shift's own lead, else the post's."""
        return self.lead_id or self.post.lead_id


def facts_of(shift: Shift) -> dict[str, Any]:
    """What an event stores of a shift: dates and numbers only."""
    return {"starts_at": shift.starts_at.isoformat(), "ends_at": shift.ends_at.isoformat(), "capacity": shift.capacity}
