"""Objections of reporters: what waits for a decision, and how the last ones ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from citizen.cases.models import Appeal, Case
from citizen.core.errors import NotFound
from citizen.core.numbers import parse_int
from citizen.extensions import db

MOST = 100
SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection with the case it is about."""

    appeal: Appeal
    case: Case


def _all() -> Select[Appeal, Case]:
    return select(Appeal, Case).join(Case, Case.id == Appeal.case_id)


def open_objections() -> Sequence[Objection]:
    """Undecided objections, nearest deadline first; at most a hundred."""
    query = _all().where(Appeal.decided_at.is_(None)).order_by(Appeal.due_at, Appeal.id).limit(MOST)
    return [Objection(row[0], row[1]) for row in db.session.execute(query)]


def decided_objections(now: datetime) -> Sequence[Objection]:
    """Objections decided within the last thirty days, newest first; at most a hundred."""
    query = _all().where(Appeal.decided_at > now - SHOWN_FOR).order_by(Appeal.decided_at.desc()).limit(MOST)
    return [Objection(row[0], row[1]) for row in db.session.execute(query)]


def objection(raw_id: object) -> Objection:
    """One objection; raises NotFound for an unknown one and for what is no number."""
    wanted = parse_int(raw_id, 1, 2**31 - 1)
    row = db.session.execute(_all().where(Appeal.id == wanted)).first() if wanted else None
    if row is None:
        raise NotFound()
    return Objection(row[0], row[1])


def open_appeal_of(report_id: int, kind: str) -> Appeal | None:
    """The undecided objection of a report, for its tracking page."""
    query = select(Appeal).where(Appeal.report_id == report_id, Appeal.kind == kind, Appeal.decided_at.is_(None))
    return db.session.execute(query.order_by(Appeal.id.desc()).limit(1)).scalar_one_or_none()


def appeals_of(report_id: int) -> Sequence[Appeal]:
    """All objections of a report, oldest first."""
    query = select(Appeal).where(Appeal.report_id == report_id).order_by(Appeal.id)
    return db.session.execute(query).scalars().all()
