"""Sending the same form twice gives the same answer once.

Every form that creates something carries a random key. The first request stores where it led; a repetition is sent there
again. The same key with other content is refused, since one of the two would be lost silently.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core import clock
from citizen.core.database import UtcDateTime
from citizen.core.errors import InvalidInput
from citizen.extensions import Base, db

KEEP = timedelta(days=30)


class StoredAnswer(Base):
    """Where the first request with a key led."""

    __tablename__ = "stored_answers"
    __table_args__ = (UniqueConstraint("scope", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(64))
    #: SHA-256 over what was sent.
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def new_key() -> str:
    """A key for one rendering of a form (128 random bits)."""
    return secrets.token_hex(16)


def typed_key(raw: str | None) -> str:
    """The key that a form brought, or a new one for a key that no form of ours has: it is never taken for another kind."""
    key = raw or ""
    return key if 16 <= len(key) <= 64 and key.isascii() and key.isalnum() else new_key()


def fingerprint(*parts: str) -> str:
    """A short stand-in for what was sent."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def stored_answer(scope: str, key: str, *, content: str) -> str | None:
    """Where the first request with ``key`` led, or None for a new key; call it inside the transaction that creates.

    Raises InvalidInput when the key is malformed or came before with other content (a `fingerprint`).
    """
    if not (16 <= len(key) <= 64 and key.isascii() and key.isalnum()):
        raise InvalidInput(_("This page is incomplete. Please load it again and send once more."))
    query = db.select(StoredAnswer).where(StoredAnswer.scope == scope, StoredAnswer.key == key)
    known = db.session.execute(query).scalar_one_or_none()
    if known is None:
        return None
    if known.fingerprint != content:
        raise InvalidInput(_("This form was sent before with other content. Please load the page again."))
    return str(known.answer)


def store_answer(scope: str, key: str, *, content: str, answer: str) -> None:
    """Remember in the current transaction where the request with ``key`` led."""
    db.session.add(StoredAnswer(scope=scope, key=key, fingerprint=content, answer=answer, created_at=clock.now()))


def once(scope: str, key: str, *, content: str, make: Callable[[], object]) -> str:
    """The answer of the first request with ``key``: ``make`` runs only for that one, and what it gives is remembered as text.

    Call it inside the transaction that creates; raises what `stored_answer` and ``make`` raise.
    """
    found = stored_answer(scope, key, content=content)
    if found is None:
        found = str(make())
        store_answer(scope, key, content=content, answer=found)
    return found


def sweep(now: datetime) -> None:
    """Forget answers older than thirty days, inside the current transaction."""
    db.session.execute(db.delete(StoredAnswer).where(StoredAnswer.created_at < now - KEEP))
