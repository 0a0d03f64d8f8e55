"""Looking at people's names and numbers leaves a trace, once for each person, shift and day."""

from __future__ import annotations

from datetime import datetime

from citizen.core.audit import record
from citizen.core.clock import local
from citizen.volunteers.models import Shift
from citizen.volunteers.queries.leads import LOOKED, has_looked
from citizen.volunteers.rules.booking import By
from citizen.volunteers.services.places import lock_shift


def day_began(now: datetime) -> datetime:
    """The first moment of the county's present day."""
    return local(now).replace(hour=0, minute=0, second=0, microsecond=0)


def must_note(shift: Shift, *, by: By, now: datetime) -> bool:
    """Whether this would be the person's first look of the day."""
    return by.person_id is not None and not has_looked(shift.id, by.person_id, day_began(now))


def note_look(shift_id: int, *, by: By, now: datetime) -> None:
    """Record the look, unless a request at the same moment did."""
    shift = lock_shift(shift_id)
    if must_note(shift, by=by, now=now):
        record(LOOKED, "shift", subject_id=shift.id, actor=by.pair)
