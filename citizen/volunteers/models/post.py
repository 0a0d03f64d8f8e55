"""What is to be done, and where."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from citizen.extensions import Base


class PostKind(Base):
    """A kind of service with its duties and its conditions; comes from the county's file of posts."""

    __tablename__ = "post_kinds"

    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    name_hans: Mapped[str] = mapped_column(String(60))
    name_hant: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    #: Lists of {"hans", "hant", "en"}.
    duties: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    must_not: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    equipment: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    #: "07:00-08:30" …, what a new template offers.
    usual_slots: Mapped[list[str]] = mapped_column(JSON)
    #: Codes of the types of places where it is usual.
    place_types: Mapped[list[str]] = mapped_column(JSON)
    shift_minutes: Mapped[int]
    default_capacity: Mapped[int]
    min_age: Mapped[int]
    #: Whether those under 18 need their guardian's consent.
    guardian_consent: Mapped[bool] = mapped_column(default=True)
    briefing_required: Mapped[bool] = mapped_column(default=False)
    insurance_required: Mapped[bool] = mapped_column(default=False)
    #: low, tools, crowd, roadside or care.
    risk: Mapped[str] = mapped_column(String(10), default="low")
    #: A heat or storm stop ends it.
    outdoors: Mapped[bool] = mapped_column(default=True)
    sort: Mapped[int] = mapped_column(default=0)


class Post(Base):
    """A kind of service at one place, with its hazards and its lead."""

    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint("radius_m BETWEEN 20 AND 5000", name="radius"),
        Index("ix_posts_area", "area_code", "kind_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind_code: Mapped[str] = mapped_column(ForeignKey("post_kinds.code"))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    point_code: Mapped[str | None] = mapped_column(ForeignKey("points.code"))
    #: The name of the place, as volunteers are told it.
    place_hans: Mapped[str] = mapped_column(String(60))
    place_hant: Mapped[str] = mapped_column(String(60))
    place_en: Mapped[str] = mapped_column(String(120), default="")
    #: WGS-84.
    lon: Mapped[float]
    lat: Mapped[float]
    #: Within so many metres a sign-in counts as "at the post"; farther is shown to the lead, not refused.
    radius_m: Mapped[int] = mapped_column(default=200)
    #: {"hans", "hant", "en"}: what to look out for at this place.
    hazards: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: Stricter than the kind's, or none.
    min_age: Mapped[int | None]
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    #: What the rotating codes of this post are made of; never leaves the server.
    qr_secret: Mapped[str] = mapped_column(String(64))
    #: A word for addresses (QR landing) that cannot be counted up.
    slug: Mapped[str] = mapped_column(String(16), unique=True)
    #: Home visits: the address is told to the confirmed pair only, shortly before.
    care: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    kind: Mapped[PostKind] = relationship()

    @property
    def lowest_age(self) -> int:
        """The age from which the post may be taken."""
        return max(self.kind.min_age, self.min_age or 0)
