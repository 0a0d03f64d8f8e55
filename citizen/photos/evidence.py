"""When and where a photo says it was taken, read before the metadata is thrown away.

A small TIFF reader of our own: it looks up the few tags that matter with every offset and count checked,
never raises, never warns and decodes no pixel, so it may run in the web request on whatever a stranger sends.
Layout: Exif 2.32 (CIPA DC-008) sections 4.5 and 4.6.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from datetime import datetime

_MAX_ENTRIES = 200
_MAX_STEPS = 1_000
_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_EXIF_POINTER, _GPS_POINTER = 0x8769, 0x8825
_DATE_TAGS = (0x9003, 0x9004)  # taken, digitised
_CHANGED_TAG = 0x0132
_ASCII, _LONG, _RATIONAL = 2, 4, 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the camera noted: the local time of its clock, WGS-84 degrees; None where it says nothing."""

    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None


def evidence(data: bytes) -> Evidence:
    """Return time and place of a JPEG, PNG, WebP or HEIC file; else an empty `Evidence`.

    Never raises. ``lat`` and ``lon`` are both set or both None, finite, within ±90 and ±180; the point 0, 0,
    which cameras write when they have no fix, counts as none. ``taken_at`` is naive, from 1990 to 2099.
    """
    try:
        tiff = _find_exif(data)
        order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
        if order is None:
            return Evidence()
        reader = _Tiff(tiff, order)
        main = reader.directory(reader.long_at(4))
        lat, lon = _place(reader, main)
        return Evidence(_taken_at(reader, main), lat, lon)
    except (struct.error, ValueError, IndexError, OverflowError):
        return Evidence()


class _Tiff:
    """Directories and values of one TIFF block; an offset outside it raises `struct.error`."""

    def __init__(self, block: bytes, order: str) -> None:
        self.block, self.order = block, order

    def long_at(self, at: int) -> int:
        return int(struct.unpack_from(self.order + "I", self.block, at)[0])

    def directory(self, at: int) -> dict[int, tuple[int, int, int]]:
        """Tag → (type, count, where its value field is)."""
        count = struct.unpack_from(self.order + "H", self.block, at)[0]
        found: dict[int, tuple[int, int, int]] = {}
        for n in range(min(count, _MAX_ENTRIES)):
            where = at + 2 + 12 * n
            if where + 12 > len(self.block):
                break
            tag, kind, size = struct.unpack_from(self.order + "HHI", self.block, where)
            found.setdefault(tag, (kind, size, where + 8))
        return found

    def sub_directory(self, parent: dict[int, tuple[int, int, int]], tag: int) -> dict[int, tuple[int, int, int]]:
        kind, _, where = parent.get(tag, (0, 0, 0))
        if kind != _LONG:
            return {}
        try:
            return self.directory(self.long_at(where))
        except struct.error:
            return {}

    def text(self, entry: tuple[int, int, int] | None) -> str:
        if entry is None or entry[0] != _ASCII or entry[1] > 64:
            return ""
        _, size, where = entry
        start = where if size <= 4 else self.long_at(where)
        return self.block[start : start + size].split(b"\0")[0].decode("ascii", "replace").strip()

    def rationals(self, entry: tuple[int, int, int] | None) -> list[float]:
        """The three numbers of a coordinate; a zero denominator under a zero counts as 0 (some phones)."""
        if entry is None or entry[0] != _RATIONAL or entry[1] != 3:
            return []
        parts = struct.unpack_from(self.order + "6I", self.block, self.long_at(entry[2]))
        pairs = list(zip(parts[::2], parts[1::2], strict=True))
        if any(bottom == 0 and top != 0 for top, bottom in pairs) or pairs[0][1] == 0:
            return []
        return [top / bottom if bottom else 0.0 for top, bottom in pairs]


def _taken_at(reader: _Tiff, main: dict[int, tuple[int, int, int]]) -> datetime | None:
    exif = reader.sub_directory(main, _EXIF_POINTER)
    for entry in (*(exif.get(tag) for tag in _DATE_TAGS), main.get(_CHANGED_TAG)):
        match = _DATE.match(reader.text(entry))
        if not match:
            continue
        try:
            moment = datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type]
        except ValueError:
            continue
        if 1990 <= moment.year < 2100:
            return moment
    return None


def _place(reader: _Tiff, main: dict[int, tuple[int, int, int]]) -> tuple[float | None, float | None]:
    gps = reader.sub_directory(main, _GPS_POINTER)
    try:
        lat = _degrees(reader.rationals(gps.get(2)), reader.text(gps.get(1)), signs="NS")
        lon = _degrees(reader.rationals(gps.get(4)), reader.text(gps.get(3)), signs="EW")
    except struct.error:
        return None, None
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0):
        return None, None
    return lat, lon


def _degrees(parts: list[float], reference: str, *, signs: str) -> float | None:
    if len(parts) != 3 or reference.upper() not in tuple(signs) or parts[1] >= 60.001 or parts[2] >= 60.001:
        return None
    value = parts[0] + parts[1] / 60 + parts[2] / 3600
    if not math.isfinite(value):
        return None
    return round(-value if reference.upper() == signs[1] else value, 7)


def _find_exif(data: bytes) -> bytes:
    """Return the TIFF block inside a photo, or nothing."""
    if data.startswith(b"\xff\xd8\xff"):
        block = _jpeg_exif(data)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        block = _chunk(data, 8, name=b"eXIf", layout=">I4s")
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        block = _chunk(data, 12, name=b"EXIF", layout="<4sI")
    elif data[4:8] == b"ftyp":
        # The Exif item of HEIC is preceded by this mark in files of every phone maker.
        found = re.search(rb"Exif\x00\x00(?:II\*\x00|MM\x00\*)", data)
        block = data[found.start() : found.start() + 65_536] if found else b""
    else:
        block = b""
    return block.removeprefix(b"Exif\x00\x00")


def _jpeg_exif(data: bytes) -> bytes:
    at = 2
    for _ in range(_MAX_STEPS):
        if data[at] != 0xFF or data[at + 1] == 0xDA:
            break
        if data[at + 1] == 0xFF:
            at += 1
            continue
        length = struct.unpack_from(">H", data, at + 2)[0]
        if data[at + 1] == 0xE1 and data[at + 4 : at + 10] == b"Exif\x00\x00":
            return data[at + 4 : at + 2 + length]
        at += 2 + max(length, 2)
    return b""


def _chunk(data: bytes, start: int, *, name: bytes, layout: str) -> bytes:
    """Content of the first PNG or RIFF chunk with this name (at most 64 KB of it)."""
    at, is_riff = start, layout.startswith("<")
    for _ in range(_MAX_STEPS):
        if at + 8 > len(data):
            break
        first, second = struct.unpack_from(layout, data, at)
        found, length = (first, second) if is_riff else (second, first)
        if found == name:
            return data[at + 8 : at + 8 + min(length, 65_536)]
        at += 8 + length + (length & 1 if is_riff else 4)
    return b""
