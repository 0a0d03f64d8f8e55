"""What names, passwords and codes must be like, and the words for roles; pure."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import pyotp
from flask_babel import lazy_gettext as _l

from citizen.core.errors import InvalidInput
from citizen.core.permissions import Role
from citizen.core.text import fold_width, is_blank, normalise_email, normalise_phone

MIN_PASSWORD = 8
MAX_PASSWORD = 128
CODE_STEP = 30
RECOVERY_CODES = 10

ROLE_WORDS = {
    Role.MODERATOR: _l("Moderator"),
    Role.CLERK: _l("Unit clerk"),
    Role.WORKER: _l("Field worker"),
    Role.VERIFIER: _l("Verifier"),
    Role.LEADER: _l("Shift leader"),
    Role.HEAD: _l("Office head"),
    Role.COORDINATOR: _l("Volunteer coordinator"),
    Role.INSPECTOR: _l("Inspector"),
    Role.PUBLISHER: _l("Publisher"),
    Role.ADMIN: _l("Administrator"),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """By what a person signs in: exactly one of the two is set, in canonical form."""

    email: str | None = None
    phone: str | None = None

    def __str__(self) -> str:
        return self.email or self.phone or ""

    @property
    def shown(self) -> str:
        """Enough to recognise oneself, too little for others: 138****8000, w***@example.com."""
        if self.phone:
            return f"{self.phone[:3]}****{self.phone[-4:]}"
        name, _at, domain = str(self).partition("@")
        return f"{name[:1]}***@{domain}"


def contact_of(raw: object, *, field: str | None = None) -> Contact:
    """The phone number or e-mail address behind any way of typing it; InvalidInput for anything else."""
    text = raw if isinstance(raw, str) else ""
    if is_blank(text):
        raise InvalidInput(_l("Enter your mobile number or e-mail address."), field)
    try:
        if "@" in fold_width(text):
            return Contact(email=normalise_email(text))
        return Contact(phone=normalise_phone(text))
    except InvalidInput as error:
        words = _l("Enter a mobile number, or an e-mail address such as name@example.com.")
        raise InvalidInput(words, field) from error


def ensure_good_password(password: str, *, common: Collection[str], contact: Contact) -> None:
    """Raise InvalidInput for a password that is short, endless, in ``common``, a plain row or the contact.

    Length and a list of known passwords, no rules on kinds of characters: NIST SP 800-63B, section 3.1.1.2.
    """
    if len(password) < MIN_PASSWORD:
        raise InvalidInput(_l("At least %(n)s characters.", n=MIN_PASSWORD), "password")
    if len(password) > MAX_PASSWORD:
        raise InvalidInput(_l("At most %(n)s characters.", n=MAX_PASSWORD), "password")
    if any("\ud800" <= char <= "\udfff" for char in password):
        words = _l("The text holds characters that cannot be stored. Please type it again.")
        raise InvalidInput(words, "password")
    plain = password.casefold()
    own = str(contact).casefold()
    if plain in common or len(set(plain)) < 4 or _is_row(plain) or plain in (own, own.partition("@")[0]):
        words = _l("Many people use this password, so it is guessed first. Choose another one.")
        raise InvalidInput(words, "password")


def _is_row(text: str) -> bool:
    """Whether every character follows the one before it by the same step: 12345678, hgfedcba."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return len(steps) == 1 and steps <= {-1, 0, 1}


def typed_code(raw: object) -> str:
    """What was typed as a code, without spaces and hyphens, in ASCII width, cut at 40 characters."""
    text = fold_width(raw[:200]) if isinstance(raw, str) else ""
    return "".join(char for char in text if not char.isspace() and char != "-")[:40]


def matching_step(secret: str, code: str, *, now: datetime, last_step: int) -> int | None:
    """The 30-second step whose code this is (RFC 6238, one step of tolerance), or None.

    A step up to ``last_step`` never matches again, so that an overheard code is worthless.
    """
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // CODE_STEP
    for step in (present - 1, present, present + 1):
        if step > last_step and hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None
