"""The register of volunteers: one page of a view, found by name, phone or e-mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, or_

from citizen.accounts.models import Person
from citizen.core.audit import Event
from citizen.core.content import to_traditional
from citizen.core.errors import InvalidInput
from citizen.core.text import fold_width, normalise_email, normalise_phone, to_simplified
from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift, Team, TeamMember, Volunteer
from citizen.volunteers.rules.approvals import INSURANCE_SOON, Narrowing, born_by
from citizen.volunteers.rules.booking import BookingState
from citizen.volunteers.rules.eligibility import ADULT, OWN_ACCOUNT_AGE

PAGE = 50
#: Rows read at once for a file.
CHUNK = 1_000
#: What a file is made of.
FILED = (
    *(Volunteer.id, Volunteer.name, Volunteer.birth_day, Volunteer.person_id, Volunteer.areas, Volunteer.skills),
    *(Volunteer.on_call, Volunteer.consent_on, Volunteer.briefed_on, Volunteer.insured_until),
    *(Volunteer.care_approved_on, Volunteer.suspended_at, Volunteer.created_at),
)
_PHONE = re.compile(r"[+0-9][0-9 ()-]{2,}$")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty values do not count."""

    words: str = ""
    narrow: str = ""
    area: str = ""
    skill: str = ""


def register_page(wanted: Wanted, *, before: int | None, today: date) -> tuple[list[Volunteer], int | None]:
    """Up to fifty volunteers, the newest first, below the id ``before``; and the key of the next page, or None."""
    query = matching(wanted, today).order_by(Volunteer.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(Volunteer.id < before)
    rows = list(db.session.execute(query).scalars())
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def everybody(wanted: Wanted, *, today: date) -> Iterator[Any]:
    """All who match, in the order of their numbers, with the columns `FILED`; read in pieces, so that many need no memory."""
    last = 0
    while True:
        query = matching(wanted, today).where(Volunteer.id > last).order_by(Volunteer.id).limit(CHUNK)
        rows = db.session.execute(query.with_only_columns(*FILED)).all()
        yield from rows
        if len(rows) < CHUNK:
            return
        last = rows[-1].id


def how_many(wanted: Wanted, *, today: date) -> int:
    """The number of volunteers of a view."""
    query = matching(wanted, today).with_only_columns(func.count(Volunteer.id))
    return int(db.session.execute(query).scalar_one())


def matching(wanted: Wanted, today: date) -> Select[Volunteer]:
    """The volunteers of a view."""
    query: Select[Volunteer] = db.select(Volunteer)
    if wanted.words:
        query = query.where(_found(wanted.words))
    if wanted.narrow:
        query = query.where(_narrowed(Narrowing(wanted.narrow), today))
    for column, code in ((Volunteer.areas, wanted.area), (Volunteer.skills, wanted.skill)):
        if code:
            query = query.where(cast(column, String).contains(f'"{code}"', autoescape=True))
    return query


def _found(words: str) -> ColumnElement[bool]:
    """An address has an @, a phone number digits only, a name everything else, in either set of Chinese characters.

    Whole addresses and numbers are found by their index, parts of them by looking at all; both are stored in one form only.
    """
    typed = fold_width(words).strip().lower()
    if "@" in typed:
        whole = _whole(normalise_email, typed)
        return _reached_by(Person.email == whole if whole else Person.email.contains(typed, autoescape=True))
    if _PHONE.match(typed):
        whole, part = _whole(normalise_phone, typed), re.sub(r"[ ()+]", "", typed)
        reached = _reached_by(Person.phone == whole if whole else Person.phone.contains(part, autoescape=True))
        guardian = Volunteer.guardian_phone
        return or_(reached, guardian == whole if whole else guardian.contains(part, autoescape=True))
    column = func.lower(Volunteer.name) if re.search("[a-z]", typed) else Volunteer.name
    names = {typed, to_simplified(typed), to_traditional(typed)}
    return or_(*(column.contains(name, autoescape=True) for name in sorted(names)))


def _whole(normalise: Callable[[str], str | None], typed: str) -> str | None:
    """A whole address or number in its one form; None for a part of one."""
    try:
        return normalise(typed)
    except InvalidInput:
        return None


def _reached_by(contact: ColumnElement[bool]) -> ColumnElement[bool]:
    """Those whose account matches, and the children whom they answer for."""
    people = db.select(Person.id).where(contact)
    guardians = db.select(Volunteer.id).where(Volunteer.person_id.in_(people))
    return or_(Volunteer.person_id.in_(people), Volunteer.guardian_id.in_(guardians))


def _narrowed(narrow: Narrowing, today: date) -> ColumnElement[bool]:
    adult, teenager = born_by(today, ADULT), born_by(today, OWN_ACCOUNT_AGE)
    conditions: dict[Narrowing, ColumnElement[bool]] = {
        Narrowing.CONSENT: (Volunteer.birth_day > adult)
        & (Volunteer.birth_day <= teenager)
        & Volunteer.consent_on.is_(None),
        Narrowing.BRIEFING: Volunteer.briefed_on.is_(None) & (Volunteer.birth_day <= teenager),
        Narrowing.INSURANCE: Volunteer.insured_until.between(today, today + INSURANCE_SOON),
        Narrowing.SUSPENDED: Volunteer.suspended_at.is_not(None),
        Narrowing.ON_CALL: Volunteer.on_call.is_(True),
        Narrowing.MINORS: Volunteer.birth_day > adult,
    }
    return conditions[narrow]


def consents_awaited(today: date, most: int) -> list[Volunteer]:
    """Up to ``most`` volunteers of 14 to 17 whose guardian's consent nobody has seen, the newest first."""
    query = matching(Wanted(narrow=Narrowing.CONSENT), today).order_by(Volunteer.id.desc()).limit(most)
    return list(db.session.execute(query).scalars())


def teams_awaited() -> list[tuple[Team, Volunteer, int]]:
    """Teams that wait for approval, the oldest first, each with its leader and the number of its members."""
    members = (
        db.select(func.count()).where(TeamMember.team_id == Team.id).correlate(Team).scalar_subquery().label("members")
    )
    query = (
        db.select(Team, Volunteer, members)
        .join(Volunteer, Volunteer.id == Team.leader_id)
        .where(Team.approved_at.is_(None), Team.ended_at.is_(None))
        .order_by(Team.id)
        .limit(PAGE)
    )
    return [(team, leader, int(n)) for team, leader, n in db.session.execute(query)]


def guardians_of(volunteers: Sequence[Volunteer]) -> dict[int, Volunteer]:
    """The guardians of the children among ``volunteers``, by the guardian's id."""
    ids = {row.guardian_id for row in volunteers if row.guardian_id is not None}
    if not ids:
        return {}
    rows = db.session.execute(db.select(Volunteer).where(Volunteer.id.in_(ids))).scalars()
    return {row.id: row for row in rows}


def coming_bookings(volunteer_id: int, now: datetime) -> list[tuple[Booking, Shift]]:
    """What somebody holds or waits for from now on, the earliest first; at most twenty."""
    states = (BookingState.CONFIRMED, BookingState.OFFERED, BookingState.WAITING)
    query: Any = (
        db.select(Booking, Shift)
        .join(Shift, Shift.id == Booking.shift_id)
        .where(Booking.volunteer_id == volunteer_id, Booking.state.in_(states), Shift.ends_at > now)
        .order_by(Shift.starts_at)
        .limit(20)
    )
    return [(booking, shift) for booking, shift in db.session.execute(query)]


def looks_at(volunteer_id: int, *, action: str, most: int) -> list[Event]:
    """The last looks of staff at somebody's record, the newest first."""
    query = (
        db.select(Event)
        .where(Event.subject == "volunteer", Event.subject_id == volunteer_id, Event.action == action)
        .order_by(Event.id.desc())
        .limit(most)
    )
    return list(db.session.execute(query).scalars())


def changes_of(volunteer_id: int, *, but: str, most: int) -> list[Event]:
    """The last changes of somebody's record, the newest first, without the looks (``but``)."""
    query = (
        db.select(Event)
        .where(Event.subject == "volunteer", Event.subject_id == volunteer_id, Event.action != but)
        .order_by(Event.id.desc())
        .limit(most)
    )
    return list(db.session.execute(query).scalars())
