"""Open shifts that are still to come, as lists, counts and maps need them: plain rows, no objects.

Every statement walks one of the indexes that begin with the status and reads a bounded number of rows, however many shifts
there are; only a filter that almost nothing matches has to look further. Each is put together once for each shape of the
filters, since that costs more than running it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, case, extract, func, tuple_

from citizen.core.clock import local
from citizen.core.database import UtcDateTime
from citizen.extensions import db
from citizen.volunteers.models import Post, PostKind, Shift
from citizen.volunteers.rules.eligibility import Needs
from citizen.volunteers.rules.finding import Wanted, utc_hours
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.rules.standing import Slot

PAGE = 25
#: Shifts looked at to say how many people are lacking.
COUNTED = 500
#: Shifts put on the map at most.
MAPPED = 5_000
#: Posts looked at together when shifts are listed by distance; the nearest few almost always fill a page.
_POSTS = (3, 12, 60)

# The tables themselves, not the classes: nothing here becomes an object, and a list is read often.
S, P, K = Shift.__table__.c, Post.__table__.c, PostKind.__table__.c
_TAGS = ("hans", "hant", "en")
_COLUMNS = (
    *(S.id, S.starts_at, S.ends_at, S.status, S.capacity, S.taken, S.waiting),
    *(S.post_id, S.area_code, S.kind_code, S.team_id, S.draw_at, S.drawn_at),
    *(P.care, P.lon, P.lat, P.min_age.label("post_age"), *(P[f"place_{tag}"] for tag in _TAGS)),
    *(K.min_age, K.guardian_consent, K.briefing_required, K.insurance_required, *(K[f"name_{tag}"] for tag in _TAGS)),
)


@dataclass(frozen=True, slots=True)
class Shortage:
    """How many shifts lack people, and how many people; ``all`` is false when only the next `COUNTED` were looked at."""

    shifts: int
    people: int
    all: bool


class PostPlace(NamedTuple):
    """Where a post is."""

    id: int
    area_code: str
    lon: float
    lat: float
    care: bool


class Shape(NamedTuple):
    """Which filters are set, whatever their values are."""

    kind: bool
    area: bool
    part: bool
    free: bool


def slot_of_row(row: Any) -> Slot:
    """What counts of a listed shift for the question who may take it."""
    needs = Needs(
        day=local(row.starts_at).date(),
        min_age=max(row.min_age, row.post_age or 0),
        guardian_consent=row.guardian_consent,
        briefing=row.briefing_required,
        insurance=row.insurance_required,
        care=row.care,
        team_id=row.team_id,
    )
    return Slot(
        id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        status=row.status,
        free=row.capacity - row.taken,
        drawing=row.draw_at is not None and row.drawn_at is None,
        needs=needs,
    )


def rows() -> Select[Any]:
    """Shifts with what a list shows of their posts and kinds."""
    query: Select[Any] = db.select(*_COLUMNS).join(P.id.table, P.id == S.post_id)
    return query.join(K.code.table, K.code == S.kind_code)


def shape_of(wanted: Wanted) -> Shape:
    """Which filters are set."""
    return Shape(bool(wanted.kind), bool(wanted.area), bool(wanted.part), wanted.free)


def open_shifts(shape: Shape) -> list[ColumnElement[bool]]:
    """That a shift takes place and matches the filters, with the names that `values` fills."""
    found: list[ColumnElement[bool]] = [S.status == ShiftStatus.OPEN.value]
    if shape.kind:
        found.append(S.kind_code == bindparam("kind", type_=String()))
    if shape.area:
        found.append(S.area_code == bindparam("area", type_=String()))
    if shape.part:
        found.append(extract("hour", S.starts_at).in_(bindparam("hours", expanding=True)))
    if shape.free:
        found.append(S.taken < S.capacity)
    return found


def values(wanted: Wanted, **more: Any) -> dict[str, Any]:
    """What the names in a statement stand for."""
    return {
        "kind": wanted.kind,
        "area": wanted.area,
        "hours": utc_hours(wanted.part) if wanted.part else (0,),
        **more,
    }


def _within(shape: Shape) -> list[ColumnElement[bool]]:
    """Matching shifts that begin within [first, last)."""
    first, last = (bindparam(name, type_=UtcDateTime()) for name in ("first", "last"))
    return [*open_shifts(shape), S.starts_at >= first, S.starts_at < last]


def by_time(wanted: Wanted, *, first: datetime, last: datetime) -> Sequence[Any]:
    """The next shifts in the order of their start, one more than `PAGE` when there are more."""
    begin = _begin(wanted.after)
    place = {"begin_at": begin.starts_at, "begin_id": begin.id} if begin is not None else {}
    statement = _by_time(shape_of(wanted), begin is not None)
    return db.session.execute(statement, values(wanted, first=first, last=last, **place)).all()


@lru_cache(maxsize=64)
def _by_time(shape: Shape, behind: bool) -> Select[Any]:
    query = rows().where(*_within(shape))
    if behind:
        begin_at = bindparam("begin_at", type_=UtcDateTime())
        later = tuple_(S.starts_at, S.id) > tuple_(begin_at, bindparam("begin_id", type_=Integer()))
        # Said twice, so that the index is entered at the right place on both databases.
        query = query.where(S.starts_at >= begin_at, later)
    return query.order_by(S.starts_at, S.id).limit(PAGE + 1)


def _begin(after: int) -> Any:
    """The shift after which a page begins; None at the start, and when it is unknown."""
    if not after:
        return None
    return db.session.execute(db.select(S.id, S.starts_at, S.post_id).where(S.id == after)).one_or_none()


def by_distance(wanted: Wanted, posts: Sequence[int], *, first: datetime, last: datetime) -> Sequence[Any]:
    """The shifts at ``posts`` (ids, the nearest first), of each post in the order of their start; one more than `PAGE`."""
    begin = _begin(wanted.after)
    start = posts.index(begin.post_id) if begin is not None and begin.post_id in posts else 0
    rest = list(posts[start:])
    found: list[int] = []
    for size in (*_POSTS, len(rest)):
        some, rest = rest[:size], rest[size:]
        if some and len(found) <= PAGE:
            asked = values(wanted, first=first, last=last, posts=some)
            rank = {id_: n for n, id_ in enumerate(some)}
            lines = db.session.execute(_at_posts(shape_of(wanted)), asked).all()
            order = sorted((rank[line.post_id], line.starts_at, line.id) for line in lines)
            found += [id_ for n, at, id_ in order if not _before(begin, (some[n], at, id_))]
    chosen = found[: PAGE + 1]
    known = {row.id: row for row in db.session.execute(_by_ids(), {"ids": chosen or [0]})}
    return [known[id_] for id_ in chosen]


def _before(begin: Any, place: tuple[int, datetime, int]) -> bool:
    """Whether a shift of the post at which the page begins was on the pages before."""
    return begin is not None and place[0] == begin.post_id and place[1:] <= (begin.starts_at, begin.id)


@lru_cache(maxsize=64)
def _at_posts(shape: Shape) -> Select[Any]:
    at_posts = S.post_id.in_(bindparam("posts", expanding=True))
    # Joined to "", so that SQLite walks the index of the few posts and not the one of everything that is open.
    is_open = S.status.concat("") == ShiftStatus.OPEN.value
    query: Select[Any] = db.select(S.id, S.post_id, S.starts_at)
    return query.where(is_open, at_posts, *_within(shape)[1:])


@lru_cache(maxsize=1)
def _by_ids() -> Select[Any]:
    return rows().where(S.id.in_(bindparam("ids", expanding=True)))


def shortage(wanted: Wanted, *, first: datetime, last: datetime) -> Shortage:
    """How many people the matching shifts lack, counted over the next `COUNTED` of them."""
    asked = values(wanted, first=first, last=last)
    seen, shifts, people = db.session.execute(_shortage(shape_of(wanted)), asked).one()
    return Shortage(shifts or 0, people or 0, seen < COUNTED)


@lru_cache(maxsize=64)
def _shortage(shape: Shape) -> Select[Any]:
    some = db.select((S.capacity - S.taken).label("free")).where(*_within(shape))
    inner = some.order_by(S.starts_at, S.id).limit(COUNTED).subquery()
    lacking = func.sum(case((inner.c.free > 0, 1), else_=0))
    query: Select[Any] = db.select(func.count(), lacking, func.sum(inner.c.free))
    return query.select_from(inner)


def by_area(wanted: Wanted, *, first: datetime, last: datetime) -> Sequence[Any]:
    """(area_code, shifts, free) of each area with matching shifts, most shifts first; of the next `MAPPED` shifts."""
    return db.session.execute(_by_area(shape_of(wanted)), values(wanted, first=first, last=last)).all()


@lru_cache(maxsize=64)
def _by_area(shape: Shape) -> Select[Any]:
    some = db.select(S.area_code, (S.capacity - S.taken).label("free")).where(*_within(shape))
    inner = some.order_by(S.starts_at, S.id).limit(MAPPED).subquery()
    shifts = func.count().label("shifts")
    query: Select[Any] = db.select(inner.c.area_code, shifts, func.sum(inner.c.free).label("free"))
    query = query.group_by(inner.c.area_code)
    return query.order_by(shifts.desc(), inner.c.area_code)


def post_places(wanted: Wanted) -> list[PostPlace]:
    """Where the posts are that can have matching shifts."""
    query = db.select(P.id, P.area_code, P.lon, P.lat, P.care)
    if wanted.kind:
        query = query.where(P.kind_code == wanted.kind)
    if wanted.area:
        query = query.where(P.area_code == wanted.area)
    return [PostPlace(*row) for row in db.session.execute(query.order_by(P.id)).all()]


def soonest(*, first: datetime, last: datetime, areas: Sequence[str], size: int) -> Sequence[Any]:
    """Shifts within [first, last) that anybody may book and that have places, the soonest first, in ``areas`` if any."""
    asked = values(Wanted(), first=first, last=last, areas=list(areas), size=size)
    return db.session.execute(_soonest(bool(areas)), asked).all()


@lru_cache(maxsize=2)
def _soonest(somewhere: bool) -> Select[Any]:
    query = rows().where(
        *_within(Shape(False, False, False, True)), S.team_id.is_(None), S.draw_at.is_(None), P.care.is_(False)
    )
    if somewhere:
        query = query.where(S.area_code.in_(bindparam("areas", expanding=True)))
    return query.order_by(S.starts_at, S.id).limit(bindparam("size", type_=Integer()))
