"""The second factor: codes of an authenticator app, and recovery codes for the day without it."""

from __future__ import annotations

from typing import Any, cast

import pyotp
from sqlalchemy import CursorResult, func

from citizen.accounts.models import Person, RecoveryCode
from citizen.accounts.rules import RECOVERY_CODES, matching_step, typed_code
from citizen.accounts.services.people import load
from citizen.accounts.services.secrets import keyed_hash, seal, unseal
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.errors import InvalidInput
from citizen.core.numbers import normalise_code, random_code
from citizen.extensions import db
from citizen.web.sessions import end_sessions_of


def new_secret() -> str:
    """A new secret for an authenticator app (160 random bits, base 32)."""
    return pyotp.random_base32()


def app_address(secret: str, *, account: str, site: str) -> str:
    """What the QR code says: the otpauth address of the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=site)


def set_up(person_id: int, secret: str, *, code: object, refusal: Any) -> list[str]:
    """Make the app that shows ``code`` for ``secret`` the second factor; returns the new recovery codes.

    Ends every session of the person. Raises InvalidInput(refusal) when the code is not of this secret.
    """
    person = load(person_id)
    step = matching_step(secret, typed_code(code), now=clock.now(), last_step=0)
    if step is None:
        raise InvalidInput(refusal, "code")
    person.totp_secret, person.totp_last_step = seal(secret), step
    codes = _replace_codes(person)
    end_sessions_of(person.id)
    record("person.second_factor_set", "person", subject_id=person.id, actor=(person.id, "self"))
    return codes


def use_code(person_id: int, raw: object) -> bool:
    """Whether ``raw`` is the app's present code or an unused recovery code; it is used up by the asking.

    The person's row stays locked until the commit, so that of two parallel uses one succeeds.
    """
    person = load(person_id)
    code = typed_code(raw)
    secret = unseal(person.totp_secret)
    if secret is None:
        return False
    step = matching_step(secret, code, now=clock.now(), last_step=person.totp_last_step)
    if step is not None:
        person.totp_last_step = step
        return True
    return _use_recovery(person, code)


def renew_codes(person_id: int, *, code: object, refusal: Any) -> list[str]:
    """Ten new recovery codes in place of the old; raises InvalidInput(refusal) unless ``code`` is valid."""
    if not use_code(person_id, code):
        raise InvalidInput(refusal, "code")
    person = load(person_id)
    record("person.recovery_codes_renewed", "person", subject_id=person.id, actor=(person.id, "self"))
    return _replace_codes(person)


def remove(person_id: int, *, actor: tuple[int | None, str]) -> None:
    """Forget the app and the codes (a lost phone); the person must set up a new app before working again."""
    person = load(person_id)
    person.totp_secret, person.totp_last_step = None, 0
    db.session.execute(db.delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    end_sessions_of(person.id)
    record("person.second_factor_removed", "person", subject_id=person.id, actor=actor)


def codes_left(person_id: int) -> int:
    """How many recovery codes are unused."""
    query = db.select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return int(db.session.execute(query).scalar_one())


def _hash(person: Person, code: str) -> str:
    return keyed_hash("recovery", f"{person.id}:{code}")


def _replace_codes(person: Person) -> list[str]:
    db.session.execute(db.delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = [random_code() for _ in range(RECOVERY_CODES)]
    db.session.add_all(RecoveryCode(person_id=person.id, code_hash=_hash(person, code)) for code in codes)
    db.session.flush()
    return codes


def _use_recovery(person: Person, typed: str) -> bool:
    code = normalise_code(typed)
    if code is None:
        return False
    mine = (RecoveryCode.person_id == person.id, RecoveryCode.code_hash == _hash(person, code))
    unused = db.update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None))
    statement = unused.values(used_at=clock.now())
    used = cast("CursorResult[Any]", db.session.execute(statement)).rowcount == 1
    if used:
        record("person.recovery_code_used", "person", subject_id=person.id, actor=(person.id, "self"))
    return used
