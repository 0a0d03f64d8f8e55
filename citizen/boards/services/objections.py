"""Objections: anybody may object, without an account; the entry is hidden at once and shown again only by
a decision.
"""

from __future__ import annotations

import hashlib

from flask_babel import lazy_gettext as _l

from citizen.boards import rules
from citizen.boards.models import BoardEntry, EntryObjection
from citizen.boards.services import entries, facts
from citizen.cases.models import Case
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import normalise_code, random_code
from citizen.departments.queries import directory
from citizen.extensions import db

#: Crockford characters of the token: 80 bits.
TOKEN_LENGTH = 16


def digest(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def object_to(number: str, *, words: str, contact: str) -> str:
    """Object to a shown entry: with this transaction it is hidden. Returns the token that opens the decision.

    Raises NotFound when the entry is not shown (a second objection to a hidden one needs no hiding).
    """
    entry = entries.lock_entry(number, check=False)
    if entry.state not in rules.SHOWN or entry.hidden_at is not None:
        raise NotFound()
    now, token = clock.now(), random_code(TOKEN_LENGTH)
    entry.hidden_at = now
    entry.version += 1
    facts.hide(entry)
    due_at = directory().calendar.add_working_days(now, rules.OBJECTION_WORKING_DAYS)
    db.session.add(
        EntryObjection(
            token_hash=digest(token),
            entry_id=entry.id,
            words=words,
            contact=contact,
            made_at=now,
            due_at=due_at,
        )
    )
    db.session.flush()
    record(
        "entry.objection",
        "entry",
        subject_id=entry.id,
        actor=(None, "visitor"),
        states=(entry.state, entry.state),
    )
    return token


def by_token(raw: object) -> EntryObjection:
    """The objection that a typed token opens; raises NotFound."""
    token = normalise_code(raw, TOKEN_LENGTH)
    query = db.select(EntryObjection).where(EntryObjection.token_hash == digest(token or ""))
    found: EntryObjection | None = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def decide(objection_id: int, *, version: object, upheld: bool, reason: str, by_id: int) -> BoardEntry:
    """Uphold (the entry is withdrawn for good) or reject (it is shown again); the objector reads ``reason``.

    ``version`` is that of the entry. Raises NotFound, MissingVersion, Conflict when it is decided already,
    InvalidInput
    without a reason.
    """
    objection = locked(EntryObjection, EntryObjection.id == objection_id)
    if objection is None:
        raise NotFound()
    number = db.session.execute(db.select(BoardEntry.number).where(BoardEntry.id == objection.entry_id)).scalar_one()
    entry = entries.lock_entry(number, version=version)
    if objection.decided_at is not None:
        raise Conflict(_l("This objection has been decided already."))
    if len(reason.strip()) < 4:
        raise InvalidInput(_l("Say why; the person who objected will read it"), "reason")
    objection.decided_at, objection.decided_by = clock.now(), by_id
    objection.upheld, objection.reason = upheld, reason
    verdict = "entry.objection_upheld" if upheld else "entry.objection_rejected"
    record(verdict, "entry", subject_id=entry.id, actor=(by_id, "leader"), states=(entry.state, entry.state))
    if upheld:
        entries.withdraw(entry, "objection", by_id=by_id)
        return entry
    entry.hidden_at = None
    entry.version += 1
    case = db.session.get(Case, entry.case_id)
    if entry.state in rules.SHOWN and case is not None:
        facts.show(entry, case)
    return entry
