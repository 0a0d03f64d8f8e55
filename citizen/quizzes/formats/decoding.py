"""Bytes of a text file as text, whatever editor or spreadsheet wrote them."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes) -> str | None:
    """The text, with plain line ends and without a byte-order mark; None when it is in no known encoding.

    UTF-8, UTF-16 (with a mark, or when every other byte is empty) and GB18030, which is what a Chinese Excel writes.
    """
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return None


def _encodings(data: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return (encoding,)
    sample = data[:2_000]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    # Commas, line ends and digits have an empty half in UTF-16, always on the same side; few Chinese characters have one.
    if max(even, odd) > len(sample) // 40 + 2 and max(even, odd) > 3 * min(even, odd):
        return ("utf-16-le" if odd > even else "utf-16-be",)
    return ("utf-8", "gb18030")
