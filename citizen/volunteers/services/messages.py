"""What volunteers are told, once for each thing that happened; written down in the same transaction."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.clock import local
from citizen.core.content import Words
from citizen.core.outbox import add, enqueue, job_row
from citizen.extensions import db
from citizen.notifications.services import Reader, tell
from citizen.volunteers.models import Booking, Shift, Volunteer
from citizen.volunteers.queries.line import rank_of
from citizen.volunteers.rules.booking import BookingState

_SAY = "volunteers.say"


def say(event: str, volunteer: Volunteer, *, values: dict[str, Any], key: str, until: datetime | None = None) -> None:
    """Let a volunteer be told of ``event``, once for each ``key``, with the values of this moment.

    Written down in the current transaction; the worker puts it into the reader's language. Values are strings, numbers,
    days and `Words`. What is of no use from ``until`` on is not told then.
    """
    payload = _payload(event, volunteer, values=values, key=key)
    if until is not None:
        payload["until"] = until.isoformat()
    enqueue(_SAY, payload, dedupe_key=dedupe_key(key))


def _payload(event: str, volunteer: Volunteer, *, values: dict[str, Any], key: str) -> dict[str, Any]:
    return {"event": event, "volunteer": volunteer.id, "key": key, "values": packed(values)}


def dedupe_key(key: str) -> str:
    """The key of the job that tells what `say` was called with ``key`` for."""
    return f"say:{key}"


def packed(values: dict[str, Any]) -> dict[str, Any]:
    """``values`` as plain JSON."""
    return {name: _packed(value) for name, value in values.items()}


def _packed(value: Any) -> Any:
    if isinstance(value, Words):
        return {"words": [value.hans, value.hant, value.en]}
    return {"day": value.isoformat()} if isinstance(value, date) else str(value)


def unpacked(values: dict[str, Any]) -> dict[str, Any]:
    """What `packed` was given."""
    return {name: _unpacked(value) for name, value in values.items()}


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return Words(*value["words"]) if "words" in value else date.fromisoformat(value["day"])


def deliver(payload: dict[str, Any]) -> None:
    """Write the message that `say` announced for each of the reader's addresses, in the current transaction.

    A child without account is not told: the guardian is.
    """
    if "until" in payload and clock.now() >= datetime.fromisoformat(payload["until"]):
        return
    volunteer = db.session.get(Volunteer, payload["volunteer"])
    if volunteer is not None and volunteer.person_id is None:
        volunteer = db.session.get(Volunteer, volunteer.guardian_id)
    person = db.session.get(Person, volunteer.person_id) if volunteer and volunteer.person_id else None
    if person is not None and person.is_active:
        reader = Reader(language=person.language or "zh-Hans", email=person.email, phone=person.phone)
        tell(payload["event"], reader, values=unpacked(payload["values"]), key=payload["key"])


def shift_values(shift: Shift) -> dict[str, Any]:
    """What every message about a shift may name: post, day, time and place."""
    post = shift.post
    kind = post.kind
    start, end = local(shift.starts_at), local(shift.ends_at)
    return {
        "post": Words(kind.name_hans, kind.name_hant, kind.name_en),
        "day": start.date(),
        "time": f"{start:%H:%M}–{end:%H:%M}",
        "place": Words(post.place_hans, post.place_hant, post.place_en),
    }


def confirmation(shift: Shift, booking: Booking, volunteer: Volunteer) -> dict[str, Any]:
    """The job that tells them the place is theirs, to be written along with the booking: the key needs no id."""
    key = f"booked:{booking.key}:{shift.version}"
    payload = _payload("volunteer_booked", volunteer, values=shift_values(shift), key=key)
    return job_row(_SAY, payload, dedupe_key=dedupe_key(key))


def booked(shift: Shift, booking: Booking, volunteer: Volunteer) -> None:
    """The place is theirs, or they stand in the line (nothing is said while a draw is still to come)."""
    if booking.state == BookingState.CONFIRMED:
        add(confirmation(shift, booking, volunteer))
    elif booking.wait_no is not None:
        values = {**shift_values(shift), "rank": rank_of(booking)}
        say("waitlisted", volunteer, values=values, key=f"waiting:{booking.id}")


def offered(shift: Shift, booking: Booking, volunteer: Volunteer) -> None:
    """A place came free for them; until when it is kept."""
    until = booking.offered_until
    values = {**shift_values(shift), "until": f"{local(until):%m-%d %H:%M}" if until else ""}
    say("promoted", volunteer, values=values, key=f"offered:{booking.id}:{shift.version}")


def expired(shift: Shift, booking: Booking) -> None:
    """The offer lapsed, or the shift began while they waited."""
    _about(shift, booking, "offer_expired")


def called_off(shift: Shift, booking: Booking, words: str) -> None:
    """The organiser took them out, with words."""
    _about(shift, booking, "booking_called_off", words=words)


def left_by_group(shift: Shift, booking: Booking) -> None:
    """The one who booked for the group cancelled for all; they may book for themselves."""
    _about(shift, booking, "group_left")


def cancelled(shift: Shift, booking: Booking, *, weather: bool, once: str = "") -> None:
    """The shift does not take place; with ``once`` this is said a single time, however often the shift changes."""
    _about(shift, booking, "weather_stop" if weather else "shift_cancelled", once=once)


def moved(shift: Shift, booking: Booking) -> None:
    """The shift is at another time now; they may leave without any consequence."""
    _about(shift, booking, "shift_moved")


def asked_again(shift: Shift, booking: Booking) -> None:
    """The new time overlaps with something else of theirs, or a condition fails there: they must choose."""
    until = booking.offered_until
    _about(shift, booking, "shift_moved_clash", until=f"{local(until):%m-%d %H:%M}" if until else "")


def _about(shift: Shift, booking: Booking, event: str, *, once: str = "", **values: Any) -> None:
    volunteer = db.session.get_one(Volunteer, booking.volunteer_id)
    key = f"{event}:{booking.id}:{once or shift.version}"
    say(event, volunteer, values={**shift_values(shift), **values}, key=key)
