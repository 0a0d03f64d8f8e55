"""A thousand random histories of hours against a plain model: totals are the sums of the ledger, and no rule is ever broken."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import DomainError
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, HoursEntry, Shift, Volunteer
from citizen.volunteers.queries import hours as queries
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.hours import Kind
from citizen.volunteers.rules.ledger import lines_of
from citizen.volunteers.services.corrections import Change, decide, request_change
from citizen.volunteers.services.hours import confirm_booking, end_and_confirm
from tests.volunteers.making import make_post, make_shift

HISTORIES = {"sqlite": 1_000, "postgresql": 30}
#: (hours after the first midnight, scheduled minutes): two days, enough for the daily cap to bite.
SHIFTS = ((1, 120), (5, 300), (11, 240), (25, 90), (28, 480), (38, 180))
CAP, ALLOWANCE = 480, 30


@dataclass
class Served:
    """A booking as the model knows it; minutes after the shift's start, no end for a forgotten sign-out."""

    id: int
    post: int
    starts_at: datetime
    scheduled: int
    came: int
    left: int | None
    day: date


@dataclass
class Model:
    """What the ledger of one volunteer should hold: (kind, minutes, day, booking id or None, reversed entry or None)."""

    volunteer: int
    bookings: list[Served]
    entries: list[dict[str, Any]] = field(default_factory=list)

    def of_day(self, day: date) -> int:
        return sum(row["minutes"] for row in self.entries if row["day"] == day)

    def of_booking(self, id_: int) -> int:
        return sum(row["minutes"] for row in self.entries if row["booking"] == id_)

    def has(self, id_: int, kind: str | None = None) -> bool:
        return any(row["booking"] == id_ and kind in (None, row["kind"]) for row in self.entries)

    def add(self, kind: str, minutes: int, *, day: date, booking: int | None = None, back: int | None = None) -> None:
        self.entries.append({"kind": kind, "minutes": minutes, "day": day, "booking": booking, "back": back})

    def credit(self, booking: Served, breaks: int) -> str:
        """What confirming does: "same", "nothing", "refused" or "added"."""
        if self.has(booking.id, "auto"):
            return "same"
        if self.has(booking.id):
            return "refused"
        if booking.left is None:
            return "nothing"
        if breaks > booking.left - booking.came:
            return "refused"
        minutes = min(booking.left - booking.came - breaks, booking.scheduled + ALLOWANCE)
        minutes = 0 if minutes < 30 else min(minutes, CAP - self.of_day(booking.day))
        self.add("auto", minutes, day=booking.day, booking=booking.id)
        return "added"

    def correct(self, kind: str, minutes: int, *, day: date, booking: Served | None, back: int | None) -> str:
        """What an agreed correction by ``minutes`` does: "refused" or "added"."""
        before = self.of_booking(booking.id) if booking else 0 if back is None else self.entries[back]["minutes"]
        after, total = before + minutes, self.of_day(day) + minutes
        too_long = booking is not None and minutes > 0 and after > min(booking.scheduled + ALLOWANCE, CAP)
        if too_long or after < 0 or total < 0 or (minutes > 0 and total > CAP):
            return "refused"
        self.add(kind, minutes, day=day, booking=booking.id if booking else None, back=back)
        return "added"


def attempt(call: Any) -> Any:
    """What the service answers, or "refused"; a refusal leaves nothing behind."""
    try:
        with db.session.begin_nested():
            return call()
    except DomainError:
        return "refused"


def make_people(count: int) -> list[Model]:
    """Volunteers with one booking of each shift, signed in and (mostly) out at random times."""
    chance, post, now = random.Random(count), make_post(), clock.now()
    midnight = clock.local(now - timedelta(days=9)).replace(hour=0, minute=0, second=0, microsecond=0)
    shifts = [
        make_shift(post, starts_at=midnight + timedelta(hours=start), hours=minutes / 60, capacity=5_000)
        for start, minutes in SHIFTS
    ]
    with transaction() as session:
        rows = [{"name": f"p{n}", "password_hash": "x", "created_at": now} for n in range(count)]
        people = session.execute(insert(Person).returning(Person.id), rows).scalars().all()
        rows = [{"person_id": id_, "name": "x", "birth_day": date(1990, 1, 1), "created_at": now} for id_ in people]
        volunteers = session.execute(insert(Volunteer).returning(Volunteer.id), rows).scalars().all()
        rows = [
            {"shift_id": shift.id, "volunteer_id": id_, "state": "attended", "key": secrets.token_hex(8)}
            | {"override": "", "created_at": now, "changed_at": now}
            for id_ in volunteers
            for shift in shifts
        ]
        made = session.execute(
            insert(Booking).returning(Booking.id, Booking.volunteer_id, Booking.shift_id), rows
        ).all()
        by_shift = {shift.id: shift for shift in shifts}
        models = {id_: Model(id_, []) for id_ in volunteers}
        for id_, volunteer, shift_id in made:
            models[volunteer].bookings.append(_served(id_, by_shift[shift_id], chance))
        session.execute(insert(Attendance), [row for model in models.values() for row in _marks(model)])
    return list(models.values())


def _served(id_: int, shift: Shift, chance: random.Random) -> Served:
    came = chance.randint(-30, 40)
    left = came + chance.choice([chance.randint(0, 45), shift.minutes, chance.randint(30, shift.minutes + 90)])
    day = clock.local(shift.starts_at).date()
    forgot = chance.random() < 0.15
    return Served(id_, shift.post_id, shift.starts_at, shift.minutes, came, None if forgot else left, day)


def _marks(model: Model) -> list[dict[str, Any]]:
    marks = []
    for row in model.bookings:
        for direction, after in (("in", row.came), ("out", row.left)):
            if after is not None:
                at = row.starts_at + timedelta(minutes=after)
                marks.append({"booking_id": row.id, "direction": direction, "method": "qr", "at": at})
                marks[-1] |= {"received_at": at, "nonce": secrets.token_hex(8), "reason": ""}
    return marks


def live(model: Model, chance: random.Random, staff: tuple[By, By]) -> int:
    """Random steps on the site and in the model, one or two for most, eight for every tenth; returns how many both refused."""
    refusals = 0
    for _ in range(chance.choice([1, 2, 1, 2, 1, 2, 1, 2, 2, 8])):
        booking, (asks, decides) = chance.choice(model.bookings), chance.sample(staff, 2)
        kind = chance.choice(["confirm", "confirm", "confirm", "end", "adjust", "backfill", "reversal"])
        step = {"confirm": _confirm, "end": _end}.get(kind)
        if step is not None:
            site, expected = step(model, booking, chance, asks)
        else:
            site, expected = _correct(model, booking, chance, kind=Kind(kind), asks=asks, decides=decides)
        assert (site == "refused") == (expected == "refused"), (kind, site, expected, model)
        refusals += expected == "refused"
    return refusals


def _confirm(model: Model, booking: Served, chance: random.Random, who: By) -> tuple[Any, str]:
    breaks = chance.choice([0, 0, 0, 10, 25, 400])
    known = model.has(booking.id, "auto")
    expected = model.credit(booking, breaks)
    site = attempt(lambda: confirm_booking(booking.id, by=who, breaks=breaks))
    assert (site is None) == (expected == "nothing")
    assert known == (expected == "same")
    return site, expected


def _end(model: Model, booking: Served, chance: random.Random, who: By) -> tuple[Any, str]:
    end = chance.randint(-40, booking.scheduled + 60)
    expected = "refused"
    if booking.left is None and end > booking.came and not model.has(booking.id):
        booking.left = end
        expected = model.credit(booking, 0)
    at = booking.starts_at + timedelta(minutes=end)
    return attempt(lambda: end_and_confirm(booking.id, at, reason="忘记签退", by=who)), expected


def _correct(
    model: Model, booking: Served, chance: random.Random, *, kind: Kind, asks: By, decides: By
) -> tuple[Any, str]:
    minutes = chance.choice([0, 30, 90, 150, 330, 480])
    change: dict[str, Any] = {"minutes": minutes, "about_id": booking.id, "day": booking.day}
    if kind is Kind.BACKFILL:
        expected = "refused"
        if minutes >= 30:
            expected = model.correct(kind, minutes, day=booking.day, booking=None, back=None)
    elif kind is Kind.ADJUST:
        expected = "refused"
        if minutes <= min(booking.scheduled + ALLOWANCE, CAP):
            difference = minutes - model.of_booking(booking.id)
            expected = model.correct(kind, difference, day=booking.day, booking=booking, back=None)
    else:
        place = chance.randrange(len(model.entries)) if model.entries else None
        change["about_id"] = queries.entries_of(model.volunteer)[place].id if place is not None else 0
        expected = "refused" if place is None else _reverse(model, place)

    def site() -> Any:
        wanted = Change(kind, model.volunteer, "随机更正", secrets.token_hex(8), **change)
        request = request_change(wanted, by=asks)
        return decide(request.id, True, words="", by=decides, version=request.version)

    return attempt(site), expected


def _reverse(model: Model, place: int) -> str:
    entry = model.entries[place]
    if entry["kind"] == "reversal" or not entry["minutes"] or any(row["back"] == place for row in model.entries):
        return "refused"
    booking = next((row for row in model.bookings if row.id == entry["booking"]), None)
    return model.correct("reversal", -entry["minutes"], day=entry["day"], booking=booking, back=place)


@pytest.mark.long
@pytest.mark.both_databases
def test_totals_are_the_sums_of_the_ledger(app: Flask, people: dict[str, Person], database_url: str) -> None:
    staff = (By(people["coordinator"].id, Actor.COORDINATOR), By(people["head"].id, Actor.COORDINATOR))
    models = make_people(HISTORIES[database_url.partition(":")[0].partition("+")[0]])
    chance, refusals = random.Random(11), 0
    for start in range(0, len(models), 50):
        with transaction():
            refusals += sum(live(model, chance, staff) for model in models[start : start + 50])
    ledger = everything()
    for model in models:
        rows = ledger.get(model.volunteer, [])
        assert [(row.kind, row.minutes, row.day, row.booking_id) for row in rows] == [
            (row["kind"], row["minutes"], row["day"], row["booking"]) for row in model.entries
        ]
        for line in lines_of(rows):
            assert line.minutes >= 0
    assert_totals(models)
    assert refusals > len(models) / 8, "the histories are too tame to show anything"


def everything() -> dict[int, list[HoursEntry]]:
    """The whole ledger by volunteer."""
    found: dict[int, list[HoursEntry]] = {}
    for row in db.session.execute(db.select(HoursEntry).order_by(HoursEntry.id)).scalars():
        found.setdefault(row.volunteer_id, []).append(row)
    return found


def assert_totals(models: list[Model]) -> None:
    """Every total that pages show is the sum of the model; the rules held for each booking and each day."""
    for model in models[:60]:
        assert queries.total_minutes(model.volunteer) == sum(row["minutes"] for row in model.entries)
        for day in {booking.day for booking in model.bookings}:
            assert queries.day_minutes(model.volunteer, day) == model.of_day(day) <= CAP
        for booking in model.bookings:
            total = queries.booking_minutes(booking.id)
            assert 0 <= total == model.of_booking(booking.id) <= min(booking.scheduled + ALLOWANCE, CAP)
    post = models[0].bookings[0].post
    at_post = sum(row["minutes"] for model in models for row in model.entries if row["booking"] is not None)
    assert queries.section_minutes([post, 987]) == {post: at_post, 987: 0}
    autos = db.select(func.count(), func.count(HoursEntry.booking_id.distinct())).where(HoursEntry.kind == "auto")
    made, bookings = db.session.execute(autos).one()
    assert made == bookings > 0
