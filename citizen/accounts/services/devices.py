"""Browsers in which a person signed in before: the cookie is random, the database has its keyed hash."""

from __future__ import annotations

import secrets

from citizen.accounts.models import KnownDevice
from citizen.accounts.services.secrets import keyed_hash
from citizen.core import clock
from citizen.extensions import db

#: The oldest are forgotten beyond this many.
KEEP = 10


def device_of(person_id: int | None, token: str | None) -> str | None:
    """The device's hash when ``token`` is of a browser that this person used before, else None.

    Asks the database the same question for a person who does not exist.
    """
    hashed = keyed_hash("device", token or "")
    query = db.select(KnownDevice.id).where(
        KnownDevice.person_id == (person_id or 0), KnownDevice.device_hash == hashed
    )
    return hashed if db.session.execute(query).first() else None


def remember(person_id: int, token: str | None) -> str:
    """Remember the browser and return the value its cookie must have.

    A family's shared phone keeps its value for all of them; a value that the site never gave out is replaced.
    """
    token = token if token and _given_out(token) else secrets.token_urlsafe(32)
    hashed = keyed_hash("device", token)
    mine = db.select(KnownDevice).where(KnownDevice.person_id == person_id)
    known = db.session.execute(mine.where(KnownDevice.device_hash == hashed)).scalar_one_or_none()
    if known is None:
        known = KnownDevice(person_id=person_id, device_hash=hashed)
        db.session.add(known)
    known.seen_at = clock.now()
    db.session.flush()
    for old in db.session.execute(mine.order_by(KnownDevice.seen_at.desc()).offset(KEEP)).scalars():
        db.session.delete(old)
    return token


def forget_all(person_id: int) -> None:
    """Forget every browser of a person: after a change of password none is trusted by habit."""
    db.session.execute(db.delete(KnownDevice).where(KnownDevice.person_id == person_id))


def _given_out(token: str) -> bool:
    query = db.select(KnownDevice.id).where(KnownDevice.device_hash == keyed_hash("device", token)).limit(1)
    return db.session.execute(query).first() is not None
