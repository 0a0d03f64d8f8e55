"""What happened, who did it: append-only, hash-chained events.

Services call `record`; the events of one transaction are chained just before its commit, under one lock, so that the
chain has no gaps and no forks. Database triggers refuse UPDATE and DELETE. Since a chain alone does not show that its
tail was cut, its keyed head is anchored outside the database (see `citizen.core.anchors`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from citizen.core import clock
from citizen.core.database import UtcDateTime, before_commit
from citizen.extensions import Base, db

FIRST_HASH = "0" * 64


class Event(Base):
    """One thing that happened. Holds no personal data beyond the actor's pseudonymous id."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_subject", "subject", "subject_id", "id"),)

    #: Position in the chain, without gaps from 1.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The person's id; none for the system and for residents without an account.
    actor_id: Mapped[int | None] = mapped_column(Integer, index=True)
    #: In which capacity: a staff role, "reporter" or "system".
    actor_role: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    from_state: Mapped[str | None] = mapped_column(String(20))
    to_state: Mapped[str | None] = mapped_column(String(20))
    #: Codes, dates, counts and staff's public words; plain JSON values.
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of the chain; its single row is the lock under which events are appended."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    last_hash: Mapped[str] = mapped_column(String(64))


def record(
    action: str,
    subject: str,
    *,
    subject_id: int,
    actor: tuple[int | None, str] = (None, "system"),
    states: tuple[str | None, str | None] = (None, None),
    detail: dict[str, Any] | None = None,
) -> None:
    """Append one event to the chain when the current transaction commits, at the moment of this call.

    ``actor`` is (person id or None, role); ``states`` is (from, to); ``detail`` holds JSON values only.
    """
    db.session().info.setdefault("events", []).append(
        {
            "at": clock.now(),
            "actor_id": actor[0],
            "actor_role": actor[1],
            "action": action,
            "subject": subject,
            "subject_id": subject_id,
            "from_state": states[0],
            "to_state": states[1],
            "detail": detail or {},
        }
    )


def canonical(fields: Mapping[str, Any]) -> str:
    """The one JSON text of an event that is hashed: sorted keys, UTC microseconds, no spaces."""
    plain = {**fields, "at": fields["at"].strftime("%Y-%m-%dT%H:%M:%S.%f")}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chain(rows: Sequence[dict[str, Any]], last_id: int, *, last_hash: str) -> list[dict[str, Any]]:
    """``rows`` with their ids, previous hashes and hashes: SHA-256 over previous hash and canonical text."""
    chained = []
    for row in rows:
        last_id += 1
        numbered = {**row, "id": last_id}
        digest = hashlib.sha256((last_hash + canonical(numbered)).encode()).hexdigest()
        chained.append({**numbered, "previous_hash": last_hash, "hash": digest})
        last_hash = digest
    return chained


#: Every change of anything ends here: on the tables, built once, without the mapper's work.
_HEAD: Any = AuditHead.__table__
_LOCKED_HEAD = select(_HEAD.c.last_id, _HEAD.c.last_hash).where(_HEAD.c.id == 1).with_for_update()
_EVENTS: Any = Event.__table__
_APPEND = insert(_EVENTS)
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.id == 1).values(last_id=bindparam("id_now"), last_hash=bindparam("hash_now"))


def append_rows(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Chain ``rows`` behind the head and store both; the head row stays locked until the commit."""
    last_id, last_hash = session.execute(_LOCKED_HEAD).one()
    chained = chain(rows, last_id, last_hash=last_hash)
    session.execute(_APPEND, chained)
    session.execute(_MOVE_HEAD, {"id_now": chained[-1]["id"], "hash_now": chained[-1]["hash"]})


@before_commit
def _append_recorded(session: Session) -> None:
    rows = session.info.pop("events", [])
    if rows:
        append_rows(session, rows)


def history(subject: str, subject_id: int) -> Sequence[Event]:
    """All events of one subject, oldest first."""
    query = db.select(Event).where(Event.subject == subject, Event.subject_id == subject_id).order_by(Event.id)
    return db.session.execute(query).scalars().all()
