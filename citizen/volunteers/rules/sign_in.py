"""Signing in and out at the post: codes that change with time, and the moment from which a code counts.

Both codes are truncated HMACs of the number of the time step, made with the secret of the post and told apart by shift: six
digits to be typed, after RFC 4226 (section 5.3) with SHA-256, and a token of 65 bits for the QR code.

What guessing is worth: a try names its time (or is taken at its arrival) and is compared with the codes shown within ten
minutes of it, three at most, so one try hits with at most 3 in 1,000,000. One person has `TRIES_PER_PERSON`, thirty at most
while the codes of a shift count, since two windows of a day can touch that time: 9 in 100,000 or less for a whole shift, and
only for somebody who holds a place there and whom the lead, who sees how and when each sign-in came, does not see.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from citizen.core.clock import local
from citizen.core.numbers import ALPHABET, normalise_code
from citizen.core.text import fold_width

#: Sign-in opens so long before the start.
OPENS_BEFORE = timedelta(minutes=30)
#: Who comes later than this is marked late and keeps the shift.
LATE_AFTER = timedelta(minutes=15)
#: From then on a place that nobody came for can be freed.
NO_SHOW_AFTER = timedelta(minutes=30)
#: People sign themselves out until so long after the end; later the lead enters it, with a reason.
OUT_UNTIL = timedelta(minutes=60)
#: How wrong a phone's clock may be.
SKEW = timedelta(minutes=10)
#: A code read without network may be handed in until so long after the end.
OFFLINE = timedelta(hours=12)
#: A lead sees the people of a shift until so long after its end; a coordinator always.
LEAD_SEES = timedelta(days=7)

CODE_SECONDS = 600
TOKEN_SECONDS = 60
DIGITS = 6
_STEP_CHARS, _MAC_CHARS = 6, 13

TRIES_PER_PERSON = "15/day"
#: Wrong ones only: a whole team may share one address.
WRONG_PER_VISITOR = "60/hour"


class Direction(StrEnum):
    """Coming or going."""

    IN = "in"
    OUT = "out"


class Method(StrEnum):
    """How a sign-in reached us."""

    QR = "qr"
    CODE = "code"
    ROLL_CALL = "roll_call"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Key:
    """What the codes of one shift are made from."""

    secret: str
    shift_id: int


@dataclass(frozen=True, slots=True)
class Span:
    """When a shift is, and the moments of the day that follow from it."""

    starts_at: datetime
    ends_at: datetime

    @property
    def opens_at(self) -> datetime:
        """From when on people can sign in."""
        return self.starts_at - OPENS_BEFORE

    @property
    def out_until(self) -> datetime:
        """The last moment that a sign-out of one's own can name."""
        return self.ends_at + OUT_UNTIL

    @property
    def received_until(self) -> datetime:
        """The last moment at which a code can be handed in."""
        return self.ends_at + OFFLINE

    def is_late(self, at: datetime) -> bool:
        """Whether somebody who came ``at`` that moment is marked late."""
        return at > self.starts_at + LATE_AFTER

    def admits(self, direction: Direction, at: datetime) -> bool:
        """Whether people can sign themselves in or out with ``at`` as the moment that counts."""
        if direction is Direction.IN:
            return self.opens_at <= at <= self.ends_at
        return self.starts_at <= at <= self.out_until


@dataclass(frozen=True, slots=True)
class Shown:
    """A code or token as it came back: ``claimed`` is the moment at which the phone read it, by its own clock."""

    text: str
    method: Method
    received_at: datetime
    claimed: datetime | None = None


def code_at(key: Key, at: datetime) -> str:
    """The six digits shown at a moment."""
    return _digits(key, int(at.timestamp()) // CODE_SECONDS)


def token_at(key: Key, at: datetime) -> str:
    """The token in the QR code shown at a moment: its time step and 65 bits that only the server can make."""
    return _token(key, int(at.timestamp()) // TOKEN_SECONDS)


def matching_moment(key: Key, shown: Shown, span: Span) -> datetime | None:
    """The moment that counts for a code: within the time in which it was shown, as near to the phone's as that allows.

    None unless the code was shown within ten minutes of the phone's time (without one: of the arrival). The moment is never
    later than the arrival, even when the clock that showed the code was ahead of ours, and never before sign-in opened. None
    also when the code arrives before that, or later than twelve hours after the end.
    """
    if not span.opens_at <= shown.received_at <= span.received_until:
        return None
    about = shown.claimed or shown.received_at
    if about > shown.received_at + SKEW:
        return None
    found = [window for window in _windows(key, shown, about) if _near(window, about) and _was_shown(window, span)]
    if not found:
        return None
    first, last = min(found, key=lambda window: abs(_clamped(about, window) - about))
    moment = _clamped(about, (first, last))
    return min(max(moment, span.opens_at), shown.received_at)


def _near(window: tuple[datetime, datetime], about: datetime) -> bool:
    return window[0] - SKEW <= about <= window[1] + SKEW


def _was_shown(window: tuple[datetime, datetime], span: Span) -> bool:
    """Whether the lead's page showed a code then: from when sign-in opens until the last sign-out."""
    return window[1] >= span.opens_at and window[0] <= span.out_until


def _clamped(moment: datetime, window: tuple[datetime, datetime]) -> datetime:
    return min(max(moment, window[0]), window[1])


def _windows(key: Key, shown: Shown, about: datetime) -> list[tuple[datetime, datetime]]:
    """The times in which the code was shown, as far as they lie around ``about``."""
    if shown.method is Method.QR:
        step = _step_of(shown.text)
        good = step is not None and hmac.compare_digest(_token(key, step), normalise_code(shown.text, None) or "")
        return [_window(step, TOKEN_SECONDS)] if good and step is not None else []
    middle, reach = int(about.timestamp()) // CODE_SECONDS, int(SKEW.total_seconds()) // CODE_SECONDS
    steps, typed = range(middle - reach, middle + reach + 1), typed_digits(shown.text)
    return [_window(step, CODE_SECONDS) for step in steps if hmac.compare_digest(_digits(key, step), typed)]


def typed_digits(text: str) -> str:
    """What was typed as a code in plain digits, without spaces and dashes; empty when it is no six digits."""
    digits = "".join(char for char in fold_width(text[:40]) if not char.isspace() and char != "-")
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else ""


def _window(step: int, seconds: int) -> tuple[datetime, datetime]:
    """First and last moment of a time step."""
    first = datetime.fromtimestamp(step * seconds, UTC)
    return first, first + timedelta(seconds=seconds) - timedelta(microseconds=1)


def _digest(key: Key, kind: str, step: int) -> bytes:
    message = f"{kind}:{key.shift_id}:{step}".encode()
    return hmac.new(key.secret.encode(), message, hashlib.sha256).digest()


def _digits(key: Key, step: int) -> str:
    """Dynamic truncation as in RFC 4226, section 5.3, to 31 bits and then to six digits."""
    digest = _digest(key, "code", step)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def _token(key: Key, step: int) -> str:
    number = int.from_bytes(_digest(key, "token", step)[:9], "big")
    return _base32(step, _STEP_CHARS) + _base32(number, _MAC_CHARS)


def _base32(number: int, length: int) -> str:
    """The last ``length`` digits of a number in Crockford's base 32, five bits each."""
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def _step_of(text: str) -> int | None:
    """The time step that a token names; None for what is no token."""
    token = normalise_code(text, _STEP_CHARS + _MAC_CHARS)
    if token is None:
        return None
    step = 0
    for char in token[:_STEP_CHARS]:
        step = step << 5 | ALPHABET.index(char)
    return step


def moment_in(span: Span, wall: str) -> datetime | None:
    """The moment of "HH:MM" on the county's clock that belongs to a shift, also over midnight; None when none does."""
    hours, _colon, minutes = wall.partition(":")
    if not (len(wall) == 5 and wall.isascii() and hours.isdigit() and minutes.isdigit()):
        return None
    if int(hours) > 23 or int(minutes) > 59:
        return None
    first = local(span.opens_at).replace(hour=int(hours), minute=int(minutes), second=0, microsecond=0)
    days = (first + timedelta(days=n) for n in range(3))
    # Rounded down to the minute, since a shift is opened by the minute.
    return next((day.astimezone(UTC) for day in days if span.opens_at <= day <= span.out_until), None)
