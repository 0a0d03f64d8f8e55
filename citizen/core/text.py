"""Text as people type it: cleaned, compared, and made safe to show and to log.

Every function here takes time linear in its input, whatever the input is: the runs of combining marks are cut
before `unicodedata.normalize` sees them, because canonical ordering is quadratic in the length of such a run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from flask_babel import lazy_gettext as _l
from opencc import OpenCC

from citizen.core.errors import InvalidInput

#: More marks than this on one letter do not occur in any living script's names; they only break the layout.
MARKS_IN_A_ROW = 8

# Typed text may shrink while it is cleaned (ten thousand empty lines become two), so the raw text may be
# longer than the limit, within reason: what is longer than this is refused before any work is done on it.
_RAW_SLACK = 20_000

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Characters with no ink whose category says otherwise: Hangul fillers are letters, the Braille blank is a
# symbol.
_INKLESS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
_INKLESS_CATEGORIES = frozenset(("Zs", "Zl", "Zp", "Mn", "Mc", "Me", "Cc", "Cf", "Cs", "Cn"))
_NEWLINES = re.compile("\r\n|[\r\u0085\u000b\u000c\u2028\u2029]")
_MANY_NEWLINES = re.compile("\n{4,}")
_DASHES = re.compile("[\u2010-\u2015\u2212\uff0d\ufe63]")

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def _dropped_codes() -> set[int]:
    controls = {*range(0x20), *range(0x7F, 0xA0)} - {0x09, 0x0A}
    nonchars = set(range(0xFDD0, 0xFDF0)) | {plane * 0x10000 + low for plane in range(17) for low in (0xFFFE, 0xFFFF)}
    return controls | nonchars | {ord(char) for char in _BIDI} | {0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB}


# What neither a page nor an XML file (a spreadsheet is one) may hold.
_DROPPED: dict[int, None] = dict.fromkeys(_dropped_codes())

# Letters of other scripts that look like a Latin one (a part of Unicode TS 39, confusables.txt), as pairs;
# capitals apart, because case folding loses their shape.
_TWIN_CAPITALS = "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX АA ВB СC ЕE НH ІI ЈJ КK МM ОO РP ЅS ТT ХX УY ҮY ӀI ԚQ ԜW"
_TWINS = (
    "αa βb γy εe ηn ιi κk νv οo ρp τt υu χx ωw "
    "аa вb сc ԁd еe һh іi јj кk ӏl мm нh оo рp ԛq ѕs тt уy ѵv хx үy ԝw ıi ɡg ɑa ʟl"
)
_LATIN_CAPITALS = {ord(pair[0]): pair[1] for pair in _TWIN_CAPITALS.split()}
_LATIN = {ord(pair[0]): pair[1] for pair in _TWINS.split()}
_SAME_SHAPE = str.maketrans("01i|!$", "olllls")


def fold_width(text: str) -> str:
    """Full-width ASCII forms and the ideographic space as plain ASCII; nothing else changes ('²' stays
    '²').
    """
    return text.translate(_FULL_WIDTH)


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def to_simplified(text: str) -> str:
    """Traditional Chinese as Simplified; lone surrogates become '?' first, so that this never raises."""
    return str(_simplifier().convert(text.encode("utf-8", "replace").decode("utf-8")))


def is_blank(text: str) -> bool:
    """True when nothing in `text` leaves ink: spaces, format and control characters, fillers, lone marks.

    Decided by Unicode category, plus the few letters and symbols that are drawn empty.
    """
    return all(char in _INKLESS or unicodedata.category(char) in _INKLESS_CATEGORIES for char in text)


def _checked(raw: object, limit: int, field: str | None) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str):
        raise InvalidInput(_l("This must be text."), field)
    if len(raw) > limit * 4 + _RAW_SLACK:
        raise _too_long(limit, field)
    try:
        raw.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput(
            _l("The text holds characters that cannot be stored. Please type it again."), field
        ) from None
    return raw


def _too_long(limit: int, field: str | None) -> InvalidInput:
    return InvalidInput(_l("This is too long: at most %(limit)s characters.", limit=limit), field)


def without_piled_marks(text: str) -> str:
    """At most MARKS_IN_A_ROW combining marks after one another; format characters between them do not reset
    the count.
    """
    if text.isascii():
        return text
    kept: list[str] = []
    run = 0
    for char in text:
        category = unicodedata.category(char)
        if category[0] == "M":
            run += 1
            if run > MARKS_IN_A_ROW:
                continue
        elif category != "Cf":
            run = 0
        kept.append(char)
    return "".join(kept)


def _cleaned(raw: str) -> str:
    text = _NEWLINES.sub("\n", raw).translate(_DROPPED)
    return unicodedata.normalize("NFC", without_piled_marks(text))


def _within(text: str, limit: int, field: str | None) -> str:
    if is_blank(text):
        return ""
    if len(text) > limit:
        raise _too_long(limit, field)
    return text


def clean_line(raw: object, limit: int, *, field: str | None = None) -> str:
    """One line of content, at most `limit` code points, NFC, inner white space as single spaces; blank is ''.

    Control and bidirectional control characters and noncharacters are removed; rare Han, emoji sequences
    and their joiners stay. Raises InvalidInput (naming `field`) for text that is too long, not text, or not
    encodable. It never shortens.
    """
    text = _cleaned(_checked(raw, limit, field))
    return _within(" ".join(text.split()), limit, field)


def clean_text(raw: object, limit: int, *, field: str | None = None) -> str:
    r"""Several lines of content: as `clean_line`, with every line end as '\n' and at most two blank lines
    in a row.
    """
    text = _cleaned(_checked(raw, limit, field))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _within(_MANY_NEWLINES.sub("\n\n\n", text).strip(), limit, field)


def clean_name(raw: object, limit: int = 30, *, field: str | None = None) -> str:
    """A name to show beside what a person did: NFKC, without any invisible or direction-changing character.

    Raises InvalidInput when nothing visible is left, or when it is longer than `limit` code points.
    """
    text = without_piled_marks(_checked(raw, limit, field).translate(_DROPPED))
    text = without_piled_marks(unicodedata.normalize("NFKC", text))
    text = "".join(char for char in text if unicodedata.category(char) != "Cf" and char not in _INKLESS)
    text = " ".join(text.split())
    if is_blank(text):
        raise InvalidInput(_l("Enter a name."), field)
    if len(text) > limit:
        raise _too_long(limit, field)
    return text


def skeleton(name: str) -> str:
    """What `name` looks like: two names with one skeleton are hard to tell apart. For comparing, never for
    showing.

    Folds width, case, accents, Traditional Chinese, Greek and Cyrillic twins of Latin letters, 0/o, 1/i/l
    and rn/m; drops spaces and punctuation. Based on the skeleton of Unicode TS 39, section 4.
    """
    text = unicodedata.normalize("NFKD", without_piled_marks(name)).translate(_LATIN_CAPITALS)
    text = to_simplified(text.casefold().translate(_LATIN)).translate(_SAME_SHAPE)
    return "".join(char for char in text if char.isalnum() and char not in _INKLESS).replace("rn", "m")


def is_reserved(name: str, reserved: Iterable[str]) -> bool:
    """True when `name` looks like, or poses as, one of the `reserved` names ('官方', 'admin', the names of
    units).

    Three or more Han characters are found anywhere in the name; two only at its start or end (上官方平 is a
    person); other words only as whole words, with or without digits after them (Badminton is not admin).
    """
    whole = skeleton(name)
    words = {skeleton(word) for word in re.split(r"[\W_]+", unicodedata.normalize("NFKC", without_piled_marks(name)))}
    bare = {skeleton(re.sub(r"[\W\d_]+\Z", "", name[-200:])), whole, *words}
    for entry in reserved:
        look = skeleton(entry)
        if not look:
            continue
        if look in bare or (not look.isascii() and _poses_as(whole, look)):
            return True
    return False


def _poses_as(whole: str, look: str) -> bool:
    return look in whole if len(look) > 2 else whole.startswith(look) or whole.endswith(look)


_PHONE_FILL = re.compile(r"[\s().\-]+")
_MOBILE = re.compile(r"1[3-9][0-9]{9}\Z")
_LANDLINE = re.compile(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))([2-8][0-9]{6,7})\Z")
_DEMO_PHONE = re.compile(r"0000(00[0-9]{3})\Z")


def _bare_phone(text: str) -> str:
    text = _DASHES.sub("-", fold_width(text))
    text = "".join(char for char in text if unicodedata.category(char) != "Cf" and char not in _INKLESS)
    return _PHONE_FILL.sub("", text)


def normalise_phone(raw: object, *, field: str | None = None) -> str | None:
    """The number behind any way of typing it: '13800138000', '010-12345678' or the demo form '0000-00123'.

    Accepts +86, 0086 and 86, full width, spaces, dots, hyphens, brackets and invisible characters. None
    when blank; InvalidInput for anything that is neither a mainland mobile nor a landline with its area code.
    """
    text = _checked(raw, 60, field)
    if is_blank(text):
        return None
    bare = _bare_phone(text) if len(text) <= 60 else ""
    if match := _DEMO_PHONE.match(bare):
        return f"0000-{match[1]}"
    for prefix in ("+86", "0086", "86", ""):
        rest = bare[len(prefix) :]
        if not bare.startswith(prefix):
            continue
        if _MOBILE.match(rest):
            return rest
        local = f"0{rest}" if prefix in ("+86", "0086") and not rest.startswith("0") else rest
        if prefix != "86" and (match := _LANDLINE.match(local)):
            return f"{match[1]}-{match[2]}"
    raise InvalidInput(_l("Enter a mobile number, or a landline with its area code."), field)


_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")


def normalise_email(raw: object, *, field: str | None = None) -> str | None:
    """An address in lower case, an international domain as punycode; None when blank; else InvalidInput.

    The result is ASCII without spaces or line ends: it can stand in a mail header.
    """
    text = _checked(raw, 254, field)
    if is_blank(text):
        return None
    text = fold_width("".join(char for char in text if unicodedata.category(char) != "Cf")).strip()
    local, _at, domain = text.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower() if len(text) <= 254 else ""
    except UnicodeError:
        ascii_domain = ""
    if len(local) <= 64 and _LOCAL_PART.match(local) and len(ascii_domain) <= 253 and _DOMAIN.match(ascii_domain):
        return f"{local.lower()}@{ascii_domain}"
    raise InvalidInput(_l("Enter an e-mail address such as name@example.com."), field)


def log_safe(text: object, limit: int = 500) -> str:
    r"""One printable line for a log: line ends, controls, bidi marks and surrogates as escapes; cut at
    `limit`.
    """
    shown = str(text)
    if len(shown) > limit:
        shown = shown[:limit] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in shown)
