"""Posts, shifts, volunteers and bookings for tests; to be used inside an application context."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import event

from citizen.accounts.models import Person
from citizen.accounts.services.passwords import hash_password
from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, Post, Shift, Volunteer
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.services.booking import Wish, book
from citizen.volunteers.services.posts import new_secret, new_slug
from tests.county import PASSWORD, people

_HASH: list[str] = []


def coordinator() -> By:
    """The demonstration's coordinator, acting."""
    return By(people()["coordinator"].id, Actor.COORDINATOR)


def by(volunteer: Volunteer) -> By:
    """A volunteer, acting."""
    return By(volunteer.person_id, Actor.VOLUNTEER)


def make_post(kind: str = "civility_guide", **more: Any) -> Post:
    """A post at the county's first point; the default kind asks for age 16 and a briefing."""
    values: dict[str, Any] = {
        "kind_code": kind,
        "area_code": "A1",
        "point_code": "P001",
        "place_hans": "人民公园东门",
        "place_hant": "人民公園東門",
        "place_en": "East gate of the People's Park",
        "lon": 113.5,
        "lat": 27.5,
        "qr_secret": new_secret(),
        "slug": new_slug(),
        **more,
    }
    with transaction() as session:
        post = Post(**values)
        session.add(post)
    return db.session.get_one(Post, post.id)


def make_shift(
    post: Post | None = None, *, starts_in: float = 48, hours: float = 2, capacity: int = 3, **more: Any
) -> Shift:
    """An open shift that begins ``starts_in`` hours from now (cut to the minute), or at ``starts_at``."""
    post = post or make_post()
    start: datetime = more.pop("starts_at", None) or clock.now().replace(second=0, microsecond=0) + timedelta(
        hours=starts_in
    )
    with transaction() as session:
        shift = Shift(
            post_id=post.id,
            area_code=post.area_code,
            kind_code=post.kind_code,
            starts_at=start,
            ends_at=start + timedelta(hours=hours),
            capacity=capacity,
            **more,
        )
        session.add(shift)
    return db.session.get_one(Shift, shift.id)


def make_volunteer(name: str = "", *, person: Person | None = None, age: int = 30, **more: Any) -> Volunteer:
    """A grown-up who may take every post; ``guardian_id`` makes a child without account."""
    today = clock.today()
    values: dict[str, Any] = {
        "name": name or f"志愿者{secrets.token_hex(3)}",
        "birth_day": date(today.year - age, 1, 1),
        "briefed_on": today - timedelta(days=30),
        "insured_until": today + timedelta(days=300),
        "created_at": clock.now(),
        **more,
    }
    if person is None and "guardian_id" not in values:
        person = make_person(values["name"])
    with transaction() as session:
        volunteer = Volunteer(person_id=person.id if person else None, **values)
        session.add(volunteer)
    return db.session.get_one(Volunteer, volunteer.id)


def make_person(name: str = "志愿者") -> Person:
    """An account with the demonstration's password and a mail address of its own."""
    if not _HASH:
        _HASH.append(hash_password(PASSWORD))
    with transaction() as session:
        person = Person(
            name=name, email=f"v{secrets.token_hex(6)}@example.org", password_hash=_HASH[0], created_at=clock.now()
        )
        session.add(person)
    return db.session.get_one(Person, person.id)


def make_booking(shift: Shift, volunteer: Volunteer | None = None, *, wait: bool = True) -> Booking:
    """A booking by the service: confirmed, or waiting when the shift is full."""
    volunteer = volunteer or make_volunteer()
    with transaction():
        made = book(Wish(shift.id, (volunteer.id,), key=secrets.token_hex(8), wait=wait), by=by(volunteer))
    return db.session.get_one(Booking, made[0].id)


def fresh(row: Any) -> Any:
    """The row as the database has it now."""
    db.session.rollback()
    return db.session.get_one(type(row), row.id, populate_existing=True)


def served(
    shift: Shift | None = None, volunteer: Volunteer | None = None, *, minutes: int | None = 120, came: int = 0
) -> Booking:
    """A booking of a shift that is over (two days ago by default): signed in ``came`` minutes after the start, signed out
    ``minutes`` later (None: never); not confirmed by anybody yet."""
    shift, volunteer = shift or make_shift(starts_in=-48), volunteer or make_volunteer()
    start = shift.starts_at + timedelta(minutes=came)
    with transaction() as session:
        now = clock.now()
        booking = Booking(
            shift_id=shift.id, volunteer_id=volunteer.id, state="attended", key=secrets.token_hex(8), created_at=now,
            changed_at=now,
        )  # fmt: skip
        session.add(booking)
        session.get_one(Shift, shift.id).taken += 1
        session.flush()
        for direction, at in (
            ("in", start),
            ("out", start + timedelta(minutes=minutes) if minutes is not None else None),
        ):
            if at is not None:
                session.add(
                    Attendance(
                        booking_id=booking.id, direction=direction, method="qr", at=at, received_at=at,
                        nonce=secrets.token_hex(8),
                    )
                )  # fmt: skip
    return db.session.get_one(Booking, booking.id)


def sign_in_as(client: Any, volunteer: Volunteer) -> Any:
    """The client, signed in as the volunteer and reading English."""
    person = db.session.get_one(Person, volunteer.person_id)
    client.get("/account/sign-in?lang=en")
    return client.sign_in(person.email)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that reach the database within the block, beginnings of transactions left out."""
    seen: list[str] = []

    def note(*args: Any) -> None:
        if not args[2].startswith("BEGIN"):
            seen.append(args[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def set_values(row: Any, **values: Any) -> None:
    """Change the row as nobody on the site can."""
    with transaction() as session:
        found = session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(found, name, value)
