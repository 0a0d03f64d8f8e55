"""What a lead needs: the shifts that are theirs, and who is on the roster."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_
from sqlalchemy.orm import aliased, contains_eager

from citizen.accounts.models import Person
from citizen.core.audit import Event
from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.volunteers.models import Booking, Post, Shift, Volunteer
from citizen.volunteers.rules.booking import HOLDING, PRESENT, BookingState
from citizen.volunteers.rules.shifts import ShiftStatus

LOOKED = "roster.seen"
MANY = 60

#: Who stands on a roster: those with a place, and those who had one and did not come.
ON_ROSTER = HOLDING | {BookingState.NO_SHOW, BookingState.EXCUSED}


@dataclass(frozen=True, slots=True)
class OnRoster:
    """A booking with the volunteer, and whom to call: the person, or the guardian of a child without account."""

    booking: Booking
    volunteer: Volunteer
    phone: str
    guardian_name: str
    guardian_phone: str


def shift_of(shift_id: int) -> Shift:
    """The shift with its post; raises NotFound."""
    shift: Shift | None = db.session.get(Shift, shift_id)
    if shift is None:
        raise NotFound()
    return shift


def led_by(person_id: int, span: tuple[datetime, datetime]) -> list[Shift]:
    """The shifts that somebody leads and that share a moment with ``span``, the earliest first."""
    mine = or_(Shift.lead_id == person_id, and_(Shift.lead_id.is_(None), Post.lead_id == person_id))
    return _shifts(mine, span)


def all_in(span: tuple[datetime, datetime]) -> list[Shift]:
    """Every shift that takes place within ``span``, the earliest first."""
    return _shifts(Shift.status == ShiftStatus.OPEN, span)


def _shifts(condition: object, span: tuple[datetime, datetime]) -> list[Shift]:
    query = (
        db.select(Shift)
        .join(Post, Post.id == Shift.post_id)
        .options(contains_eager(Shift.post))
        .where(condition, Shift.ends_at >= span[0], Shift.starts_at < span[1])
        .order_by(Shift.starts_at, Shift.id)
        .limit(MANY)
    )
    return list(db.session.execute(query).scalars())


def leads_at(person_id: int, post: Post, now: datetime) -> bool:
    """Whether somebody leads a post, or a shift there that is not over."""
    own = db.select(Shift.id).where(Shift.post_id == post.id, Shift.lead_id == person_id, Shift.ends_at >= now)
    return post.lead_id == person_id or db.session.execute(own.limit(1)).first() is not None


def post_of(post_id: int) -> Post:
    """The post; raises NotFound."""
    post: Post | None = db.session.get(Post, post_id)
    if post is None:
        raise NotFound()
    return post


def here(shift_ids: Collection[int]) -> dict[int, int]:
    """How many people have come to each shift."""
    query = (
        db.select(Booking.shift_id, func.count())
        .where(Booking.shift_id.in_(shift_ids), Booking.state.in_(PRESENT))
        .group_by(Booking.shift_id)
    )
    return {id_: int(count) for id_, count in db.session.execute(query).all()}


def roster(shift: Shift) -> list[OnRoster]:
    """Everybody on the roster of a shift, by name."""
    guardian = aliased(Volunteer)
    account, guardian_account = aliased(Person), aliased(Person)
    query = (
        db.select(Booking, Volunteer, account.phone, guardian.name, guardian_account.phone)
        .join(Volunteer, Volunteer.id == Booking.volunteer_id)
        .outerjoin(account, account.id == Volunteer.person_id)
        .outerjoin(guardian, guardian.id == Volunteer.guardian_id)
        .outerjoin(guardian_account, guardian_account.id == guardian.person_id)
        .where(Booking.shift_id == shift.id, Booking.state.in_(ON_ROSTER))
        .order_by(Volunteer.name, Booking.id)
    )
    return [
        OnRoster(booking, person, phone or "", name or person.guardian_name, number or person.guardian_phone)
        for booking, person, phone, name, number in db.session.execute(query)
    ]


def on_roster(shift: Shift, booking_id: int) -> OnRoster:
    """One of them; raises NotFound for a booking of another shift."""
    found = next((row for row in roster(shift) if row.booking.id == booking_id), None)
    if found is None:
        raise NotFound()
    return found


def has_looked(shift_id: int, person_id: int, since: datetime) -> bool:
    """Whether a look of this person at the roster has been recorded since then."""
    query = db.select(Event.id).where(
        Event.subject == "shift",
        Event.subject_id == shift_id,
        Event.action == LOOKED,
        Event.actor_id == person_id,
        Event.at >= since,
    )
    return db.session.execute(query.limit(1)).first() is not None


def confirmed_ids(rows: Sequence[OnRoster]) -> list[int]:
    """Those with a place who have not come."""
    return [row.booking.id for row in rows if row.booking.state == BookingState.CONFIRMED]
