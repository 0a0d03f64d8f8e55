"""What a nickname on a board may be: a word of one's own that leads to nobody; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from citizen.core.errors import InvalidInput
from citizen.core.text import clean_name, is_reserved, skeleton

SHORTEST, LONGEST = 2, 20
#: So many digits in one nickname are a telephone number, an ID number or a chat account.
MOST_DIGITS = 5

_HAN_DIGITS = frozenset("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺")
_ADDRESS = re.compile(r"@|https?:|www\.|\.(?:com|cn|net|org|cc|top|vip|xyz)\b", re.IGNORECASE)


def clean_nickname(raw: object) -> str:
    """The nickname as it is shown; raises InvalidInput at ``nickname`` for one that is too short or too long."""
    name = clean_name(raw, LONGEST, field="nickname")
    if len(name) < SHORTEST:
        raise InvalidInput(_l("A nickname has at least two characters"), "nickname")
    return name


def ensure_nickname(name: str, *, own_name: str, contacts: Iterable[str], reserved: Iterable[str]) -> None:
    """Raise InvalidInput at ``nickname`` for a name that gives its bearer away or poses as the office.

    ``contacts`` are the bearer's own telephone number and e-mail address.
    """
    digits = sum(char.isdigit() or char in _HAN_DIGITS for char in name)
    if digits > MOST_DIGITS or _ADDRESS.search(name) or _gives_away(name, contacts):
        raise InvalidInput(
            _l("Leave out phone numbers, ID numbers and addresses: everybody reads this name"), "nickname"
        )
    if looks_like(name, own_name):
        raise InvalidInput(
            _l("This is your real name, or close to it. Everybody reads a nickname: choose a word"), "nickname"
        )
    if is_reserved(name, reserved):
        raise InvalidInput(_l("This name looks like an office. Please choose another one."), "nickname")


def looks_like(nickname: str, name: str) -> bool:
    """Whether a nickname holds a real name or its twin; a name of one letter is no name."""
    look, real = skeleton(nickname), skeleton(name)
    return len(real) > 1 and real in look


def _gives_away(name: str, contacts: Iterable[str]) -> bool:
    """Whether the part before the @ of an address, or the end of a number, stands in the name."""
    look = _letters(name)
    parts = [_letters(contact.partition("@")[0]) for contact in contacts]
    return any(len(part) >= 4 and (part in look or (part.isdigit() and part[-4:] in look)) for part in parts)


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
