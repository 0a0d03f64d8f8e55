"""Numbers and codes as people type them. Nothing here raises on user input: what is not a number is None.

`int` and `float` accept far more than a form should ('٣', '1_0', 'nan', '1e400'), and `str.isdigit` accepts
'²', which `int` then refuses; so every number a visitor can send is parsed here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
import unicodedata

from citizen.core.text import fold_width

#: Crockford's base 32: no I, L, O (read as 1, 1, 0) and no U. https://www.crockford.com/base32.html
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_LONGEST_NUMBER = 20
_LONGEST_CODE = 64
LAST_PAGE = 100_000

_INTEGER = re.compile(r"[0-9]{1,20}\Z")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{0,15})?\Z")
_PREFIX = re.compile(r"[A-Z]{1,4}\Z")
_MINUS = str.maketrans("\u2212\u2010\u2011\u2013", "----")
_READ_AS = str.maketrans("OIL", "011")


def parse_int(raw: object, low: int, high: int) -> int | None:
    """The whole number in `raw` when it lies in low..high, else None.

    Only ASCII and full-width digits count; white space around them is allowed, a sign or anything inside is
    not.
    """
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return raw if low <= raw <= high else None
    if not isinstance(raw, str) or len(raw) > _LONGEST_NUMBER:
        return None
    digits = fold_width(raw).strip()
    if not _INTEGER.match(digits):
        return None
    number = int(digits)
    return number if low <= number <= high else None


def parse_coordinate(raw: object) -> float | None:
    """A longitude or latitude in degrees, -180..180, else None: never nan or infinite, no exponents."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | float):
        return float(raw) if -180 <= raw <= 180 else None
    if not isinstance(raw, str) or len(raw) > 2 * _LONGEST_NUMBER:
        return None
    text = fold_width(raw).strip().translate(_MINUS)
    if not _DECIMAL.match(text):
        return None
    number = float(text)
    return number if -180 <= number <= 180 else None


def parse_page(raw: object) -> int:
    """A page number, 1..LAST_PAGE; anything else, and nothing, is page 1."""
    return parse_int(raw, 1, LAST_PAGE) or 1


def random_code(length: int = 10) -> str:
    """`length` characters of ALPHABET from the system's random source, 5 bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _typed(raw: object) -> str | None:
    """Letters and digits of a typed code in upper case; None when it holds anything else but spaces and
    dashes.
    """
    if not isinstance(raw, str) or len(raw) > _LONGEST_CODE:
        return None
    kept = [char for char in fold_width(raw) if unicodedata.category(char) not in ("Cf", "Zs", "Pd")]
    code = "".join(kept).strip()
    # Asked before upper(), which turns some foreign letters into ASCII ones ('ı' into 'I', 'ſ' into 'S').
    return code.upper() if code.isascii() and code.isalnum() else None


def _body(text: str) -> str | None:
    folded = text.translate(_READ_AS)
    return folded if all(char in ALPHABET for char in folded) else None


def normalise_code(raw: object, length: int | None = 10) -> str | None:
    """The code behind any way of typing it (case, spaces, dashes, full width, O for 0, I and L for 1), else
    None.

    `length` is the number of characters the code must have; None accepts any from 1 on. 'U' is no Crockford
    letter.
    """
    code = _body(_typed(raw) or "")
    if not code or (length is not None and len(code) != length):
        return None
    return code


def group_code(code: str, size: int = 5) -> str:
    """'H7QD2M9KXT' as 'H7QD2-M9KXT', for reading aloud."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def derive_code(secret: bytes, *parts: str | int | bytes) -> str:
    """Ten Crockford characters: the first 50 bits of HMAC-SHA256 over `parts`.

    Each part is framed by kind and length, so ('ab', 'c') and ('a', 'bc') and (1,) and ('1',) give
    different codes.
    """
    mac = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8")
        kind = {bytes: b"b", str: b"s", int: b"i"}[type(part)]
        mac.update(kind + len(data).to_bytes(8, "big") + data)
    bits = int.from_bytes(mac.digest()[:7], "big") >> 6
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(45, -1, -5))


def format_report_number(prefix: str, year: int, body: str) -> str:
    """('YY', 2026, '7KM4Q2') as 'YY26-7KM4-Q2'. ValueError for a prefix that is not 1 to 4 letters A-Z or a
    bad body.
    """
    if not _PREFIX.match(prefix) or len(body) != 6 or _body(body) != body:
        raise ValueError("a report number needs a prefix of 1 to 4 letters and a body of 6 Crockford characters")
    return f"{prefix}{year % 100:02d}-{body[:4]}-{body[4:]}"


def normalise_report_number(raw: object, prefix: str) -> str | None:
    """'ｙｙ26 7km4 q2' as 'YY26-7KM4-Q2', else None. The prefix may be left out: the eight others are the
    number.
    """
    typed = _typed(raw)
    if typed is None:
        return None
    head, rest = typed[: len(typed) - 8], typed[-8:]
    if len(rest) != 8 or (head and head.translate(_READ_AS) != prefix.translate(_READ_AS)):
        return None
    year, body = rest[:2].translate(_READ_AS), _body(rest[2:])
    if body is None or not _INTEGER.match(year):
        return None
    return f"{prefix}{year}-{body[:4]}-{body[4:]}"


def format_case_number(day: dt.date, body: str) -> str:
    """(2026-08-31, '6AN3') as '260831-6AN3'. ValueError for a bad body."""
    if len(body) != 4 or _body(body) != body:
        raise ValueError("a case number needs a body of 4 Crockford characters")
    return f"{day:%y%m%d}-{body}"


def normalise_case_number(raw: object) -> str | None:
    """'260831 6an3' as '260831-6AN3'; None when it is not six digits of a real day and four characters."""
    code = normalise_code(raw, 10)
    if code is None or not _INTEGER.match(code[:6]):
        return None
    try:
        dt.date(2000 + int(code[:2]), int(code[2:4]), int(code[4:6]))
    except ValueError:
        return None
    return f"{code[:6]}-{code[6:]}"
