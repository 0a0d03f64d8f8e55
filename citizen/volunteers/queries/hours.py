"""The ledger of hours: totals are sums of its entries and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_

from citizen.accounts.models import Person
from citizen.core.content import content
from citizen.core.errors import InvalidInput
from citizen.core.text import normalise_phone
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, HoursEntry, Party, Shift, Volunteer
from citizen.volunteers.rules.hours import HourRules

_SUM = func.coalesce(func.sum(HoursEntry.minutes), 0)


def hour_rules() -> HourRules:
    """The numbers of the county's file."""
    return HourRules.of(content().yaml("volunteer_posts.yaml").get("hour_rules") or {})


def total_minutes(volunteer_id: int) -> int:
    """Everything that was credited to a volunteer, less what was taken back."""
    return _sum(HoursEntry.volunteer_id == volunteer_id)


def day_minutes(volunteer_id: int, day: date) -> int:
    """The same for one county day."""
    return _sum(HoursEntry.volunteer_id == volunteer_id, HoursEntry.day == day)


def booking_minutes(booking_id: int) -> int:
    """What a booking comes to, corrections included."""
    return _sum(HoursEntry.booking_id == booking_id)


def _sum(*criteria: Any) -> int:
    return int(db.session.execute(db.select(_SUM).where(*criteria)).scalar_one())


def team_minutes(team_ids: Collection[int]) -> dict[int, int]:
    """Minutes served for each team: at shifts that belong to it and by parties that it brought elsewhere."""
    team = func.coalesce(Party.team_id, Shift.team_id)
    query = (
        db.select(team, _SUM)
        .select_from(HoursEntry)
        .join(Booking, Booking.id == HoursEntry.booking_id)
        .join(Shift, Shift.id == Booking.shift_id)
        .outerjoin(Party, Party.id == Booking.party_id)
        .where(team.in_(team_ids))
        .group_by(team)
    )
    return dict.fromkeys(team_ids, 0) | {id_: int(minutes) for id_, minutes in db.session.execute(query).all()}


def section_minutes(post_ids: Collection[int]) -> dict[int, int]:
    """Minutes served at each post."""
    query = (
        db.select(Shift.post_id, _SUM)
        .select_from(HoursEntry)
        .join(Booking, Booking.id == HoursEntry.booking_id)
        .join(Shift, Shift.id == Booking.shift_id)
        .where(Shift.post_id.in_(post_ids))
        .group_by(Shift.post_id)
    )
    return dict.fromkeys(post_ids, 0) | {id_: int(minutes) for id_, minutes in db.session.execute(query).all()}


def entries_of_booking(booking_id: int) -> list[HoursEntry]:
    """Everything that was entered for a booking, in order."""
    query = db.select(HoursEntry).where(HoursEntry.booking_id == booking_id).order_by(HoursEntry.id)
    return list(db.session.execute(query).scalars())


def entries_of(volunteer_id: int) -> list[HoursEntry]:
    """A volunteer's whole ledger, in order."""
    query = db.select(HoursEntry).where(HoursEntry.volunteer_id == volunteer_id).order_by(HoursEntry.id)
    return list(db.session.execute(query).scalars())


def presence_of(booking_id: int) -> dict[str, datetime]:
    """When somebody signed in and out: {"in": …, "out": …} with what there is."""
    query = db.select(Attendance.direction, Attendance.at).where(Attendance.booking_id == booking_id)
    return {row.direction: row.at for row in db.session.execute(query)}


def own_people(volunteer: Volunteer) -> frozenset[int]:
    """The ids of the people who may never confirm this volunteer's hours: the volunteer and who answers for a child.

    Of somebody of fourteen to seventeen the guardian is known by telephone number only.
    """
    guardian = db.select(Volunteer.person_id).where(Volunteer.id == volunteer.guardian_id)
    wanted = [Person.id == volunteer.person_id, Person.id.in_(guardian)]
    if volunteer.guardian_phone:
        wanted.append(Person.phone.in_({volunteer.guardian_phone, _canonical(volunteer.guardian_phone)}))
    return frozenset(db.session.execute(db.select(Person.id).where(or_(*wanted))).scalars())


def accounts_of(volunteer: Volunteer) -> frozenset[int]:
    """The account that speaks for a volunteer: their own, or a child's guardian's."""
    if volunteer.person_id is not None:
        return frozenset({volunteer.person_id})
    guardian = db.session.get(Volunteer, volunteer.guardian_id)
    return frozenset({guardian.person_id} if guardian and guardian.person_id else ())


def _canonical(phone: str) -> str:
    try:
        return normalise_phone(phone) or phone
    except InvalidInput:
        return phone
