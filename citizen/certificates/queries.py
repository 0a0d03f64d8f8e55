"""Finding certificates: by check code for anybody, by number for their owner and the office."""

from __future__ import annotations

from collections.abc import Sequence

from citizen.certificates.models import Certificate
from citizen.certificates.rules import normalise_number, normalise_token
from citizen.extensions import db


def by_token(raw: object) -> Certificate | None:
    """The certificate with this check code, however it was typed."""
    token = normalise_token(raw)
    if token is None:
        return None
    return db.session.execute(db.select(Certificate).where(Certificate.token == token)).scalar_one_or_none()


def by_number(raw: object) -> Certificate | None:
    """The certificate with this number, however it was typed; for the office."""
    number = normalise_number(raw)
    if number is None:
        return None
    return db.session.execute(db.select(Certificate).where(Certificate.number == number)).scalar_one_or_none()


def owned_by(person_id: int, raw: object) -> Certificate | None:
    """The certificate with this number when it lies in the person's own account."""
    found = by_number(raw)
    return found if found is not None and found.person_id == person_id else None


def certificates_of(person_id: int) -> Sequence[Certificate]:
    """All certificates in a person's account, the newest first, the revoked ones too."""
    query = db.select(Certificate).where(Certificate.person_id == person_id)
    return db.session.execute(query.order_by(Certificate.id.desc())).scalars().all()
