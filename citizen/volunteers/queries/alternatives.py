"""What somebody could do instead of a shift that they cannot take."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, String, bindparam, union_all
from sqlalchemy.orm import joinedload

from citizen.core import clock
from citizen.core.clock import local
from citizen.core.database import UtcDateTime
from citizen.extensions import db
from citizen.volunteers.models import Post, Shift, Volunteer
from citizen.volunteers.queries.finding import K, S, rows, slot_of_row
from citizen.volunteers.queries.standing import standings
from citizen.volunteers.rules.finding import DAY, midnight
from citizen.volunteers.rules.shifts import BOOKING_OPENS, ShiftStatus

#: Candidates looked at in each direction; the nearest in time come first.
_CANDIDATES = 12


def alternatives(shift: Shift, volunteer: Volunteer | None, limit: int = 3) -> list[Shift]:
    """At most ``limit`` other shifts that can be booked right now and that the viewer may take; posts and kinds are loaded.

    The same kind of post first, then others of the same day or that anybody may take without a briefing or insurance; the
    same area before others, then the nearest in time. Shifts with a draw are left out, since nobody can promise a place
    there. Empty when there is nothing.
    """
    ids = [row.id for row in alternative_rows(shift, volunteer, limit)]
    query = db.select(Shift).where(Shift.id.in_(ids)).options(joinedload(Shift.post).joinedload(Post.kind))
    known = {row.id: row for row in db.session.execute(query).scalars()} if ids else {}
    return [known[id_] for id_ in ids]


def alternative_rows(shift: Shift, volunteer: Volunteer | None, limit: int = 3) -> Sequence[Any]:
    """The same as rows of `queries.finding.rows`, for cards."""
    now, day = clock.now(), midnight(local(shift.starts_at).date())
    at, latest = shift.starts_at, now + BOOKING_OPENS
    asked = {"kind": shift.kind_code, "now": now, "latest": latest}
    asked |= {"after": max(at, now), "before": min(at, latest), "first": max(day, now), "last": min(day + DAY, latest)}
    found = [row for row in db.session.execute(_candidates(), asked) if row.id != shift.id]
    standing = standings(volunteer, [slot_of_row(row) for row in found])
    return sorted((row for row in found if standing[row.id].reason is None), key=lambda row: _order(row, shift))[:limit]


@lru_cache(maxsize=1)
def _candidates() -> Select[Any]:
    """Free shifts of the same kind after and before, of the same day, and such as newcomers can take: four short walks
    along an index."""

    def between(first: str, last: str) -> tuple[Any, Any]:
        # One bound on each side: of two, SQLite would walk the index by the wrong one.
        return S.starts_at >= bindparam(first, type_=UtcDateTime()), S.starts_at < bindparam(last, type_=UtcDateTime())

    free = db.select(S.id).where(S.status == ShiftStatus.OPEN.value, S.taken < S.capacity, S.draw_at.is_(None))
    for_all = db.select(K.code).where(K.briefing_required.is_(False), K.insurance_required.is_(False))
    alike = free.where(S.kind_code == bindparam("kind", type_=String()))
    walks = (
        alike.where(*between("after", "latest")).order_by(S.starts_at, S.id),
        alike.where(*between("now", "before")).order_by(S.starts_at.desc(), S.id.desc()),
        free.where(*between("first", "last")).order_by(S.starts_at, S.id),
        free.where(S.kind_code.in_(for_all), *between("now", "latest")).order_by(S.starts_at, S.id),
    )
    # One more than needed, since the shift itself may be among them.
    ids = union_all(*(db.select(walk.limit(_CANDIDATES + 1).subquery().c.id) for walk in walks))
    return rows().where(S.id.in_(ids))


def _order(row: Any, shift: Shift) -> tuple[bool, bool, float, int]:
    """What sorts a candidate: kind, area, time between the starts, and the number so that the order never wavers."""
    apart = abs((row.starts_at - shift.starts_at).total_seconds())
    return (row.kind_code != shift.kind_code, row.area_code != shift.area_code, apart, row.id)
