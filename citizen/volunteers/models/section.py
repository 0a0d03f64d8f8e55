"""Streets and compounds that teams take for a season."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from citizen.core.database import UtcDateTime
from citizen.extensions import Base
from citizen.volunteers.models.post import Post

_HELD = text("state IN ('asked', 'running')")


class Section(Base):
    """A stretch of road or a compound that can be adopted; ``post_id`` is where its shifts take place."""

    __tablename__ = "sections"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: road, compound or riverside.
    kind: Mapped[str] = mapped_column(String(10))
    name_hans: Mapped[str] = mapped_column(String(60))
    name_hant: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    #: From where to where, or which gates.
    extent_hans: Mapped[str] = mapped_column(String(120), default="")
    extent_hant: Mapped[str] = mapped_column(String(120), default="")
    extent_en: Mapped[str] = mapped_column(String(200), default="")
    metres: Mapped[int | None]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)

    post: Mapped[Post] = relationship()


class Adoption(Base):
    """That a team asked for, has or had a section for a season."""

    __tablename__ = "adoptions"
    __table_args__ = (
        CheckConstraint("from_day <= until_day", name="days"),
        #: One team at a time.
        Index("ux_adoptions_held", "section_id", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    #: asked, running, refused, withdrawn or ended; a request for a longer season is a row of its own: renewal, then granted.
    state: Mapped[str] = mapped_column(String(10), default="asked")
    from_day: Mapped[date] = mapped_column(Date)
    until_day: Mapped[date] = mapped_column(Date)
    #: The rhythm that the team proposes; becomes a template when approved.
    weekday: Mapped[int]
    starts: Mapped[str] = mapped_column(String(5))
    minutes: Mapped[int]
    capacity: Mapped[int]
    template_id: Mapped[int | None] = mapped_column(ForeignKey("shift_templates.id"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    words: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
