"""What a coordinator puts on record about a volunteer: each change locked, versioned, with one event, and told to nobody else.

The events say what changed, on which day it counts and why; names and birth days stay out of the trail, which is kept for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict, DomainError, NotFound
from citizen.core.text import clean_name, normalise_phone
from citizen.extensions import db
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries.hours import own_people
from citizen.volunteers.rules import approvals as rules
from citizen.volunteers.rules.booking import By
from citizen.volunteers.services.places import lock_volunteers

SUBJECT = "volunteer"
VIEWED = "volunteer.viewed"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides about which volunteer, having seen which version of the record."""

    volunteer_id: int
    version: object
    by: By


class Outcome(StrEnum):
    """What came of one row of a bulk act."""

    DONE = "done"
    SAME = "same"
    OWN = "own"
    STALE = "stale"
    GONE = "gone"


def look(volunteer_id: int, *, by: By) -> Volunteer:
    """The volunteer, for the eyes of staff; the look itself goes on record. Raises NotFound."""
    volunteer = db.session.get(Volunteer, volunteer_id)
    if volunteer is None:
        raise NotFound()
    record(VIEWED, SUBJECT, subject_id=volunteer.id, actor=by.pair)
    return volunteer


def is_own(volunteer: Volunteer, person_id: int | None) -> bool:
    """Whether the record is that of ``person_id``, or of somebody whose guardian they are."""
    return person_id is not None and person_id in own_people(volunteer)


def ensure_not_own(volunteer: Volunteer, by: By) -> None:
    """Raise Conflict when somebody decides on their own record, or as a guardian on that of their ward."""
    if is_own(volunteer, by.person_id):
        raise Conflict(_l("This is your own record, or your child's. Another coordinator decides on it."))


def lock_for(decision: Decision) -> Volunteer:
    """The volunteer, locked; raises NotFound, Conflict for one's own or a changed record, MissingVersion."""
    volunteer = lock_volunteers({decision.volunteer_id})[decision.volunteer_id]
    ensure_not_own(volunteer, decision.by)
    rules.ensure_version(decision.version, volunteer.version)
    return volunteer


def set_briefing(decision: Decision, day: date | None) -> None:
    """The day of the briefing, or none when it was recorded in error; raises InvalidInput for a day to come."""
    volunteer = lock_for(decision)
    rules.ensure_past(day, clock.today(), "briefed_on")
    _set(volunteer, "briefed_on", day, by=decision.by)


def set_insurance(decision: Decision, until: date | None) -> None:
    """The last insured day, or none; raises InvalidInput for one that is past or beyond three years."""
    volunteer = lock_for(decision)
    rules.ensure_insurance(until, clock.today())
    _set(volunteer, "insured_until", until, by=decision.by)


def set_consent(decision: Decision, seen: date | None, *, name: str, phone: str) -> None:
    """When the guardian's consent was seen and who gave it, or no day to take it back.

    Raises Conflict for those who need none, InvalidInput without the guardian's name or with a phone that is none.
    """
    volunteer = lock_for(decision)
    number = normalise_phone(phone, field="guardian_phone") or ""
    rules.ensure_guardian(volunteer.birth_day, clock.today(), seen=seen, name=name, phone=number)
    told = (name, number) != (volunteer.guardian_name, volunteer.guardian_phone)
    volunteer.guardian_name, volunteer.guardian_phone = name, number
    _set(volunteer, "consent_on", seen, by=decision.by, also={"guardian": "changed"} if told else None)


def set_care(decision: Decision, *, approved: bool) -> None:
    """Let somebody make home visits from today on, or not any more; raises Conflict for somebody under eighteen."""
    volunteer = lock_for(decision)
    if approved:
        rules.ensure_care(volunteer.birth_day, clock.today())
    day = (volunteer.care_approved_on or clock.today()) if approved else None
    _set(volunteer, "care_approved_on", day, by=decision.by)


def correct(decision: Decision, *, name: str, birth_day: date | None, reason: str) -> None:
    """Put the name or the birth day right; the reason stays in the history, the values do not."""
    volunteer = lock_for(decision)
    rules.ensure_words(reason, "correct_reason")
    cleaned = clean_name(name, 60, field="name")
    rules.ensure_birth_day(birth_day, clock.today(), has_account=volunteer.person_id is not None)
    new = {"name": cleaned, "birth_day": birth_day}
    changed = [field for field, value in new.items() if getattr(volunteer, field) != value]
    for field in changed:
        setattr(volunteer, field, new[field])
    if changed:
        keep(volunteer, "volunteer.corrected", by=decision.by, detail={"changed": changed, "words": reason.strip()})


def keep(volunteer: Volunteer, action: str, *, by: By, detail: dict[str, Any]) -> None:
    """Count the version up and write the event of a change to a locked volunteer."""
    volunteer.version += 1
    record(action, SUBJECT, subject_id=volunteer.id, actor=by.pair, detail=detail)


def _set(volunteer: Volunteer, field: str, day: date | None, *, by: By, also: dict[str, Any] | None = None) -> None:
    before: date | None = getattr(volunteer, field)
    if before == day and not also:
        return
    setattr(volunteer, field, day)
    detail = {"from": _iso(before), "to": _iso(day), **(also or {})}
    keep(volunteer, f"volunteer.{field}", by=by, detail=detail)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def brief_all(ticked: Sequence[tuple[int, str]], day: date | None, *, by: By) -> list[tuple[int, Outcome]]:
    """Record the briefing of everybody ticked, as (volunteer, version seen); one result for each, in their order.

    Whoever cannot be recorded holds up nobody else. Raises InvalidInput for a day to come or none at all, and when more
    than fifty are ticked.
    """
    rules.ensure_roster(len(ticked), day, clock.today())
    known = db.session.execute(db.select(Volunteer.id).where(Volunteer.id.in_([id_ for id_, _v in ticked]))).scalars()
    people = lock_volunteers(set(known))
    return [(id_, _brief(people.get(id_), version, day, by=by)) for id_, version in ticked]


def _brief(volunteer: Volunteer | None, version: str, day: date | None, *, by: By) -> Outcome:
    if volunteer is None:
        return Outcome.GONE
    if is_own(volunteer, by.person_id):
        return Outcome.OWN
    try:
        rules.ensure_version(version, volunteer.version)
    except DomainError:
        return Outcome.STALE
    if volunteer.briefed_on == day:
        return Outcome.SAME
    _set(volunteer, "briefed_on", day, by=by)
    return Outcome.DONE


def note_file(reason: str, *, kind: str, wanted: dict[str, str], by: By) -> None:
    """Write down that a file of the register is made, what for, and of which view; words looked for are left out."""
    rules.ensure_words(reason, "reason")
    view = {name: value for name, value in wanted.items() if name != "q"}
    detail = {"reason": reason.strip(), "kind": kind, **view, "searched": "q" in wanted}
    record("register.exported", "person", subject_id=by.person_id or 0, actor=by.pair, detail=detail)
