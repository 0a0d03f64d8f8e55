"""Words of the office or the lead to everybody who comes to a shift."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.core.audit import record
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.volunteers.models import Shift, Volunteer
from citizen.volunteers.rules.booking import BookingState, By
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services import messages
from citizen.volunteers.services.places import bookings_of

MAX_WORDS = 200
#: Who comes, or is there already; those who wait or have not answered are not meant.
RECIPIENTS = (BookingState.CONFIRMED, BookingState.ATTENDED)


def send_to_roster(shift: Shift, words: str, *, key: str, by: By) -> int:
    """Tell everybody who comes to a shift; returns how many bookings that is. The same ``key`` reaches nobody twice.

    A guardian reads it once, for all children. Raises InvalidInput for no or too many words, Conflict for an empty roster.
    """
    if not words.strip():
        raise InvalidInput(_l("Write what they should know."), "words")
    if len(words) > MAX_WORDS:
        raise InvalidInput(_l("This is too long: at most %(limit)s characters.", limit=MAX_WORDS), "words")
    rows = bookings_of(shift, RECIPIENTS) if shift.status == ShiftStatus.OPEN else []
    if not rows:
        raise Conflict(_l("Nobody is on the roster who could be told."))
    people = db.session.execute(db.select(Volunteer).where(Volunteer.id.in_([row.volunteer_id for row in rows])))
    for reader in {person.guardian_id or person.id: person for person in people.scalars()}.items():
        values = {**messages.shift_values(shift), "words": words}
        messages.say("roster_message", reader[1], values=values, key=f"roster:{key}:{reader[0]}")
    record("shift.messaged", "shift", subject_id=shift.id, actor=by.pair, detail={"told": len(rows), "words": words})
    return len(rows)
