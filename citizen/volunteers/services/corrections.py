"""Corrections of hours: one asks, another decides, the ledger gets one more entry; nothing is ever edited.

A correction never waits for its approval inside the ledger: until another person agrees, only the request exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from citizen.certificates.rules import hours
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import constraint_means, locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.volunteers.models import HoursEntry, HoursRequest, Shift, Volunteer
from citizen.volunteers.queries.hours import (
    accounts_of,
    booking_minutes,
    day_minutes,
    entries_of_booking,
    hour_rules,
    own_people,
)
from citizen.volunteers.rules import hours as rules
from citizen.volunteers.rules.booking import PRESENT, Actor, BookingState, By
from citizen.volunteers.rules.hours import Kind, RequestState
from citizen.volunteers.services import hour_certificates, messages
from citizen.volunteers.services.places import lock_booking, lock_volunteers

for _name in ("ux_hours_requests_pending", "hours_requests.booking_id"):
    constraint_means(_name, lambda: Conflict(_l("A correction of these hours is being looked at already.")))
for _name in ("uq_hours_entries_reverses_id", "hours_entries.reverses_id"):
    constraint_means(_name, lambda: Conflict(_l("This entry was taken back already.")))

#: People may have been there without anybody writing it down.
_MAY_BE_CORRECTED = PRESENT | {BookingState.CONFIRMED, BookingState.NO_SHOW}


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody asks for. ``key`` comes from the form: the same key gives the same request again.

    adjust: ``booking_id`` and the ``minutes`` that its hours should come to. backfill: ``day`` and ``minutes`` of a service
    without a booking. reversal: ``entry_id`` of what is to be taken back.
    """

    kind: Kind
    volunteer_id: int
    reason: str
    key: str
    minutes: int = 0
    #: The booking (adjust) or the entry (reversal) that it is about.
    about_id: int | None = None
    day: date | None = None


def request_change(change: Change, *, by: By) -> HoursRequest:
    """Write down what is asked for, until another person decides on it.

    A volunteer, or a child's guardian, asks for an adjustment within thirty days; a coordinator for anything that is not about
    themselves or their child. Raises NotFound for what is not theirs to see, Conflict when one is pending already or too late,
    InvalidInput for minutes that cannot be credited or a missing reason.
    """
    known = _known(change, by)
    if known is not None:
        return known
    reason = rules.ensure_words(change.reason)
    asked = _asked(change, by)
    # A second click waited for the locks and finds here what the first one made.
    known = _known(change, by)
    if known is not None:
        return known
    request = HoursRequest(
        volunteer_id=change.volunteer_id,
        kind=change.kind,
        reason=reason,
        key=change.key,
        requested_by=by.person_id,
        requested_at=clock.now(),
        **asked,
    )
    db.session.add(request)
    db.session.flush()
    detail = {"kind": request.kind, "minutes": request.minutes, "day": request.day.isoformat()}
    record("hours.requested", "hours_request", subject_id=request.id, actor=by.pair, detail=detail)
    return request


def _known(change: Change, by: By) -> HoursRequest | None:
    """The request that this very form made before; raises InvalidInput when that was about something else."""
    query = db.select(HoursRequest).where(HoursRequest.key == change.key)
    known: HoursRequest | None = db.session.execute(query).scalar_one_or_none()
    same = (by.person_id, change.volunteer_id, change.kind)
    if known is not None and (known.requested_by, known.volunteer_id, known.kind) != same:
        raise InvalidInput(_l("This form was sent before with other content. Please load the page again."))
    return known


def _asked(change: Change, by: By) -> dict[str, object]:
    """The request's columns that depend on its kind; locks what it is about and raises what forbids it."""
    if change.kind is Kind.ADJUST:
        return _adjustment(change, by)
    if by.actor is not Actor.COORDINATOR:
        raise Conflict(_l("This step is not yours to take."))
    if change.kind is Kind.REVERSAL:
        return _reversal(change, by)
    return _backfill(change, by)


def _adjustment(change: Change, by: By) -> dict[str, object]:
    booking, shift = lock_booking(change.about_id or 0)
    volunteer = _lock_volunteer(change.volunteer_id, by)
    now, entries = clock.now(), entries_of_booking(booking.id)
    if booking.volunteer_id != volunteer.id:
        raise NotFound()
    if booking.state not in _MAY_BE_CORRECTED or (shift.ends_at > now and not entries):
        raise Conflict(_l("There are no hours of this booking to be corrected yet."))
    if by.actor is Actor.VOLUNTEER:
        rules.ensure_in_time(entries[0].created_at if entries else shift.ends_at, now)
    rules.ensure_minutes(change.minutes, least=0, most=rules.most_for(shift.minutes, hour_rules().daily_cap))
    return {"booking_id": booking.id, "minutes": change.minutes, "day": entries[0].day if entries else _day(shift)}


def _backfill(change: Change, by: By) -> dict[str, object]:
    _lock_volunteer(change.volunteer_id, by)
    rules.ensure_minutes(change.minutes, least=rules.SHORTEST, most=hour_rules().daily_cap)
    if change.day is None or change.day > clock.today():
        raise InvalidInput(_l("Enter the day of the service; it cannot lie in the future."), "day")
    return {"minutes": change.minutes, "day": change.day}


def _reversal(change: Change, by: By) -> dict[str, object]:
    entry = db.session.get(HoursEntry, change.about_id)
    if entry is None or entry.volunteer_id != change.volunteer_id:
        raise NotFound()
    if entry.booking_id is not None:
        lock_booking(entry.booking_id)
    _lock_volunteer(change.volunteer_id, by)
    rules.ensure_reversible(entry.kind, entry.minutes)
    _ensure_not_reversed(entry)
    before = booking_minutes(entry.booking_id) if entry.booking_id is not None else entry.minutes
    return {
        "booking_id": entry.booking_id,
        "entry_id": entry.id,
        "minutes": before - entry.minutes,
        "day": entry.day,
    }


def _lock_volunteer(volunteer_id: int, by: By) -> Volunteer:
    """The volunteer, locked; raises unless ``by`` may ask for a change of these hours."""
    volunteer = lock_volunteers({volunteer_id})[volunteer_id]
    if by.actor is Actor.COORDINATOR:
        rules.ensure_not_own(by.person_id, own_people(volunteer))
    elif by.actor is not Actor.VOLUNTEER or by.person_id not in accounts_of(volunteer):
        raise NotFound()
    return volunteer


def _ensure_not_reversed(entry: HoursEntry) -> None:
    if db.session.execute(db.select(HoursEntry.id).where(HoursEntry.reverses_id == entry.id)).first():
        raise Conflict(_l("This entry was taken back already."))


def _day(shift: Shift) -> date:
    return clock.local(shift.starts_at).date()


def decide(request_id: int, approve: bool, *, words: str, by: By, version: object) -> HoursRequest:
    """Agree to a correction, which adds one entry, or refuse it with words that the volunteer reads.

    Whoever asked, the volunteer and a child's guardian never decide. Raises NotFound, MissingVersion, Conflict when it is
    decided already or the ledger does not allow it any more, InvalidInput for a refusal without words.
    """
    request, volunteer, shift = _lock_request(request_id)
    if by.actor is not Actor.COORDINATOR:
        raise Conflict(_l("This step is not yours to take."))
    by_id = rules.ensure_other(by.person_id, request.requested_by)
    rules.ensure_not_own(by.person_id, own_people(volunteer))
    rules.ensure_version(version, request.version)
    if request.state != RequestState.PENDING:
        raise Conflict(_l("This correction was decided already."))
    request.words = words.strip() if approve else rules.ensure_words(words, "words")
    if approve:
        _enter(request, shift, by_id=by_id)
    request.state = RequestState.APPROVED if approve else RequestState.REFUSED
    request.decided_by, request.decided_at = by_id, clock.now()
    request.version += 1
    record(f"hours.{request.state}", "hours_request", subject_id=request.id, actor=by.pair)
    after = booking_minutes(request.booking_id) if request.booking_id is not None else request.minutes
    values = {"day": request.day, "hours": hours(after), "words": request.words}
    messages.say(f"hours_{request.state}", volunteer, values=values, key=f"hours_request:{request.id}")
    return request


def _lock_request(request_id: int) -> tuple[HoursRequest, Volunteer, Shift | None]:
    """The request with what it is about, all locked in the order of the house: shift, volunteer, request."""
    query = db.select(HoursRequest.booking_id, HoursRequest.volunteer_id).where(HoursRequest.id == request_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    shift = lock_booking(found.booking_id)[1] if found.booking_id is not None else None
    volunteer = lock_volunteers({found.volunteer_id})[found.volunteer_id]
    request = locked(HoursRequest, HoursRequest.id == request_id)
    if request is None:
        raise NotFound()
    return request, volunteer, shift


def _difference(request: HoursRequest, shift: Shift | None) -> int:
    """The minutes of the entry to come; raises Conflict or InvalidInput when the ledger does not allow them (any more)."""
    before = booking_minutes(request.booking_id) if request.booking_id is not None else 0
    difference = request.minutes - before
    if request.kind == Kind.REVERSAL:
        entry = db.session.get_one(HoursEntry, request.entry_id)
        _ensure_not_reversed(entry)
        difference = -entry.minutes
        before = before if request.booking_id is not None else entry.minutes
    cap = hour_rules().daily_cap
    if shift is not None and difference > 0:
        rules.ensure_minutes(before + difference, least=0, most=rules.most_for(shift.minutes, cap))
    if before + difference < 0:
        raise Conflict(_l("More would be taken back than was credited."))
    rules.ensure_day_holds(day_minutes(request.volunteer_id, request.day), difference, cap)
    return difference


def _enter(request: HoursRequest, shift: Shift | None, *, by_id: int) -> None:
    """Add the entry: the difference, or the negative of what is taken back."""
    difference = _difference(request, shift)
    entry = HoursEntry(
        volunteer_id=request.volunteer_id,
        booking_id=request.booking_id,
        kind=request.kind,
        minutes=difference,
        day=request.day,
        reason=request.reason,
        reverses_id=request.entry_id,
        request_id=request.id,
        entered_by=request.requested_by,
        approved_by=by_id,
        created_at=clock.now(),
    )
    db.session.add(entry)
    db.session.flush()
    if difference < 0:
        hour_certificates.revoke_touched(entry, by_id=by_id)
