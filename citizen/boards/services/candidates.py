"""Where entries come from: verified fixes, and overdue cases as pressure on their unit."""

from __future__ import annotations

from typing import Any

from citizen.boards import queries, rules
from citizen.boards.models import BoardEntry
from citizen.boards.rules import EntryState
from citizen.boards.services import entries, facts
from citizen.cases.models import Case
from citizen.cases.rules import CaseState
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.numbers import random_code
from citizen.extensions import db
from citizen.reports.models import Category

#: Overdue cases that one round of the job proposes.
ROUND = 200


def case_was_closed(case: Case, **_more: Any) -> None:
    """Receiver of `case_closed`: a verified fix is proposed for a board."""
    make_candidate(case)


def make_candidate(case: Case) -> BoardEntry | None:
    """Propose a verified fix for a board; None when it is not one or was proposed before.

    An overdue case that stands on the board already shows as fixed from now on.
    """
    if not facts.is_fixed(case):
        return None
    category = db.session.get(Category, case.category_code) if case.category_code else None
    board = rules.board_of(exposure_eligible=bool(category and category.exposure_eligible))
    known = queries.entry_of_case(case.id, board)
    if known is not None:
        entries.refresh(known, case)
        return None
    return _add_candidate(case, board)


def propose_overdue() -> int:
    """Propose cases that are past their deadline and may be exposed, as pressure on their unit; returns
    how many.
    """
    known = db.select(BoardEntry.id).where(BoardEntry.case_id == Case.id, BoardEntry.board == "exposure").exists()
    query = (
        db.select(Case)
        .join(Category, Category.code == Case.category_code)
        .where(
            Case.state.in_((CaseState.DISPATCHED, CaseState.IN_PROGRESS)),
            Case.deadline_at < clock.now(),
            Category.exposure_eligible.is_(True),
            ~known,
        )
        .order_by(Case.deadline_at)
        .limit(ROUND)
    )
    cases = db.session.execute(query).scalars().all()
    for case in cases:
        _add_candidate(case, "exposure")
    return len(cases)


def _add_candidate(case: Case, board: str) -> BoardEntry:
    moment = clock.now()
    entry = BoardEntry(number=_new_number(clock.local(moment).year), case_id=case.id, board=board, created_at=moment)
    entry.title_hans, entry.title_en = case.public_title_hans, case.public_title_en
    db.session.add(entry)
    db.session.flush()
    record("entry.candidate", "entry", subject_id=entry.id, states=(None, EntryState.CANDIDATE))
    return entry


def _new_number(year: int) -> str:
    while True:
        number = f"B{year % 100:02d}-{random_code(6)}"
        if db.session.execute(db.select(BoardEntry.id).where(BoardEntry.number == number)).first() is None:
            return number
