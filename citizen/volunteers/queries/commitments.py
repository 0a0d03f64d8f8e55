"""All that a booking has to know of each of its people, in one question to the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from citizen.extensions import db
from citizen.volunteers.models import Booking, Shift
from citizen.volunteers.rules.booking import ACTIVE, HOLDING, BookingState
from citizen.volunteers.rules.shifts import ShiftStatus


@dataclass(slots=True)
class Commitments:
    """``same_form``: bookings that the form with these keys made before; ``inside``: who is in the shift or its line;
    ``clashes``: volunteer → the first shift that overlaps."""

    same_form: list[Booking] = field(default_factory=list)
    inside: set[int] = field(default_factory=set)
    clashes: dict[int, int] = field(default_factory=dict)


#: Built once, without the mapper and without lists as parameters, which together cost more than the question itself: booking
#: is what everybody does in the same minute.
_BOOKINGS: Any = Booking.__table__
_SHIFTS: Any = Shift.__table__
_B, _S = _BOOKINGS.c, _SHIFTS.c
_ACTIVE = _B.state.in_([db.literal_column(f"'{state.value}'") for state in sorted(ACTIVE)])
_OVERLAPPING = (_S.starts_at < db.bindparam("end")) & (_S.ends_at > db.bindparam("start"))
_NEAR = _ACTIVE & ((_B.shift_id == db.bindparam("shift")) | _OVERLAPPING)
_COMMITTED = (
    db.select(_B.id, _B.key, _B.shift_id, _B.state, _B.ask_again, _S.status)
    .join(_SHIFTS, _S.id == _B.shift_id)
    .where(_B.volunteer_id == db.bindparam("volunteer"), _NEAR | (_B.key == db.bindparam("key")))
    .order_by(_S.starts_at, _B.id)
)


def commitments(shift: Shift, keys: Mapping[int, str | None]) -> Commitments:
    """What volunteers are bound to, as far as ``shift`` is concerned; see `clashes.clash_in` for what binds.

    ``keys``: volunteer → the key of the booking that is to be made, if it has one yet.
    """
    found, connection = Commitments(), db.session.connection()
    near = {"shift": shift.id, "start": shift.starts_at, "end": shift.ends_at}
    for id_, key in keys.items():
        for row in connection.execute(_COMMITTED, {"volunteer": id_, "key": key, **near}):
            if row.key == key:
                found.same_form.append(db.session.get_one(Booking, row.id))
            elif row.shift_id == shift.id:
                found.inside.add(id_)
            elif row.status == ShiftStatus.OPEN and _binds(row):
                found.clashes.setdefault(id_, row.shift_id)
    return found


def _binds(row: Any) -> bool:
    """A place that is only kept while somebody is asked about a moved shift does not bind."""
    return row.state in HOLDING and not (row.state == BookingState.OFFERED and row.ask_again)
