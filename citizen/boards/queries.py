"""Reads for the office's publication pages and the units' replies. Public pages read the projection
instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_login import current_user
from sqlalchemy import func

from citizen.boards.models import BoardEntry, EntryObjection
from citizen.boards.rules import SHOWN, EntryState
from citizen.cases.models import Case, CaseReport, Fix
from citizen.cases.queries.photos import case_of_photo
from citizen.cases.rules import Resolution
from citizen.core import clock
from citizen.core.permissions import Permission, allowed
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.queries import photos_of, photos_of_many, who_may_see
from citizen.reports.models import Message, Report

PAGE_SIZE = 50
#: Tab of the office's list → what is in it. "hidden" is the leader's: objections wait there.
TABS: dict[str, tuple[EntryState, ...]] = {
    "candidate": (EntryState.CANDIDATE,),
    "drafted": (EntryState.DRAFTED,),
    "notified": (EntryState.REVIEWED, EntryState.NOTIFIED),
    "published": (EntryState.PUBLISHED, EntryState.CORRECTED),
    "hidden": (EntryState.PUBLISHED, EntryState.CORRECTED),
    "ended": (EntryState.WITHDRAWN, EntryState.EXPIRED),
}


def entry_of_case(case_id: int, board: str) -> BoardEntry | None:
    """The entry of a case on one board."""
    query = db.select(BoardEntry).where(BoardEntry.case_id == case_id, BoardEntry.board == board)
    return db.session.execute(query).scalar_one_or_none()


def by_number(number: str) -> BoardEntry | None:
    """The entry with this public number, in whatever state."""
    return db.session.execute(db.select(BoardEntry).where(BoardEntry.number == number)).scalar_one_or_none()


def _in_tab(tab: str) -> list[Any]:
    criteria: list[Any] = [BoardEntry.state.in_(TABS[tab])]
    if tab == "hidden":
        criteria.append(BoardEntry.hidden_at.is_not(None))
    elif tab == "published":
        criteria.append(BoardEntry.hidden_at.is_(None))
    return criteria


def entries_in(tab: str, *, before: int = 0) -> Sequence[tuple[BoardEntry, Case]]:
    """One page of a tab with the entries' cases, newest first; ``before`` is the id after which to go on,
    0 at first.
    """
    query = db.select(BoardEntry, Case).join(Case, Case.id == BoardEntry.case_id).where(*_in_tab(tab))
    if before:
        query = query.where(BoardEntry.id < before)
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(BoardEntry.id.desc()).limit(PAGE_SIZE)).all()]


def tab_counts() -> dict[str, int]:
    """How many entries each tab holds."""
    hidden = BoardEntry.hidden_at.is_not(None)
    query = db.select(BoardEntry.state, hidden, func.count()).group_by(BoardEntry.state, hidden)
    counts = dict.fromkeys(TABS, 0)
    for state, is_hidden, n in db.session.execute(query).all():
        for tab, states in TABS.items():
            if state in states and (tab not in ("hidden", "published") or (tab == "hidden") == bool(is_hidden)):
                counts[tab] += n
    return counts


def pictures_of_case(case_id: int) -> tuple[list[Photo], list[Photo]]:
    """(pictures from before: of the case's reports and what was added to them, pictures of its last
    handed-in fix).
    """
    mine = db.select(CaseReport.report_id).where(CaseReport.case_id == case_id)
    reports = db.session.execute(db.select(Report.id).where(Report.id.in_(mine))).scalars().all()
    messages = db.session.execute(db.select(Message.id).where(Message.report_id.in_(mine))).scalars().all()
    before = [*photos_of_many("report", reports), *photos_of_many("message", messages)]
    fix = db.session.execute(
        db.select(Fix.id).where(Fix.case_id == case_id, Fix.handed_in_at.is_not(None)).order_by(Fix.id.desc()).limit(1)
    ).scalar_one_or_none()
    return before, list(photos_of("fix", fix)) if fix else []


@who_may_see
def desk_sees(photo: Photo) -> bool:
    """Who writes or reviews entries sees the masked pictures that an entry may show, before approving them."""
    if not current_user.is_authenticated or not allowed(current_user, Permission.REVIEW_ENTRY):
        return False
    case = case_of_photo(photo)
    if case is None:
        return False
    known = db.session.execute(db.select(BoardEntry.id).where(BoardEntry.case_id == case.id).limit(1)).first()
    before, after = pictures_of_case(case.id)
    return known is not None and any(photo.id == shown.id for shown in (*before, *after))


def open_objection(entry_id: int) -> EntryObjection | None:
    """The objection against an entry that waits for its decision."""
    query = db.select(EntryObjection).where(EntryObjection.entry_id == entry_id, EntryObjection.decided_at.is_(None))
    return db.session.execute(query.order_by(EntryObjection.id).limit(1)).scalar_one_or_none()


def entries_to_reply(unit_code: str) -> Sequence[tuple[BoardEntry, Case]]:
    """Entries about a unit's cases that it was told of and has not replied to, the most urgent first."""
    query = (
        db.select(BoardEntry, Case)
        .join(Case, Case.id == BoardEntry.case_id)
        .where(
            Case.unit_code == unit_code,
            BoardEntry.state.in_((EntryState.NOTIFIED, *SHOWN)),
            BoardEntry.hidden_at.is_(None),
            BoardEntry.replied_at.is_(None),
        )
        .order_by(BoardEntry.reply_due_at, BoardEntry.id)
        .limit(PAGE_SIZE)
    )
    return [(row[0], row[1]) for row in db.session.execute(query).all()]


def public_figures() -> dict[str, dict[str, float | int | None]]:
    """The figures of the last thirty days for the home page, each with its numerator and what it is out of.

    On time: first hand-in by the deadline ÷ cases whose deadline fell into the period. Median: days from
    dispatch to the
    first hand-in, of the cases verified as fixed in the period.
    """
    now = clock.now()
    since = now - timedelta(days=30)
    received = _count(db.select(func.count()).select_from(Report).where(Report.received_at >= since))
    fixed = (Case.resolution == Resolution.FIXED) & (Case.closed_at >= since)
    done = _count(db.select(func.count()).select_from(Case).where(fixed))
    fell_due = (Case.deadline_at >= since) & (Case.deadline_at < now) & Case.dispatched_at.is_not(None)
    due = _count(db.select(func.count()).select_from(Case).where(fell_due))
    timely = _count(db.select(func.count()).select_from(Case).where(fell_due, Case.first_fixed_at <= Case.deadline_at))
    spans = db.session.execute(db.select(Case.dispatched_at, Case.first_fixed_at).where(fixed)).all()
    days = sorted((end - start) / timedelta(days=1) for start, end in spans if start and end)
    return {
        "received": {"n": received, "of": None, "value": None},
        "fixed": {"n": done, "of": None, "value": None},
        "on_time": {"n": timely, "of": due, "value": round(100 * timely / due, 1) if due else None},
        "median_days": {
            "n": len(days),
            "of": None,
            "value": round(days[len(days) // 2], 1) if days else None,
        },
    }


def _count(query: Any) -> int:
    return int(db.session.execute(query).scalar_one())
