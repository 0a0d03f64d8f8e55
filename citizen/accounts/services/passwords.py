"""Passwords: argon2id, slow on purpose, with the library's recommended parameters."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """Compared against when no account exists, so that a wrong name takes as long as a wrong password."""
    return _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """An argon2id hash of ``password``."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether ``password`` is the one; takes the same time when there is no hash to compare with."""
    nobody = _nobody()  # made on first use, which must not tell the two cases apart either
    try:
        return _hasher.verify(password_hash or nobody, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
