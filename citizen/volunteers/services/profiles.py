"""Becoming a volunteer, changing what is on record about oneself, naming children who come along."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists

from citizen.accounts.rules import Contact
from citizen.accounts.services import people
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.text import clean_name, is_blank, normalise_phone
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.models import Booking, HoursEntry, HoursRequest, Shift, Volunteer
from citizen.volunteers.queries.mine import is_identity_fixed
from citizen.volunteers.queries.volunteers import children_of, volunteer_of
from citizen.volunteers.rules import volunteers as rules
from citizen.volunteers.rules.approvals import ensure_version
from citizen.volunteers.rules.booking import ACTIVE
from citizen.volunteers.services.places import lock_volunteers


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is: the name on the roster, the day of birth as it was typed, and for minors whom to call."""

    name: str
    birth_day: str
    guardian_name: str = ""
    guardian_phone: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody can and wants to do; codes of skills, areas and times."""

    skills: Collection[str] = ()
    areas: Collection[str] = ()
    times: Collection[str] = ()
    emergency_contact: str = ""
    on_call: bool = False
    reminders: bool = True


def create(person_id: int, identity: Identity) -> Volunteer:
    """The profile of an account; the one that exists already when there is one.

    That the person agreed to the use of their data for volunteering goes on record with it. Raises InvalidInput at the field
    that is missing or wrong, or for somebody under fourteen, who has no account.
    """
    people.load(person_id)
    known = volunteer_of(person_id)
    if known is not None:
        return known
    volunteer = Volunteer(person_id=person_id, created_at=clock.now(), **_checked(identity))
    db.session.add(volunteer)
    db.session.flush()
    record("volunteer.joined", "volunteer", subject_id=volunteer.id, actor=(person_id, "self"), detail={"agreed": True})
    return volunteer


def problems(identity: Identity) -> list[InvalidInput]:
    """What `create` would refuse, one for each field, so that a page can say all of it at once."""
    found: list[InvalidInput] = []
    for check in (
        lambda: _name(identity.name),
        lambda: rules.birth_day_of(identity.birth_day, today=clock.today()),
        lambda: _checked(identity),
    ):
        try:
            check()
        except InvalidInput as error:
            if error.field not in [known.field for known in found]:
                found.append(error)
    return found


def _checked(identity: Identity) -> dict[str, object]:
    today = clock.today()
    name = _name(identity.name)
    day = rules.birth_day_of(identity.birth_day, today=today)
    rules.ensure_own_account(day, today)
    phone = normalise_phone(identity.guardian_phone, field="guardian_phone") or ""
    guardian = "" if is_blank(identity.guardian_name) else clean_name(identity.guardian_name, 60, field="guardian_name")
    rules.ensure_guardian(day, today, name=guardian, phone=phone)
    return {"name": name, "birth_day": day, "guardian_name": guardian, "guardian_phone": phone}


def _name(raw: str) -> str:
    """The cleaned name; raises InvalidInput at ``name`` for none, and for one that poses as the office."""
    if is_blank(raw):
        raise InvalidInput(_l("Enter your name as it should stand on the roster."), "name")
    return people.resident_name(raw, Contact())


def change(volunteer_id: int, identity: Identity | None, wishes: Wishes, *, version: object) -> Volunteer:
    """Store what a volunteer says of themselves; ``identity`` is None where only the coordinator may change it.

    Raises MissingVersion, Conflict when the record changed meanwhile, InvalidInput at the field that is wrong.
    """
    volunteer = lock_volunteers({volunteer_id})[volunteer_id]
    ensure_version(version, volunteer.version)
    new = _wishes(wishes)
    if identity is not None:
        new |= _checked(identity)
        for field in ("name", "birth_day") if is_identity_fixed(volunteer) else ():
            if new[field] != getattr(volunteer, field):
                words = _l("Hours or a consent are on record for you, so only the coordinator changes this.")
                raise InvalidInput(words, field)
    changed = sorted(name for name, value in new.items() if getattr(volunteer, name) != value)
    for name in changed:
        setattr(volunteer, name, new[name])
    if changed:
        volunteer.version += 1
        actor = (volunteer.person_id, "self")
        record("volunteer.changed", "volunteer", subject_id=volunteer.id, actor=actor, detail={"changed": changed})
    return volunteer


def _wishes(wishes: Wishes) -> dict[str, object]:
    """The wishes as columns; codes that nobody offered are left out."""
    return {
        "skills": [code for code in rules.SKILLS if code in wishes.skills],
        "areas": [code for code in directory().areas if code in wishes.areas],
        "times": [code for code in rules.TIMES if code in wishes.times],
        "emergency_contact": wishes.emergency_contact,
        "on_call": wishes.on_call,
        "reminders": wishes.reminders,
    }


def add_child(guardian: Volunteer, *, name: str, birth_day: str) -> Volunteer:
    """A child under fourteen for whom the guardian answers; naming the same child twice changes nothing.

    Raises InvalidInput at ``child_name`` or ``child_birth_day``, Conflict when there are six children already.
    """
    today = clock.today()
    lock_volunteers({guardian.id})
    cleaned = clean_name(name, field="child_name")
    day = rules.birth_day_of(birth_day, today=today, field="child_birth_day")
    if not rules.is_child(day, today):
        raise InvalidInput(_l("From 14 on young people sign up themselves."), "child_birth_day")
    mine = children_of(guardian.id)
    known = [child for child in mine if (child.name, child.birth_day) == (cleaned, day)]
    if known:
        return known[0]
    if len(mine) >= rules.MOST_CHILDREN:
        raise Conflict(_l("You can name six children. A class or a group comes as a team."))
    child = Volunteer(guardian_id=guardian.id, name=cleaned, birth_day=day, created_at=clock.now())
    db.session.add(child)
    db.session.flush()
    record("volunteer.child_added", "volunteer", subject_id=child.id, actor=(guardian.person_id, "self"))
    return child


def remove_child(guardian: Volunteer, child_id: int) -> None:
    """Take a child off; its name and day of birth go, past service stays without them.

    Raises NotFound for a child that is not theirs, Conflict while it is booked for a shift to come.
    """
    if child_id not in {child.id for child in children_of(guardian.id)}:
        raise NotFound()
    child = lock_volunteers({guardian.id, child_id})[child_id]
    coming = (
        exists()
        .where(Booking.volunteer_id == child.id, Booking.state.in_(ACTIVE))
        .where(Shift.id == Booking.shift_id, Shift.ends_at > clock.now())
    )
    if db.session.execute(db.select(coming)).scalar_one():
        raise Conflict(_("%(name)s is booked for a shift to come. Cancel that booking first.", name=child.name))
    record("volunteer.child_removed", "volunteer", subject_id=child.id, actor=(guardian.person_id, "self"))
    if _has_left_traces(child):
        # Bookings and hours of the past point here. The row stays as a number without a person.
        child.name, child.birth_day, child.suspended_at = "", date(child.birth_day.year, 1, 1), clock.now()
        child.version += 1
    else:
        db.session.delete(child)


def _has_left_traces(child: Volunteer) -> bool:
    found = (db.select(exists().where(model.volunteer_id == child.id)) for model in (Booking, HoursEntry, HoursRequest))
    return any(db.session.execute(query).scalar_one() for query in found)
