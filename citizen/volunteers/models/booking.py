"""Who has a place, who waits for one, and everything that happened to a booking."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from citizen.core.database import UtcDateTime
from citizen.extensions import Base
from citizen.volunteers.models.shift import Shift
from citizen.volunteers.models.volunteer import Volunteer
from citizen.volunteers.rules.booking import ACTIVE, BookingState

_ACTIVE = text(f"state IN ({', '.join(repr(state.value) for state in sorted(ACTIVE))})")


class Party(Base):
    """People who book together: all of them get a place, or none."""

    __tablename__ = "parties"

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"), index=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Booking(Base):
    """One volunteer and one shift. Changed only by `citizen.volunteers.services.places.move`."""

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(
            "ux_bookings_active",
            "shift_id",
            "volunteer_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index("ix_bookings_line", "shift_id", "state", "wait_no"),
        Index("ix_bookings_volunteer", "volunteer_id", "state"),
        Index("ix_bookings_offers", "state", "offered_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"), index=True)
    state: Mapped[str] = mapped_column(String(24), default=BookingState.CONFIRMED)
    #: The place in the line; none for those who never waited and for those who wait for a draw.
    wait_no: Mapped[int | None]
    #: Until then an offered place is kept.
    offered_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The form's key: sending it again gives the same booking.
    key: Mapped[str] = mapped_column(String(80))
    #: Words of the coordinator who set a condition aside.
    override: Mapped[str] = mapped_column(Text, default="")
    #: The shift was moved and the volunteer has not said whether it still suits.
    ask_again: Mapped[bool] = mapped_column(default=False)
    #: Chances in a draw; see `rules.draw`.
    weight: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    shift: Mapped[Shift] = relationship(lazy="raise")
    volunteer: Mapped[Volunteer] = relationship(lazy="raise")


class BookingEvent(Base):
    """One thing that happened to a booking; rows are only ever added (triggers refuse the rest)."""

    __tablename__ = "booking_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    #: The transition of `rules.booking.TRANSITIONS`, or "skip" and "ask_again", which change no state.
    name: Mapped[str] = mapped_column(String(24))
    from_state: Mapped[str | None] = mapped_column(String(24))
    to_state: Mapped[str] = mapped_column(String(24))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    actor_role: Mapped[str] = mapped_column(String(20))
    #: A code or a coordinator's words.
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
