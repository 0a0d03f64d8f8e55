"""Who volunteers, and in which team."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core.database import UtcDateTime
from citizen.extensions import Base


class Volunteer(Base):
    """Somebody who may take shifts: a person with an account, or a child in a guardian's care without one."""

    __tablename__ = "volunteers"
    __table_args__ = (
        UniqueConstraint("person_id"),
        CheckConstraint("(person_id IS NULL) <> (guardian_id IS NULL)", name="account"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The account; none for a child under fourteen.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    #: The volunteer who answers for a child without an account.
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    #: The name on rosters and certificates; seen by leads, coordinators and the person.
    name: Mapped[str] = mapped_column(String(60))
    birth_day: Mapped[date] = mapped_column(Date)
    #: For those of fourteen to seventeen: whom to call, and when the consent was seen by a coordinator.
    guardian_name: Mapped[str] = mapped_column(String(60), default="")
    guardian_phone: Mapped[str] = mapped_column(String(20), default="")
    consent_on: Mapped[date | None] = mapped_column(Date)
    briefed_on: Mapped[date | None] = mapped_column(Date)
    #: The last day of the accident insurance.
    insured_until: Mapped[date | None] = mapped_column(Date)
    #: A coordinator let this person make home visits.
    care_approved_on: Mapped[date | None] = mapped_column(Date)
    #: Codes of `rules.volunteers.SKILLS`.
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Codes of areas.
    areas: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Codes of `rules.volunteers.TIMES`.
    times: Mapped[list[str]] = mapped_column(JSON, default=list)
    emergency_contact: Mapped[str] = mapped_column(String(80), default="")
    #: May be asked when a shift lacks people.
    on_call: Mapped[bool] = mapped_column(default=False)
    reminders: Mapped[bool] = mapped_column(default=True)
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspend_words: Mapped[str] = mapped_column(Text, default="")
    #: Random part of the calendar feed's token, and the token's hash; none while there is no feed.
    feed_nonce: Mapped[str | None] = mapped_column(String(32))
    feed_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class Team(Base):
    """A group that volunteers together: a family, a company, a school, an association."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    #: family, company, school, association, community or office.
    kind: Mapped[str] = mapped_column(String(15))
    leader_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    #: What members show to join; none while joining is closed.
    join_code: Mapped[str | None] = mapped_column(String(16), unique=True)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class TeamMember(Base):
    """That somebody belongs to a team."""

    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True, index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
