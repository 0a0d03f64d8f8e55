"""Read what a file says it is, and refuse what we will not decode, without decoding a pixel.

This runs inside the web request, so it only looks at bytes: no image library, no allocation that grows with
the size a header claims, and a bounded number of steps for any input. A picture of 13,000 × 13,000 pixels
packed into 20 KB would cost 800 MB once decoded; here it costs one look at 24 bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from citizen.photos.refusals import PhotoRefused
from citizen.photos.rules import MAX_BYTES, MAX_EDGE, MAX_FRAMES, MAX_PIXELS, MAX_PIXELS_OF

#: More segments or chunks than this before the picture starts is an attack on the reader, not a photo.
_MAX_STEPS = 1_000

_PNG = b"\x89PNG\r\n\x1a\n"
#: (colour type → allowed bit depths), PNG specification table 11.1.
_PNG_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
#: Start-of-frame markers Pillow decodes: baseline, extended and progressive Huffman.
_JPEG_FRAMES = {0xC0, 0xC1, 0xC2}
_JPEG_OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis"}
_HEIC_SEQUENCES = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}
_BOX_CONTAINERS = {b"meta", b"iprp", b"ipco"}
#: Starts of pictures and documents we know and do not take; they get a clearer sentence.
_KNOWN_OTHERS = (
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"\x00\x00\x01\x00",
    b"8BPS",
    b"\x00\x00\x00\x0cJXL ",
    b"\xff\x0a",
    b"\x00\x00\x00\x0cjP  ",
)


@dataclass(frozen=True, slots=True)
class Header:
    """What a photo's header states: ``kind`` (jpeg, png, webp, heic), size in stored pixels, frame count.

    The size is before turning upright; for HEIC it may include a margin that is cropped when shown.
    """

    kind: str
    width: int
    height: int
    frames: int = 1


def inspect(data: bytes) -> Header:
    """Return the header of a photo we are willing to decode.

    The type comes from the content alone; the client's name and type for the file play no part. Guarantees
    1 ≤ width, height ≤ 12,000, width × height ≤ 50 million (25 million for WebP),
    one frame, at most 15 MiB. Raises `PhotoRefused` (an `InvalidInput`) for everything else. Takes less than
    5 ms and decodes nothing.
    """
    if not data:
        raise PhotoRefused("empty")
    if len(data) > MAX_BYTES:
        raise PhotoRefused("too_heavy")
    try:
        header = _read(data)
    except (struct.error, IndexError):
        # Every reader indexes freely; running off the end means that the file was cut short.
        raise PhotoRefused("damaged") from None
    if header.width < 1 or header.height < 1:
        raise PhotoRefused("damaged")
    pixels = header.width * header.height
    if max(header.width, header.height) > MAX_EDGE or pixels > MAX_PIXELS_OF.get(header.kind, MAX_PIXELS):
        raise PhotoRefused("too_large")
    if header.frames > MAX_FRAMES:
        raise PhotoRefused("moving")
    return header


def _read(data: bytes) -> Header:
    if data.startswith(_PNG):
        return _read_png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _read_jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _read_webp(data)
    if data[4:8] == b"ftyp":
        return _read_heic(data)
    raise PhotoRefused("wrong_kind" if data.startswith(_KNOWN_OTHERS) else "not_a_photo")


def _read_png(data: bytes) -> Header:
    length, name, width, height, depth, colour = struct.unpack_from(">I4sIIBB", data, 8)
    if length != 13 or name != b"IHDR" or depth not in _PNG_DEPTHS.get(colour, ()):
        raise PhotoRefused("damaged")
    frames, at = 1, 33
    for _ in range(_MAX_STEPS):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"acTL":
            frames = max(frames, struct.unpack_from(">I", data, at + 8)[0])
        if name == b"IDAT":
            return Header("png", width, height, frames)
        if name == b"IEND" or length > len(data):
            break
        at += 12 + length
    raise PhotoRefused("damaged")


def _read_jpeg(data: bytes) -> Header:
    at = 2
    for _ in range(_MAX_STEPS):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker in _JPEG_FRAMES:
            return _read_jpeg_frame(data, at)
        if marker in _JPEG_OTHER_FRAMES:
            raise PhotoRefused("wrong_kind")
        if marker < 0xC0 or 0xD0 <= marker <= 0xDA:  # picture data or an end before any frame
            break
        length = struct.unpack_from(">H", data, at + 2)[0]
        if length < 2:
            break
        at += 2 + length
    raise PhotoRefused("damaged")


def _read_jpeg_frame(data: bytes, at: int) -> Header:
    length, depth, height, width, parts = struct.unpack_from(">HBHHB", data, at + 2)
    if depth != 8 or parts not in (1, 3, 4) or length != 8 + 3 * parts:
        raise PhotoRefused("wrong_kind")
    if at + 2 + length >= len(data):
        raise PhotoRefused("damaged")
    return Header("jpeg", width, height)


def _read_webp(data: bytes) -> Header:
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data) + 1:
        raise PhotoRefused("damaged")
    width = height = frames = 0
    for steps, (name, at, length) in enumerate(_riff_chunks(data)):
        if steps > _MAX_STEPS:
            raise PhotoRefused("moving" if frames > 1 else "damaged")
        if name == b"VP8X":
            size = (1 + _uint24(data, at + 4), 1 + _uint24(data, at + 7))
        elif name in (b"VP8 ", b"VP8L"):
            size, frames = _webp_still(data, at, name), frames + 1
        elif name == b"ANMF":
            size, frames = (1 + _uint24(data, at + 6), 1 + _uint24(data, at + 9)), frames + 1
        else:
            continue
        if length < 5:
            raise PhotoRefused("damaged")
        width, height = max(width, size[0]), max(height, size[1])
    if not frames:
        raise PhotoRefused("damaged")
    return Header("webp", width, height, frames)


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, at + 8, length
        at += 8 + length + (length & 1)


def _webp_still(data: bytes, at: int, name: bytes) -> tuple[int, int]:
    """Size of a still picture: RFC 9649 sections 2.5 (VP8, from RFC 6386 9.1) and 3.4 (VP8L)."""
    if name == b"VP8 ":
        if data[at] & 1 or data[at + 3 : at + 6] != b"\x9d\x01\x2a":
            raise PhotoRefused("damaged")
        width, height = struct.unpack_from("<HH", data, at + 6)
        return width & 0x3FFF, height & 0x3FFF
    if data[at] != 0x2F:
        raise PhotoRefused("damaged")
    bits = struct.unpack_from("<I", data, at + 1)[0]
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _uint24(data: bytes, at: int) -> int:
    return data[at] | data[at + 1] << 8 | data[at + 2] << 16


def _read_heic(data: bytes) -> Header:
    """ISO/IEC 23008-12: the size is in the ``ispe`` properties, the largest is the whole picture."""
    length = struct.unpack_from(">I", data, 0)[0]
    if not 16 <= length <= 1024:
        raise PhotoRefused("not_a_photo")
    major = data[8:12]
    brands = {major} | {data[at : at + 4] for at in range(16, length, 4)}
    if not brands & (_HEIC_BRANDS | _HEIC_SEQUENCES):
        raise PhotoRefused("wrong_kind")  # AVIF, video and other families of the same container
    if major in _HEIC_SEQUENCES:
        raise PhotoRefused("moving")
    sizes = [struct.unpack_from(">II", data, at + 4) for name, at in _iso_boxes(data) if name == b"ispe"]
    if not sizes:
        raise PhotoRefused("damaged")
    return Header("heic", max(size[0] for size in sizes), max(size[1] for size in sizes))


def _iso_boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield (name, start of content) of the boxes on the way to the picture properties."""
    at, steps = 0, 0
    while at + 8 <= len(data) and steps < _MAX_STEPS:
        steps += 1
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, at + 8
        if name in _BOX_CONTAINERS:
            at += 12 if name == b"meta" else 8  # `meta` carries four bytes of version and flags first
        elif length == 1:
            at += max(16, struct.unpack_from(">Q", data, at + 8)[0])
        elif length < 8:
            return
        else:
            at += length
