"""Reads of released facts: the only source of everything the public sees of cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_

from citizen.core import clock
from citizen.core.geo import bbox_around, distance_m
from citizen.departments.models import ContentStamp
from citizen.extensions import db
from citizen.projection.models import ProjectionStamp, ReleasedFact, ReleasedFigures

NEARBY = "nearby"
BOARD = "board"
#: Rows on one page of the board.
PAGE_SIZE = 30
#: Rows read at once where all are read.
PORTION = 1_000
#: Candidates looked at before distances are reckoned; more than this many in one street is not expected.
_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Near:
    """A released fact and how far it is, in whole metres."""

    fact: ReleasedFact
    metres: int


def fact(surface: str, number: str) -> ReleasedFact | None:
    """The fact released on ``surface`` under ``number``; None when there is none, or its time is over."""
    query = db.select(ReleasedFact).where(ReleasedFact.surface == surface, ReleasedFact.number == number, _valid())
    return db.session.execute(query).scalar_one_or_none()


def nearby(lon: float, lat: float, *, group: str | None = None, metres: float = 250, limit: int = 5) -> list[Near]:
    """Released open cases within ``metres`` of a place (WGS-84), of the resident group ``group`` if given,
    nearest first.
    """
    west, south, east, north = bbox_around(lon, lat, metres)
    query = db.select(ReleasedFact).where(
        ReleasedFact.surface == NEARBY,
        ReleasedFact.lat.between(south, north),
        ReleasedFact.lon.between(west, east),
        _valid(),
    )
    if group is not None:
        query = query.where(ReleasedFact.resident_group == group)
    rows = db.session.execute(query.order_by(ReleasedFact.id.desc()).limit(_CANDIDATES)).scalars().all()
    found = [Near(row, round(distance_m(lon, lat, row.lon or 0.0, row.lat or 0.0))) for row in rows]
    return sorted((near for near in found if near.metres <= metres), key=lambda near: near.metres)[:limit]


def _valid() -> ColumnElement[bool]:
    return or_(ReleasedFact.expires_at.is_(None), ReleasedFact.expires_at > clock.now())


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What a reader of the board wants to see; an empty string means all."""

    board: str = "exposure"
    area: str = ""
    group: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries of the board share four properties."""

    board: str
    area: str
    group: str
    status: str
    n: int


def stamps(surface: str = BOARD) -> tuple[int, str]:
    """(number of changes of the surface, stamp of the county's content): a page made under them is still
    true.
    """
    number = db.select(ProjectionStamp.number).where(ProjectionStamp.surface == surface).scalar_subquery()
    stamp = db.select(ContentStamp.stamp).where(ContentStamp.id == 1).scalar_subquery()
    row = db.session.execute(db.select(number, stamp)).one()
    return (row[0] or 0, row[1] or "")


def _live() -> list[ColumnElement[bool]]:
    """Entries of the boards; one that has expired is gone at once, whenever the job that removes it comes
    round.
    """
    return [ReleasedFact.surface == BOARD, _valid()]


def _newest(*criteria: ColumnElement[bool]) -> Any:
    return db.select(ReleasedFact).where(*_live(), *criteria).order_by(ReleasedFact.day.desc(), ReleasedFact.id.desc())


def board_page(wanted: BoardFilter, *, page: int, size: int = PAGE_SIZE) -> Sequence[ReleasedFact]:
    """One page of the board, newest day first; an empty list beyond the last."""
    columns = {
        ReleasedFact.board: wanted.board,
        ReleasedFact.area_code: wanted.area,
        ReleasedFact.resident_group: wanted.group,
        ReleasedFact.status: wanted.status,
    }
    query = _newest(*(column == value for column, value in columns.items() if value))
    found: Sequence[ReleasedFact] = db.session.execute(query.limit(size).offset((page - 1) * size)).scalars().all()
    return found


def board_counts() -> list[Count]:
    """The entries of both boards, counted by board, area, group and status: all figures of the page come
    from it.
    """
    keys = (ReleasedFact.board, ReleasedFact.area_code, ReleasedFact.resident_group, ReleasedFact.status)
    query = db.select(*keys, func.count()).where(*_live()).group_by(*keys)
    return [Count(*row) for row in db.session.execute(query).all()]


def board_entry(number: str) -> ReleasedFact | None:
    """The released entry with this number, or None: unknown, hidden, withdrawn and expired are not told
    apart.
    """
    return fact(BOARD, number)


def board_entries(numbers: Iterable[str]) -> dict[str, ReleasedFact]:
    """Those of ``numbers`` that are released right now, by number."""
    query = db.select(ReleasedFact).where(*_live(), ReleasedFact.number.in_(list(numbers)))
    return {row.number: row for row in db.session.execute(query).scalars()}


def board_numbers(limit: int = 50_000) -> Sequence[Any]:
    """(number, day) of the newest released entries, for the site map."""
    query = db.select(ReleasedFact.number, ReleasedFact.day).where(*_live()).order_by(ReleasedFact.day.desc())
    return db.session.execute(query.limit(limit)).all()


def newest_repair() -> ReleasedFact | None:
    """The newest repaired place with both pictures."""
    query = _newest(
        ReleasedFact.board == "exposure",
        ReleasedFact.status == "done",
        ReleasedFact.before_photo.is_not(None),
        ReleasedFact.after_photo.is_not(None),
    )
    found: ReleasedFact | None = db.session.execute(query.limit(1)).scalar_one_or_none()
    return found


def open_entries(limit: int) -> Sequence[ReleasedFact]:
    """The newest entries of the exposure board that are not repaired yet."""
    query = _newest(ReleasedFact.board == "exposure", ReleasedFact.status.in_(("working", "overdue")))
    found: Sequence[ReleasedFact] = db.session.execute(query.limit(limit)).scalars().all()
    return found


def entries_containing(words: Sequence[str], *, limit: int, offset: int) -> tuple[Sequence[ReleasedFact], int]:
    """Released entries whose title, text or place holds every word, newest first, and how many there are
    in all.

    Plain LIKE over the table: the way out while the index is missing.
    """
    columns = (
        ReleasedFact.title_hans,
        ReleasedFact.title_en,
        ReleasedFact.text_hans,
        ReleasedFact.text_en,
        ReleasedFact.place_hans,
        ReleasedFact.place_en,
    )
    wanted = [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words]
    total = db.session.execute(db.select(func.count()).select_from(ReleasedFact).where(*_live(), *wanted)).scalar_one()
    return db.session.execute(_newest(*wanted).limit(limit).offset(offset)).scalars().all(), total


def all_entries() -> Iterator[ReleasedFact]:
    """Every released entry of the boards, read in portions; for building the index anew."""
    last = 0
    while (
        rows := db.session.execute(
            db.select(ReleasedFact).where(*_live(), ReleasedFact.id > last).order_by(ReleasedFact.id).limit(PORTION)
        )
        .scalars()
        .all()
    ):
        yield from rows
        last = rows[-1].id


def figures(name: str) -> ReleasedFigures | None:
    """The released figures called ``name``, or None before they were first worked out."""
    return db.session.get(ReleasedFigures, name)
