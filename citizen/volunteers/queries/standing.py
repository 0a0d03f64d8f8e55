"""How people stand to shifts, for lists and for the page of one shift."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func

from citizen.core import clock
from citizen.core.database import UtcDateTime
from citizen.extensions import db
from citizen.volunteers.models import Booking, Post, PostKind, Shift, Volunteer
from citizen.volunteers.queries.volunteers import children_of, facts_of, needs_of, teams_of
from citizen.volunteers.rules.booking import ACTIVE, BookingState
from citizen.volunteers.rules.eligibility import Facts
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.standing import Held, Slot, Standing, standing


def slot_of(shift: Shift) -> Slot:
    """What counts of a shift for the question who may take it."""
    return Slot(
        id=shift.id,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        status=shift.status,
        free=shift.free,
        drawing=shift.draw_at is not None and shift.drawn_at is None,
        needs=needs_of(shift),
    )


def standings(volunteer: Volunteer | None, shifts: Iterable[Shift | Slot]) -> dict[int, Standing]:
    """How a volunteer stands to each of the shifts, by the shift's id.

    Costs one query for all bookings (with the ranks in the line), and one for the teams when a shift belongs to a team.
    Without a volunteer (a stranger, or an account without a profile) only the shift itself is judged.
    """
    slots = [row if isinstance(row, Slot) else slot_of(row) for row in shifts]
    if not slots:
        return {}
    now = clock.now()
    if volunteer is None:
        return {slot.id: standing(slot, None, held=(), now=now) for slot in slots}
    held = held_by([volunteer.id], slots)[volunteer.id]
    facts = _facts(volunteer, slots)
    return {slot.id: standing(slot, facts, held=held, now=now) for slot in slots}


def family(volunteer: Volunteer, shift: Shift) -> list[tuple[Volunteer, Standing]]:
    """The children a volunteer answers for, each with its standing to the shift when it comes with the volunteer."""
    children = children_of(volunteer.id)
    if not children:
        return []
    slot, now = slot_of(shift), clock.now()
    ids = [child.id for child in children]
    held, teams = held_by(ids, [slot]), teams_of(ids)
    return [
        (
            child,
            standing(slot, facts_of(child, teams=teams[child.id], with_guardian=True), held=held[child.id], now=now),
        )
        for child in children
    ]


def held_by(ids: Collection[int], slots: Sequence[Slot]) -> dict[int, list[Held]]:
    """The active bookings of each volunteer that lie within the time of ``slots``, the earliest first."""
    first, last = min(slot.starts_at for slot in slots), max(slot.ends_at for slot in slots)
    found: dict[int, list[Held]] = {id_: [] for id_ in ids}
    for row in db.session.execute(_held(), {"ids": list(ids), "first": first, "last": last}):
        found[row.volunteer_id].append(_row(row))
    return found


@lru_cache(maxsize=1)
def _held() -> Select[Any]:
    """Active bookings of shifts that share a moment with [first, last), each with how many wait before it."""
    b, s, p, k = Booking.__table__, Shift.__table__, Post.__table__, PostKind.__table__
    other = b.alias()
    before = (other.c.shift_id == b.c.shift_id, other.c.wait_no < b.c.wait_no)
    waiting = BookingState.WAITING.value
    ahead = db.select(func.count()).where(*before, other.c.state == waiting, b.c.state == waiting).correlate(b)
    places = [p.c[f"place_{tag}"] for tag in ("hans", "hant", "en")]
    names = [k.c[f"name_{tag}"] for tag in ("hans", "hant", "en")]
    booking = (b.c.id, b.c.volunteer_id, b.c.shift_id, b.c.state, b.c.wait_no, b.c.offered_until, b.c.ask_again)
    query: Select[Any] = (
        db.select(*booking, ahead.scalar_subquery().label("ahead"))
        .add_columns(s.c.starts_at, s.c.ends_at, s.c.status, p.c.care, *places, *names)
        .join(s, s.c.id == b.c.shift_id)
        .join(p, p.c.id == s.c.post_id)
        .join(k, k.c.code == p.c.kind_code)
        .where(
            b.c.volunteer_id.in_(bindparam("ids", expanding=True)),
            b.c.state.in_([state.value for state in sorted(ACTIVE)]),
            s.c.starts_at < bindparam("last", type_=UtcDateTime()),
            s.c.ends_at > bindparam("first", type_=UtcDateTime()),
        )
        .order_by(s.c.starts_at, b.c.id)
    )
    return query


def _row(row: Any) -> Held:
    called = "name" if row.care else "place"
    waits = row.state == BookingState.WAITING and row.wait_no is not None
    return Held(
        booking_id=row.id,
        shift_id=row.shift_id,
        state=BookingState(row.state),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        open=row.status == ShiftStatus.OPEN,
        ask_again=row.ask_again,
        offered_until=row.offered_until,
        rank=row.ahead + 1 if waits else None,
        place_hans=getattr(row, f"{called}_hans"),
        place_hant=getattr(row, f"{called}_hant"),
        place_en=getattr(row, f"{called}_en"),
    )


def _facts(volunteer: Volunteer, slots: Sequence[Slot]) -> Facts:
    """The volunteer's facts; teams are looked up only when one of the shifts asks for them."""
    asked = any(slot.needs.team_id is not None for slot in slots)
    teams = teams_of([volunteer.id])[volunteer.id] if asked else frozenset()
    return facts_of(volunteer, teams=teams)
