"""Crediting what was served: one automatic entry for each booking, confirmed by somebody else than the volunteer."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from citizen.certificates.rules import hours
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import constraint_means
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.volunteers.models import Attendance, Booking, HoursEntry, Shift, Volunteer
from citizen.volunteers.queries.hours import (
    day_minutes,
    entries_of_booking,
    hour_rules,
    own_people,
    presence_of,
)
from citizen.volunteers.rules.booking import PRESENT, Actor, By
from citizen.volunteers.rules.hours import Kind, credited, ensure_breaks, ensure_end, ensure_not_own, ensure_words
from citizen.volunteers.services import messages
from citizen.volunteers.services.places import lock_booking, lock_volunteers

_CREDITED = _l("The hours of this booking are credited already.")
_SETTLED = _l("A correction has settled the hours of this booking.")
for _name in ("ux_hours_entries_auto", "hours_entries.booking_id"):
    constraint_means(_name, lambda: Conflict(_CREDITED))


def confirm_booking(booking_id: int, *, by: By, breaks: int = 0) -> HoursEntry | None:
    """Credit the minutes between sign-in and sign-out, without ``breaks`` (minutes); the volunteer is told once.

    Confirming twice gives the same entry. None, and nothing credited, while the sign-in or the sign-out is missing (see
    `end_and_confirm`). An entry of nothing is written for a service too short to count, or when the day's cap is reached.
    Raises NotFound; Conflict when somebody confirms their own or their child's hours, does not lead the shift, when the
    volunteer was not there, or when a correction has settled the hours; InvalidInput for breaks longer than the service.
    """
    booking, shift, volunteer = _locked(booking_id, by)
    known = entries_of_booking(booking.id)
    if not known:
        return _credit(booking, shift, volunteer, by=by, breaks=breaks)
    for entry in known:
        if entry.kind == Kind.AUTO:
            return entry
    raise Conflict(_SETTLED)


def end_and_confirm(booking_id: int, ended_at: datetime, *, reason: str, by: By, breaks: int = 0) -> HoursEntry:
    """Enter the sign-out that is missing, with a reason that the volunteer reads, and credit the minutes.

    Raises what `confirm_booking` does; Conflict when there is a sign-out already or no sign-in; InvalidInput for an end that
    is not between the sign-in and now, and without a reason.
    """
    booking, shift, volunteer = _locked(booking_id, by)
    presence, words = presence_of(booking.id), ensure_words(reason)
    if "in" not in presence or "out" in presence:
        raise Conflict(_l("Only a missing sign-out is entered here. Look at the booking again."))
    if entries_of_booking(booking.id):
        raise Conflict(_SETTLED)
    now = clock.now()
    ensure_end(presence["in"], ended_at, now)
    if shift.cancelled_at is not None and ended_at > shift.cancelled_at:
        raise InvalidInput(_l("The shift was cancelled before that."), "ended")
    db.session.add(
        Attendance(
            booking_id=booking.id,
            direction="out",
            method="lead",
            at=ended_at,
            received_at=now,
            nonce=f"end:{booking.id}",
            entered_by=by.person_id,
            reason=words,
        )
    )
    db.session.flush()
    entry = _credit(booking, shift, volunteer, by=by, breaks=breaks, reason=words)
    if entry is None:
        raise Conflict(_CREDITED)
    return entry


def _locked(booking_id: int, by: By) -> tuple[Booking, Shift, Volunteer]:
    """Booking, shift and volunteer, locked; raises Conflict unless ``by`` may confirm them."""
    booking, shift = lock_booking(booking_id)
    volunteer = lock_volunteers({booking.volunteer_id})[booking.volunteer_id]
    leads = by.actor is Actor.LEAD and by.person_id is not None and by.person_id == shift.leads
    if not leads and by.actor is not Actor.COORDINATOR:
        raise Conflict(_l("The lead of the shift or a coordinator confirms hours."))
    ensure_not_own(by.person_id, own_people(volunteer))
    return booking, shift, volunteer


def _credit(
    booking: Booking, shift: Shift, volunteer: Volunteer, *, by: By, breaks: int, reason: str = ""
) -> HoursEntry | None:
    if booking.state not in PRESENT:
        raise Conflict(_l("Only somebody who was there can be credited."))
    presence = presence_of(booking.id)
    if not {"in", "out"} <= presence.keys():
        return None
    span, day = (presence["in"], presence["out"]), clock.local(shift.starts_at).date()
    ensure_breaks(span, breaks)
    used, cap = day_minutes(volunteer.id, day), hour_rules().daily_cap
    minutes = credited(span, scheduled=shift.minutes, breaks=breaks, used=used, cap=cap)
    entry = HoursEntry(
        volunteer_id=volunteer.id,
        booking_id=booking.id,
        kind=Kind.AUTO,
        minutes=minutes,
        day=day,
        reason=reason,
        entered_by=by.person_id,
        created_at=clock.now(),
    )
    db.session.add(entry)
    db.session.flush()
    record("hours.credited", "hours", subject_id=entry.id, actor=by.pair, detail={"minutes": minutes, "breaks": breaks})
    _tell(shift, volunteer, entry)
    return entry


def _tell(shift: Shift, volunteer: Volunteer, entry: HoursEntry) -> None:
    values = {**messages.shift_values(shift), "hours": hours(entry.minutes)}
    messages.say("hours_credited", volunteer, values=values, key=f"hours:{entry.booking_id}")
