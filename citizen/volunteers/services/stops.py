"""Heat, storm, bad air: all posts of a time are stopped by one act.

The act itself only marks the shifts, in one statement: from then on nobody can book them and nobody is promoted. Telling those
who booked is work for the worker, fifty shifts a job and one transaction a shift, so that a stop of the whole county holds no
lock for long and goes on where a killed worker left off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.outbox import enqueue
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.models import Shift, Stop
from citizen.volunteers.queries.stops import Reach, reach_of, reached
from citizen.volunteers.rules.booking import SYSTEM, By
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.shifts import call_everybody_off

REASONS = ("heat", "storm", "air", "other")
BATCH = 50
LONGEST = timedelta(days=14)
JOB = "volunteers.stop"


@dataclass(frozen=True, slots=True)
class StopDraft:
    """A stop as a coordinator asks for it; ``words`` are public."""

    reason: str
    words: str
    reach: Reach


def ensure_stop(draft: StopDraft) -> None:
    """Raise InvalidInput, naming the field, for a stop that cannot be."""
    reach = draft.reach
    if draft.reason not in REASONS:
        raise InvalidInput(_l("Choose a reason."), "reason")
    if not reach.starts_at < reach.ends_at:
        raise InvalidInput(_l("The end comes before the beginning."), "until_day")
    if reach.ends_at <= clock.now():
        raise InvalidInput(_l("The stop would be over already."), "until_day")
    if reach.ends_at - reach.starts_at > LONGEST:
        raise InvalidInput(_l("A stop lasts at most 14 days."), "until_day")
    if reach.area_code is not None and reach.area_code not in directory().areas:
        raise InvalidInput(_l("Choose an area of the county."), "area")


def call_stop(draft: StopDraft, *, by: By) -> Stop:
    """Cancel every open shift within reach that has not begun, and write down the jobs that tell its people.

    Raises InvalidInput for an impossible stop. Cancelling twice changes nothing: shifts that are cancelled stay as they are.
    """
    ensure_stop(draft)
    reach = draft.reach
    stop = Stop(
        reason=draft.reason,
        words=draft.words,
        starts_at=reach.starts_at,
        ends_at=reach.ends_at,
        area_code=reach.area_code,
        outdoors_only=reach.outdoors_only,
        created_by=by.person_id,
        created_at=clock.now(),
    )
    db.session.add(stop)
    db.session.flush()
    count = cancel_reached(stop)
    detail = {"reason": stop.reason, "shifts": count, "area": stop.area_code, "outdoors_only": stop.outdoors_only}
    record("stop.called", "stop", subject_id=stop.id, actor=by.pair, detail={**detail, **_span(stop)})
    return stop


def _span(stop: Stop) -> dict[str, str]:
    return {"starts_at": stop.starts_at.isoformat(), "ends_at": stop.ends_at.isoformat()}


def cancel_reached(stop: Stop) -> int:
    """Mark the open shifts within a stop's reach as cancelled, locked in the order of their ids; returns how many.

    Also finds shifts that were made beside the stop at the same moment.
    """
    now = clock.now()
    ids = list(db.session.execute(reached(reach_of(stop), now=now).with_for_update(of=Shift)).scalars())
    for first in range(0, len(ids), BATCH):
        part = ids[first : first + BATCH]
        db.session.execute(
            update(Shift).where(Shift.id.in_(part)).values(**_marks(stop, now), version=Shift.version + 1)
        )
        enqueue(JOB, {"shifts": part}, dedupe_key=f"stop:{stop.id}:{part[0]}")
    db.session.expire_all()
    return len(ids)


def _marks(stop: Stop, now: datetime) -> dict[str, object]:
    return {"status": ShiftStatus.CANCELLED, "cancelled_at": now, "cancel_words": stop.words, "stop_id": stop.id}


def born_stopped(shift: Shift, stop: Stop) -> None:
    """Let a new shift be cancelled from the beginning, since its time is stopped."""
    for name, value in _marks(stop, clock.now()).items():
        setattr(shift, name, value)


def tell_stopped(shift_id: int) -> int:
    """End the bookings of one stopped shift and tell its people, each of them once; returns how many were told now."""
    shift = lock_shift(shift_id)
    stop = db.session.get(Stop, shift.stop_id) if shift.stop_id else None
    if stop is None or shift.status != ShiftStatus.CANCELLED:
        return 0
    return call_everybody_off(shift, f"stop_{stop.reason}", by=SYSTEM, weather=True)


def lift_stop(stop_id: int, *, by: By) -> Stop:
    """Let new shifts of the time take place again; what was cancelled stays cancelled. Raises NotFound, Conflict."""
    stop = locked(Stop, Stop.id == stop_id)
    if stop is None:
        raise NotFound()
    if stop.lifted_at is not None:
        raise Conflict(_l("This stop is lifted already."))
    stop.lifted_at = clock.now()
    record("stop.lifted", "stop", subject_id=stop.id, actor=by.pair)
    return stop
