"""Which hours somebody doubts: an open objection, or a pending correction that would take something away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, or_

from citizen.extensions import db
from citizen.volunteers.models import HoursEntry, HoursObjection, HoursRequest
from citizen.volunteers.rules.hours import Kind, ObjectionState, RequestState

#: Ids of entries and of bookings.
Doubts = tuple[frozenset[int], frozenset[int]]


def doubts_now(volunteer_id: int) -> Doubts:
    """What is in doubt of a volunteer's hours at present."""
    return _doubts(
        volunteer_id, HoursObjection.state == ObjectionState.OPEN, HoursRequest.state == RequestState.PENDING
    )


def doubts_at(volunteer_id: int, moment: datetime) -> Doubts:
    """What was in doubt just before ``moment``."""
    objected = and_(
        HoursObjection.created_at < moment,
        or_(HoursObjection.decided_at.is_(None), HoursObjection.decided_at >= moment),
    )
    asked = and_(
        HoursRequest.requested_at < moment,
        or_(HoursRequest.decided_at.is_(None), HoursRequest.decided_at >= moment),
    )
    return _doubts(volunteer_id, objected, asked)


def _doubts(volunteer_id: int, objected: object, asked: object) -> Doubts:
    objections = (
        db.select(HoursObjection.entry_id)
        .join(HoursEntry, HoursEntry.id == HoursObjection.entry_id)
        .where(HoursEntry.volunteer_id == volunteer_id, objected)
    )
    entries = set(db.session.execute(objections).scalars())
    requests = db.select(HoursRequest).where(HoursRequest.volunteer_id == volunteer_id, asked)
    bookings = set()
    for request in db.session.execute(requests).scalars():
        if request.kind == Kind.REVERSAL and request.entry_id is not None:
            entries.add(request.entry_id)
        elif request.kind == Kind.ADJUST and request.minutes < _present_figure(request):
            bookings.add(request.booking_id or 0)
    return frozenset(entries), frozenset(bookings)


def _present_figure(request: HoursRequest) -> int:
    """What the booking came to without the request's own entry, if it has one by now."""
    query = db.select(func.coalesce(func.sum(HoursEntry.minutes), 0)).where(
        HoursEntry.booking_id == request.booking_id,
        or_(HoursEntry.request_id.is_(None), HoursEntry.request_id != request.id),
    )
    return int(db.session.execute(query).scalar_one())
