"""What a unit may read: its own cases, without anything that leads to the reporter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from citizen.cases.models import Case, CaseReport, Check
from citizen.cases.models.case import NEVER
from citizen.cases.rules import CaseState, find_hints
from citizen.core.errors import NotFound
from citizen.core.numbers import normalise_case_number
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.queries import photos_of_many

PAGE = 30
HIDDEN = "●●●●"
S = CaseState
#: A case is a unit's from dispatch on; before it, after a return, and when merged it is not.
OF_A_UNIT = (S.DISPATCHED, S.IN_PROGRESS, S.SUSPENDED, S.TO_VERIFY, S.CLOSED)
TO_DO, SIGN, DOING, REWORK, OVERDUE, CHECKING, DONE = "todo", "sign", "doing", "rework", "overdue", "checking", "done"
SEGMENTS = (TO_DO, SIGN, DOING, REWORK, OVERDUE, CHECKING, DONE)


def segment_is(segment: str, now: datetime) -> ColumnElement[bool]:
    """The condition of one segment of the inbox; an unknown one counts as everything there is to do."""
    again = or_(Case.rework_count > 0, Case.reopen_count > 0)
    open_here = Case.state.in_((S.DISPATCHED, S.IN_PROGRESS))
    conditions: dict[str, ColumnElement[bool]] = {
        SIGN: Case.state == S.DISPATCHED,
        DOING: and_(Case.state.in_((S.IN_PROGRESS, S.SUSPENDED)), ~again),
        REWORK: and_(Case.state == S.IN_PROGRESS, again),
        OVERDUE: and_(open_here, Case.queue_at < now),
        CHECKING: Case.state == S.TO_VERIFY,
        DONE: Case.state == S.CLOSED,
    }
    return conditions.get(segment, Case.state.in_((S.DISPATCHED, S.IN_PROGRESS, S.SUSPENDED)))


def counts(unit_code: str, now: datetime) -> dict[str, int]:
    """How many cases of the unit each segment holds; one query."""
    columns = [func.sum(db.case((segment_is(name, now), 1), else_=0)) for name in SEGMENTS]
    row = db.session.execute(select(*columns).where(Case.unit_code == unit_code, Case.state.in_(OF_A_UNIT))).one()
    return {name: int(value or 0) for name, value in zip(SEGMENTS, row, strict=True)}


def inbox(unit_code: str, segment: str, *, now: datetime, after: str = "") -> tuple[Sequence[Case], str]:
    """One page of a segment, nearest deadline first (newest closed case first), and where the next page begins, or "".

    ``after`` is the number of the last case on the page before; one that is not the unit's begins anew.
    """
    query = select(Case).where(Case.unit_code == unit_code, segment_is(segment, now))
    last = find(unit_code, after) if after else None
    query = _done_after(query, last) if segment == DONE else _due_after(query, last)
    rows = db.session.execute(query.limit(PAGE + 1)).scalars().all()
    return rows[:PAGE], rows[PAGE - 1].number if len(rows) > PAGE else ""


def _due_after(query: Select[Case], last: Case | None) -> Select[Case]:
    if last is not None:
        later = or_(Case.queue_at > last.queue_at, and_(Case.queue_at == last.queue_at, Case.id > last.id))
        query = query.where(later)
    return query.order_by(Case.queue_at, Case.id)


def _done_after(query: Select[Case], last: Case | None) -> Select[Case]:
    query = query.where(Case.queue_at == NEVER)
    return (query.where(Case.id < last.id) if last else query).order_by(Case.id.desc())


def find(unit_code: str | None, number: object) -> Case | None:
    """The unit's case with this number, or None for any other and for everything that is no number."""
    code = normalise_case_number(number)
    if code is None or unit_code is None:
        return None
    query = select(Case).where(Case.number == code, Case.unit_code == unit_code, Case.state.in_(OF_A_UNIT))
    return db.session.execute(query).scalar_one_or_none()


def unit_case(unit_code: str | None, number: object) -> Case:
    """Like `find`; raises NotFound: unknown and another unit's are the same."""
    case = find(unit_code, number)
    if case is None:
        raise NotFound()
    return case


def report_photos(case_ids: Iterable[int]) -> dict[int, list[Photo]]:
    """The reporters' pictures by case, in order; two queries however many cases."""
    links = select(CaseReport.report_id, CaseReport.case_id).where(CaseReport.case_id.in_(list(case_ids)))
    case_of = {row.report_id: row.case_id for row in db.session.execute(links)}
    found: dict[int, list[Photo]] = {}
    for photo in photos_of_many("report", case_of):
        found.setdefault(case_of[photo.owner_id], []).append(photo)
    return found


def last_checks(case_ids: Iterable[int]) -> dict[int, Check]:
    """The newest finished verification of each case: what a unit has to put right after a failed one; one query."""
    query = select(Check).where(Check.case_id.in_(list(case_ids)), Check.done_at.is_not(None)).order_by(Check.id)
    return {check.case_id: check for check in db.session.execute(query).scalars()}


def without_numbers(words: str) -> str:
    """A reporter's words without the phone and identity numbers in them: who reported is not the unit's business."""
    for hint in reversed(find_hints(words)):
        if hint.kind in ("phone", "identity"):
            words = f"{words[: hint.start]}{HIDDEN}{words[hint.end :]}"
    return words
