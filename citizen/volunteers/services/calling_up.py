"""Asking those who said that they may be asked when a shift lacks people."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import Conflict, InvalidInput
from citizen.volunteers.models import Shift
from citizen.volunteers.queries.call_up import asked_before, candidates
from citizen.volunteers.rules.booking import By
from citizen.volunteers.services import messages
from citizen.volunteers.services.line import is_moving


def call_up(shift: Shift, volunteer_ids: Collection[int], *, by: By) -> list[int]:
    """Ask the ticked people for a shift, each of them once ever; returns the ids of those who were asked now.

    Only those who are on call, may take the shift and are free then can be asked. Raises InvalidInput when nobody is
    ticked, Conflict when the shift takes nobody any more.
    """
    if not volunteer_ids:
        raise InvalidInput(_l("Tick those whom you want to ask."), "people")
    if not is_moving(shift, clock.now()) or shift.free <= 0:
        raise Conflict(_l("This shift takes nobody any more."))
    before = asked_before(shift.id)
    chosen = [found.volunteer for found in candidates(shift) if found.volunteer.id in set(volunteer_ids) - before]
    for person in chosen:
        key = f"call_up:{shift.id}:{person.id}"
        messages.say("call_up", person, values=messages.shift_values(shift), key=key)
    ids = [person.id for person in chosen]
    if ids:
        record("shift.called_up", "shift", subject_id=shift.id, actor=by.pair, detail={"volunteers": ids})
    return ids
