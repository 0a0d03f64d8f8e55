"""The queue: views of open cases, their counts and their pages, read in one statement and thus in one snapshot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, literal_column, true, tuple_

from citizen.cases.models import Case, CaseReport, Claim
from citizen.cases.rules import OPEN, CaseState
from citizen.core.content import content
from citizen.core.database import UtcDateTime
from citizen.core.numbers import normalise_case_number, normalise_report_number
from citizen.departments.calendar import Clock
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.rules import PhotoState
from citizen.reports.models import Report

PAGE = 30
#: Counts stop here: nobody works through more, and the page stays cheap with a million cases.
MOST_COUNTED = 1_000
SOON = timedelta(hours=2)

_S = CaseState
_DESK = (_S.SUBMITTED, _S.ACCEPTED)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([01])-([0-9]{1,18})-([0-9]{1,10})", re.ASCII)
_LAST_ID = 2**31 - 1
_SEEN_STATES = (PhotoState.MASKED, PhotoState.CHECKED, PhotoState.PUBLIC)


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for beside the view; ``now`` and ``viewer_id`` give "overdue" and "mine" their meaning."""

    now: datetime
    viewer_id: int
    area: str = ""
    category: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of one row in the order of the queue."""

    rank: int
    queue_at: datetime
    case_id: int

    def encode(self) -> str:
        """What stands in the address."""
        micros = (self.queue_at - _EPOCH) // timedelta(microseconds=1)
        return f"{self.rank}-{micros}-{self.case_id}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor behind ``text``, or None for anything that `encode` never wrote."""
        match = _CURSOR.fullmatch(text)
        if match is None or int(match[3]) > _LAST_ID:
            return None
        try:
            return cls(int(match[1]), _EPOCH + timedelta(microseconds=int(match[2])), int(match[3]))
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a view, the number of rows in every view, and where the next page begins."""

    rows: list[Case]
    counts: dict[str, int]
    next: Cursor | None


#: View → the states it looks into, in the order of the tabs; the index of the queue begins with the state.
VIEWS: dict[str, tuple[CaseState, ...]] = {
    "submitted": (_S.SUBMITTED,),
    "urgent": _DESK,
    "overdue": _DESK,
    "soon": _DESK,
    "mine": tuple(sorted(OPEN)),
    "answered": _DESK,
    "hinted": (_S.SUBMITTED,),
    "no_photo": (_S.SUBMITTED,),
    "need_info": (_S.NEED_INFO,),
    "accepted": (_S.ACCEPTED,),
    "with_units": (_S.DISPATCHED, _S.IN_PROGRESS, _S.SUSPENDED),
    "late_units": (_S.DISPATCHED, _S.IN_PROGRESS),
    "to_verify": (_S.TO_VERIFY,),
    "open": tuple(sorted(OPEN)),
}
FIRST_VIEW = "submitted"


def read_page(view: str, wanted: Filter, *, after: Cursor | None = None) -> Page:
    """Up to thirty cases of ``view`` after ``after``, most urgent first, with the counts of all views."""
    asked = (bool(wanted.area), bool(wanted.category), bool(wanted.words), after is not None)
    found = db.session.execute(_statement(view, *asked), _values(wanted, after)).all()
    first = found[0]
    rows = [line[-1] for line in found if line[-1] is not None]
    shown = rows[:PAGE]
    last = Cursor(shown[-1].urgency_rank, shown[-1].queue_at, shown[-1].id) if len(rows) > PAGE else None
    return Page(shown, {name: int(first[index]) for index, name in enumerate(VIEWS)}, last)


def _values(wanted: Filter, after: Cursor | None) -> dict[str, Any]:
    escaped = re.sub(r"([/%_])", r"/\1", wanted.words)
    soon = directory().calendar.add(wanted.now, SOON / timedelta(hours=1), Clock.WORKING_HOURS)
    return {
        "now": wanted.now,
        "soon": soon,
        "viewer": wanted.viewer_id,
        "area": wanted.area,
        "category": wanted.category,
        "words": "%" + "".join(char.lower() if char.isascii() else char for char in escaped) + "%",
        "rank": after.rank if after else 0,
        "queue_at": after.queue_at if after else wanted.now,
        "case_id": after.case_id if after else 0,
    }


@lru_cache(maxsize=256)
def _statement(view: str, area: bool, category: bool, words: bool, behind: bool) -> Select[Any]:
    """The whole statement, built once for each shape: putting it together costs far more than running it."""
    conditions: list[ColumnElement[bool]] = []
    if area:
        conditions.append(Case.area_code == bindparam("area", type_=String()))
    if category:
        conditions.append(Case.category_code == bindparam("category", type_=String()))
    if words:
        conditions.append(db.func.lower(Case.title).like(bindparam("words", type_=String()), escape="/"))
    counted = (_count(name, conditions).label(name) for name in VIEWS)
    counts = db.select(*counted).subquery("counts")
    page = _page(view, conditions, behind=behind).subquery("page")
    query: Select[Any] = db.select(counts, Case).select_from(counts).outerjoin(page, true())
    return query.outerjoin(Case, Case.id == page.c.id).order_by(*_order(Case)).limit(_fixed(PAGE + 1))


def _fixed(value: int | CaseState) -> Any:
    """A value that is the same for everybody, as text of the statement: a parameter would be sent and read every time."""
    return literal_column(str(value) if isinstance(value, int) else f"'{value.value}'")


def _in_states(view: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = Case.state.in_([_fixed(state) for state in VIEWS[view]])
    return found


def _count(view: str, conditions: list[ColumnElement[bool]]) -> Any:
    rows = db.select(_fixed(1).label("one")).where(_in_states(view), *_of_view(view), *conditions)
    return db.select(db.func.count()).select_from(rows.limit(_fixed(MOST_COUNTED)).subquery()).scalar_subquery()


def _page(view: str, conditions: list[ColumnElement[bool]], *, behind: bool) -> Any:
    """The ids of the page among others: each state gives its own first rows from the index."""
    parts = []
    for state in VIEWS[view]:
        part = db.select(Case.id).where(Case.state == _fixed(state), *_of_view(view), *conditions)
        if behind:
            part = part.where(tuple_(*_order(Case)) > _place())
        parts.append(db.select(part.order_by(*_order(Case)).limit(_fixed(PAGE + 1)).subquery().c.id))
    return parts[0] if len(parts) == 1 else db.union_all(*parts)


def _place() -> Any:
    types: dict[str, Any] = {"rank": Integer(), "queue_at": UtcDateTime(), "case_id": Integer()}
    return tuple_(*(bindparam(name, type_=type_) for name, type_ in types.items()))


def _order(row: Any) -> tuple[Any, ...]:
    return row.urgency_rank, row.queue_at, row.id


def _of_view(view: str) -> list[ColumnElement[bool]]:
    now = bindparam("now", type_=UtcDateTime())
    both_ranks = Case.urgency_rank.in_([_fixed(0), _fixed(1)])  # lets the index narrow down to the moments as well
    viewer = bindparam("viewer", type_=Integer())
    mine = db.select(Claim.case_id).where(Claim.person_id == viewer, Claim.expires_at > now)
    soon = Case.queue_at <= bindparam("soon", type_=UtcDateTime())
    table: dict[str, list[ColumnElement[bool]]] = {
        "urgent": [Case.urgency_rank == _fixed(0)],
        "overdue": [both_ranks, Case.queue_at < now],
        "late_units": [both_ranks, Case.queue_at < now],
        "soon": [both_ranks, Case.queue_at >= now, soon],
        "mine": [Case.id.in_(mine)],
        "answered": [Case.answered.is_(True)],
        "hinted": [Case.hinted.is_(True)],
        "no_photo": [Case.photo_count == _fixed(0)],
    }
    return table.get(view, [])


def find_number(text: str) -> str | None:
    """The number of the case that ``text`` names by its own number or by that of a report, if there is one."""
    number = normalise_case_number(text)
    query = db.select(Case.number).where(Case.number == number)
    found: str | None = db.session.execute(query).scalar_one_or_none() if number else None
    if found is not None:
        return found
    report = normalise_report_number(text, content().site["report_prefix"])
    if report is None:
        return None
    gathered = db.select(Case.number).join(CaseReport, CaseReport.case_id == Case.id)
    gathered = gathered.join(Report, Report.id == CaseReport.report_id).where(Report.number == report)
    found = db.session.execute(gathered).scalar_one_or_none()
    return found


def next_number(case: Case) -> str | None:
    """The case that stands behind ``case`` in its own state's queue, for "next" after a decision."""
    place = {"rank": case.urgency_rank, "queue_at": case.queue_at, "case_id": case.id}
    found: str | None = db.session.execute(_next(behind=True), place).scalar_one_or_none()
    if found is None:
        found = db.session.execute(_next(behind=False), place).scalar_one_or_none()
    return found


@lru_cache(maxsize=2)
def _next(*, behind: bool) -> Select[Any]:
    """The first submitted case behind a place in the queue, or the first of all others."""
    other = tuple_(*_order(Case)) > _place() if behind else Case.id != bindparam("case_id", type_=Integer())
    query: Select[Any] = db.select(Case.number).where(Case.state == CaseState.SUBMITTED, other)
    return query.order_by(*_order(Case)).limit(1)


@dataclass(slots=True)
class Thumb:
    """As much of a photo as its address needs."""

    token: str
    masked_key: str | None
    state: str


#: Built once, since every page of the queue asks it.
_THUMBS = (
    db.select(CaseReport.case_id, Photo.token, Photo.masked_key, Photo.state)
    .join(Photo, (Photo.owner_kind == "report") & (Photo.owner_id == CaseReport.report_id))
    .where(CaseReport.case_id.in_(bindparam("cases", expanding=True)), Photo.state.in_(_SEEN_STATES))
    .order_by(CaseReport.case_id, CaseReport.id, Photo.position, Photo.id)
)


def thumbs(case_ids: Sequence[int]) -> dict[int, Thumb]:
    """The first picture of each case whose masks are made; one query."""
    found: dict[int, Thumb] = {}
    for case_id, token, masked_key, state in db.session.execute(_THUMBS, {"cases": list(case_ids)}):
        found.setdefault(case_id, Thumb(token, masked_key, state))
    return found
