"""Addresses of volunteering that name a thing, found in a loaded demonstration; each with whoever may open it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func

from citizen.accounts.models import Person
from citizen.certificates.models import Certificate
from citizen.core import clock
from citizen.extensions import db
from citizen.volunteers.models import (
    Booking,
    HoursEntry,
    HoursNotice,
    Post,
    Section,
    Shift,
    ShiftTemplate,
    Stop,
    Team,
    Volunteer,
)

VOLUNTEER, COORDINATOR, STRANGER = "volunteer", "coordinator", ""


def first(column: Any, *criteria: Any) -> Any:
    """The first value of ``column`` for which ``criteria`` hold; the demonstration must have one."""
    found = db.session.execute(db.select(column).where(*criteria).order_by(column).limit(1)).scalar()
    assert found is not None, f"the demonstration has no {column} with {[str(c) for c in criteria]}"
    return found


def me() -> Volunteer:
    """The demonstration's volunteer."""
    query = db.select(Volunteer).join(Person, Person.id == Volunteer.person_id)
    return db.session.execute(query.where(Person.email == "volunteer@demo.invalid")).scalar_one()


def public_addresses() -> list[str]:
    """What everybody may open."""
    coming = (Shift.status == "open") & (Shift.starts_at > clock.now())
    shifts = {
        "free": first(Shift.id, coming, Shift.taken < Shift.capacity, Shift.draw_at.is_(None)),
        "full": first(Shift.id, coming, Shift.taken == Shift.capacity, Shift.waiting > 0),
        "cancelled": first(Shift.id, Shift.status == "cancelled"),
        "drawn": first(Shift.id, Shift.draw_at.is_not(None)),
        "over": first(Shift.id, Shift.ends_at < clock.now()),
    }
    return [
        "/volunteer/",
        "/volunteer/map",
        "/volunteer/calendar?view=week",
        "/volunteer/groups",
        "/volunteer/sections/",
        f"/volunteer/sections/{first(Section.id)}",
        "/volunteer/hours-notices/",
        f"/volunteer/hours-notices/{first(HoursNotice.slug)}",
        f"/volunteer/join?shift={shifts['free']}",
        f"/p/{first(Certificate.token)}",
        *(f"/volunteer/shifts/{id_}" for id_ in shifts.values()),
    ]


def volunteer_addresses() -> list[str]:
    """What the demonstration's volunteer may open."""
    mine = me()
    held = first(Booking.id, Booking.volunteer_id == mine.id, Booking.state == "confirmed")
    offered = first(Booking.id, Booking.volunteer_id == mine.id, Booking.state == "offered")
    waiting = first(Booking.id, Booking.volunteer_id == mine.id, Booking.state == "waiting")
    credited = first(HoursEntry.booking_id, HoursEntry.volunteer_id == mine.id, HoursEntry.booking_id.is_not(None))
    shift = first(Booking.shift_id, Booking.id == held)
    return [
        "/volunteer/mine",
        "/volunteer/mine/profile",
        "/volunteer/mine/hours",
        "/volunteer/mine/calendar",
        "/volunteer/sign-in",
        "/volunteer/teams/",
        "/account/certificates/",
        f"/account/certificates/{first(Certificate.number, Certificate.person_id == mine.person_id)}",
        f"/volunteer/mine/hours/{credited}/correction",
        f"/volunteer/shifts/{shift}",
        *(f"/volunteer/bookings/{id_}" for id_ in (held, offered, waiting)),
        f"/volunteer/bookings/{held}/cancel",
        f"/volunteer/bookings/{held}/stand-in",
    ]


def office_addresses() -> list[str]:
    """What the coordinator may open."""
    coming = (Shift.status == "open") & (Shift.starts_at > clock.now())
    busy = first(Shift.id, coming, Shift.taken > 0)
    post, template = first(Post.id), first(ShiftTemplate.id, ShiftTemplate.ended_at.is_(None))
    return [
        "/office/shifts/",
        "/office/shifts/coverage",
        "/office/shifts/new",
        "/office/shifts/posts",
        "/office/shifts/posts/new",
        f"/office/shifts/posts/{post}",
        "/office/shifts/templates",
        "/office/shifts/templates/new",
        f"/office/shifts/templates/{template}",
        f"/office/shifts/templates/{template}/change",
        "/office/shifts/stops",
        "/office/shifts/stops/new",
        *(
            f"/office/shifts/{busy}{part}"
            for part in ("", "/edit", "/move", "/cancel", "/add", "/message", "/call-up", "/export")
        ),
        "/office/volunteers/",
        f"/office/volunteers/{first(Volunteer.id, Volunteer.person_id.is_not(None))}",
        f"/office/volunteers/{first(Volunteer.id, Volunteer.guardian_id.is_not(None))}",
        "/office/volunteers/export",
        "/office/sections/",
        "/office/sections/new",
        f"/office/sections/{first(Section.id)}",
        *(f"/office/hours/?view={view}" for view in ("confirm", "missing", "corrections", "objections", "notices")),
        "/office/hours/file",
        f"/office/hours/volunteers/{first(HoursEntry.volunteer_id)}",
        "/volunteer/lead/",
        f"/volunteer/lead/shifts/{busy}",
        f"/volunteer/lead/shifts/{busy}/print",
        f"/volunteer/lead/shifts/{busy}/code",
    ]


def counts() -> dict[str, int]:
    """How many of each there are: an empty table would make a walk say nothing."""
    models = (Post, Shift, Booking, Volunteer, Team, Section, HoursEntry, Stop)
    return {
        model.__tablename__: db.session.execute(db.select(func.count()).select_from(model)).scalar_one()
        for model in models
    }
