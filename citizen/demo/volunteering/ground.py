"""What the plan of volunteering needs to know: plain values, read once."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import current_app

from citizen.accounts.models import Person
from citizen.core.clock import local
from citizen.core.content import Content
from citizen.core.permissions import Role
from citizen.demo.world import Spot, World
from citizen.departments.calendar import WorkingCalendar
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.models import PostKind

FILE = "demo_volunteers.yaml"
#: So far back shifts were held, and so far ahead they are made.
BEHIND, AHEAD = timedelta(days=60), timedelta(days=42)


@dataclass(frozen=True, slots=True)
class Kind:
    """What counts of a kind of post."""

    code: str
    min_age: int
    consent: bool
    briefing: bool
    insurance: bool
    outdoors: bool
    risk: str
    minutes: int
    capacity: int
    slots: tuple[str, ...]
    place_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Staff:
    """Ids of the people who act."""

    coordinators: tuple[int, int]
    workers: tuple[int, ...]
    #: The demonstration's own volunteer, with the name, and the password's hash that everybody here shares.
    star: int
    star_name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Ground:
    """One county at one moment (in UTC), as volunteering sees it."""

    now: datetime
    kinds: dict[str, Kind]
    spots: tuple[Spot, ...]
    areas: tuple[str, ...]
    staff: Staff
    calendar: WorkingCalendar
    words: dict[str, Any]
    #: The county's own names; see `Content.site`.
    site: dict[str, Any]
    secret: bytes

    @property
    def today(self) -> date:
        """The county's day."""
        return local(self.now).date()

    def hidden(self, what: str) -> str:
        """64 hexadecimal digits that nobody without the site's secret can work out."""
        return hmac.new(self.secret, f"demo:{what}".encode(), hashlib.sha256).hexdigest()


def read_ground(files: Content, world: World, now: datetime) -> Ground:
    """The loaded county at ``now``; raises LookupError when kinds of posts or somebody who has to act is missing."""
    snapshot = directory()
    kinds = {row.code: _kind(row) for row in db.session.execute(db.select(PostKind)).scalars()}
    if not kinds:
        raise LookupError("the kinds of posts are missing")
    return Ground(
        now=now.astimezone(UTC),
        kinds=kinds,
        spots=tuple(sorted(world.spots.values(), key=lambda spot: spot.code)),
        areas=tuple(sorted(snapshot.areas)),
        staff=_staff(),
        calendar=snapshot.calendar,
        words=files.yaml(FILE),
        site=files.site,
        secret=current_app.config["SETTINGS"].secret_bytes,
    )


def _kind(row: PostKind) -> Kind:
    return Kind(
        row.code,
        row.min_age,
        row.guardian_consent,
        row.briefing_required,
        row.insurance_required,
        row.outdoors,
        row.risk,
        row.shift_minutes,
        row.default_capacity,
        tuple(row.usual_slots),
        tuple(row.place_types),
    )


def _staff() -> Staff:
    people = db.session.execute(db.select(Person).order_by(Person.id)).scalars().all()
    star = next((person for person in people if (person.email or "").startswith("volunteer@")), None)
    coordinators = [person.id for person in people if Role.COORDINATOR in person.roles]
    workers = [person.id for person in people if person.roles == {Role.WORKER}]
    if star is None or len(coordinators) < 2 or not workers:
        raise LookupError("the volunteer, two coordinators or a field worker are missing")
    return Staff((coordinators[0], coordinators[1]), tuple(workers[:3]), star.id, star.name, star.password_hash)
