"""Public notices of hours: opened by a coordinator, open to everybody's objections, closed by time."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.models import HoursEntry, HoursNotice, HoursObjection, HoursRequest
from citizen.volunteers.queries.hour_notices import is_open, notice_with, served_at, totals_between
from citizen.volunteers.queries.hours import entries_of, own_people
from citizen.volunteers.rules import hours as rules
from citizen.volunteers.rules.booking import By
from citizen.volunteers.rules.hours import Kind, ObjectionState
from citizen.volunteers.rules.ledger import Line, lines_of
from citizen.volunteers.services.corrections import Change, request_change
from citizen.volunteers.services.places import lock_booking, lock_volunteers
from citizen.volunteers.services.posts import new_slug


def open_notice(first: date, last: date, *, by: By) -> HoursNotice:
    """Show the hours of the days from ``first`` to ``last`` for five working days.

    Raises InvalidInput for days in the future, more than a year, or without any hours.
    """
    rules.ensure_span(first, last, clock.today())
    if not totals_between(first, last).times:
        raise InvalidInput(_l("No hours are credited for these days."), "first")
    now = clock.now()
    notice = HoursNotice(
        slug=new_slug(),
        from_day=first,
        until_day=last,
        opens_at=now,
        closes_at=directory().calendar.add_working_days(now, rules.NOTICE_WORKING_DAYS),
        created_by=by.person_id,
    )
    db.session.add(notice)
    db.session.flush()
    detail = {"from": first.isoformat(), "until": last.isoformat(), "closes_at": notice.closes_at.isoformat()}
    record("hours.notice", "hours_notice", subject_id=notice.id, actor=by.pair, detail=detail)
    return notice


def object_to(slug: str, entry_id: int, *, words: str, contact: str, key: str) -> HoursObjection:
    """Say, without an account, that hours in a notice are not right; until decided they count for no certificate.

    The same key gives the same objection again. Raises NotFound when the notice does not show that line, Conflict once it is
    closed, InvalidInput for words that say nothing.
    """
    notice = notice_with(slug)
    if notice is None:
        raise NotFound()
    if not is_open(notice, clock.now()):
        raise Conflict(_l("The time for objections is over. Please call the coordinator."))
    served = served_at(notice, entry_id)
    if served is None:
        raise NotFound()
    entry = db.session.get_one(HoursEntry, served.line.entry_id)
    _lock(entry)
    query = db.select(HoursObjection).where(HoursObjection.key == key)
    known: HoursObjection | None = db.session.execute(query).scalar_one_or_none()
    if known is not None:
        return known
    objection = HoursObjection(
        notice_id=notice.id,
        entry_id=entry.id,
        words=rules.ensure_words(words, "words"),
        contact=contact,
        key=key,
        created_at=clock.now(),
    )
    db.session.add(objection)
    db.session.flush()
    record("hours.objection", "hours_objection", subject_id=objection.id, actor=(None, "visitor"))
    return objection


def uphold(objection_id: int, minutes: int, *, words: str, by: By, version: object) -> HoursRequest:
    """Agree with an objection: ask for the correction to ``minutes``, which a second person approves.

    Services without a booking are taken back as a whole. Raises NotFound, MissingVersion, Conflict when it is decided already,
    when it is about one's own or one's child's hours or a correction is pending, InvalidInput for minutes that are not less.
    """
    objection, line, volunteer_id = _lock_objection(objection_id, by=by, version=version)
    if minutes >= line.minutes:
        raise InvalidInput(
            _l("Enter less than the %(now)s minutes that are credited now.", now=line.minutes), "minutes"
        )
    whole = line.booking_id is None or (minutes == 0 and len(line.entries) == 1)
    if line.booking_id is None and minutes:
        raise InvalidInput(_l("A service without a booking can only be taken back as a whole: enter 0."), "minutes")
    change = Change(
        kind=Kind.REVERSAL if whole else Kind.ADJUST,
        volunteer_id=volunteer_id,
        reason=rules.ensure_words(words, "words"),
        key=f"objection:{objection.id}",
        minutes=minutes,
        about_id=line.entry_id if whole else line.booking_id,
    )
    request = request_change(change, by=by)
    _decided(objection, ObjectionState.UPHELD, words, by=by)
    return request


def dismiss(objection_id: int, *, words: str, by: By, version: object) -> HoursObjection:
    """Reject an objection, with a reason; the hours count again. Raises what `uphold` does."""
    objection, _line, _volunteer = _lock_objection(objection_id, by=by, version=version)
    _decided(objection, ObjectionState.DISMISSED, rules.ensure_words(words, "words"), by=by)
    return objection


def _lock(entry: HoursEntry) -> None:
    if entry.booking_id is not None:
        lock_booking(entry.booking_id)
    lock_volunteers({entry.volunteer_id})


def _line(entry: HoursEntry) -> Line:
    """The whole line that an entry belongs to."""
    return next(line for line in lines_of(entries_of(entry.volunteer_id)) if entry in line.entries)


def _lock_objection(objection_id: int, *, by: By, version: object) -> tuple[HoursObjection, Line, int]:
    query = db.select(HoursEntry).join(HoursObjection, HoursObjection.entry_id == HoursEntry.id)
    entry = db.session.execute(query.where(HoursObjection.id == objection_id)).scalar_one_or_none()
    if entry is None:
        raise NotFound()
    if entry.booking_id is not None:
        lock_booking(entry.booking_id)
    volunteer = lock_volunteers({entry.volunteer_id})[entry.volunteer_id]
    objection = locked(HoursObjection, HoursObjection.id == objection_id)
    if objection is None:
        raise NotFound()
    rules.ensure_not_own(by.person_id, own_people(volunteer))
    rules.ensure_version(version, objection.version)
    if objection.state != ObjectionState.OPEN:
        raise Conflict(_l("This objection has been decided already."))
    return objection, _line(entry), volunteer.id


def _decided(objection: HoursObjection, state: ObjectionState, words: str, *, by: By) -> None:
    objection.state, objection.decision = state, words.strip()
    objection.decided_by, objection.decided_at = by.person_id, clock.now()
    objection.version += 1
    record(f"hours.objection_{state}", "hours_objection", subject_id=objection.id, actor=by.pair)
