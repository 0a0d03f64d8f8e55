"""Reading a file whose format its sender may or may not have named."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask_babel import lazy_gettext as _l

from citizen.core.errors import InvalidInput
from citizen.quizzes.formats.aiken import read_aiken
from citizen.quizzes.formats.decoding import decoded
from citizen.quizzes.formats.draft import Read
from citizen.quizzes.formats.entry import Known
from citizen.quizzes.formats.gift import read_gift
from citizen.quizzes.formats.sheet import has_headings, read_csv, read_xlsx
from citizen.quizzes.rules.importing import MAX_BYTES, Format

READERS: dict[Format, Callable[[bytes, Known], Read]] = {
    Format.XLSX: read_xlsx,
    Format.CSV: read_csv,
    Format.GIFT: read_gift,
    Format.AIKEN: read_aiken,
}
#: A zip archive, and an old Excel file (which the reader of workbooks has words for).
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_ENDINGS = {".csv": Format.CSV, ".tsv": Format.CSV, ".gift": Format.GIFT, ".xlsx": Format.XLSX, ".xls": Format.XLSX}
_GIFT = re.compile(r"(?<!\\)\{\s*(?:[=~#]|T\b|F\b|TRUE\b|FALSE\b|\}|$)|^\s*(?:::|\$CATEGORY:)", re.MULTILINE)
#: So much of a text tells what it is.
_SAMPLE = 50_000


def read(data: bytes, file_name: str, *, wanted: Format | None, known: Known) -> tuple[Format, Read]:
    """The format and what the file holds; never raises but InvalidInput, for a file that is empty or too large."""
    if not data.strip():
        raise InvalidInput(_l("The file is empty."), "file")
    if len(data) > MAX_BYTES:
        raise InvalidInput(_l("The file is larger than 2 MB."), "file")
    format_ = wanted or format_of(data, file_name)
    return format_, READERS[format_](data, known)


def format_of(data: bytes, file_name: str = "") -> Format:
    """What a file looks like; what looks like nothing is text that somebody typed."""
    if data.startswith(_WORKBOOKS):
        return Format.XLSX
    ending = next((format_ for name, format_ in _ENDINGS.items() if file_name.lower().endswith(name)), None)
    if ending:
        return ending
    text = decoded(data) or ""
    if has_headings(text):
        return Format.CSV
    return Format.GIFT if _GIFT.search(text[:_SAMPLE]) else Format.AIKEN
