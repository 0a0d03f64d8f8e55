"""Who is who, and the pages of the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from citizen.accounts.models import Person
from citizen.accounts.rules import Contact
from citizen.core.audit import AuditHead, Event
from citizen.extensions import db

PAGE = 50


def person_of(contact: Contact) -> Person | None:
    """Who signs in by ``contact``."""
    column = Person.email if contact.email else Person.phone
    return db.session.execute(db.select(Person).where(column == str(contact))).scalar_one_or_none()


def people_by_id(ids: Collection[int]) -> dict[int, Person]:
    """The people with these ids, in one question."""
    rows = db.session.execute(db.select(Person).where(Person.id.in_(ids))).scalars()
    return {row.id: row for row in rows}


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Up to fifty events, newest first; ``older`` and ``newer`` are the neighbouring pages' keys, or None."""

    events: Sequence[Event]
    older: int | None
    newer: int | None


def trail_page(*, before: int | None, after: int | None, subject: str, action: str) -> TrailPage:
    """The events just below ``before``, just above ``after``, or the newest; empty filters do not count."""
    query = db.select(Event)
    if subject:
        query = query.where(Event.subject == subject)
    if action:
        query = query.where(Event.action == action)
    if after is not None:
        upward = query.where(Event.id > after).order_by(Event.id).limit(PAGE + 1)
        rows = list(db.session.execute(upward).scalars())
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return TrailPage(rows, rows[-1].id if rows else None, rows[0].id if more else None)
    if before is not None:
        query = query.where(Event.id < before)
    rows = list(db.session.execute(query.order_by(Event.id.desc()).limit(PAGE + 1)).scalars())
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return TrailPage(rows, rows[-1].id if more else None, rows[0].id if rows and before is not None else None)


def trail_length() -> int:
    """How many events there are."""
    return db.session.get_one(AuditHead, 1).last_id
