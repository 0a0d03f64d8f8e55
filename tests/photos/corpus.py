"""Ordinary and hostile files, made in code: what each is, and what must become of it.

`corpus` maps a name to (file, expected refusal code or "ok"). Nothing is stored in the repository, so every
byte of an attack can be read here. Files that carry text have ``CANARY`` in it.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin

CANARY = b"CANARY-7391-secret"
_SIZE = (96, 64)


def picture(size: tuple[int, int] = _SIZE, mode: str = "RGB") -> Image.Image:
    """A picture whose four quarters differ, so that a wrong rotation shows: red, green, blue, white."""
    width, height = size
    image = Image.new("RGB", size, (250, 250, 250))
    image.paste((220, 20, 20), (0, 0, width // 2, height // 2))
    image.paste((20, 200, 20), (width // 2, 0, width, height // 2))
    image.paste((20, 20, 220), (0, height // 2, width // 2, height))
    return image if mode == "RGB" else image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of this kind."""
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    """One PNG chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few KB that unfolds to width × height one-bit pixels."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def segment(marker: int, content: bytes) -> bytes:
    """One JPEG segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with these segments right after its start marker."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def exif_block(**changes: Any) -> bytes:
    """EXIF with a time, a place in Beijing, a canary as author; each of them may be changed."""
    exif = Image.Exif()
    exif[0x010F] = exif[0x013B] = CANARY.decode()
    exif[0x0112] = changes.get("orientation", 1)
    exif.get_ifd(0x8769)[0x9003] = changes.get("taken", "2026:03:05 08:09:10")
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = changes.get("lat_ref", "N"), changes.get("lat", (39.0, 54.0, 15.5))
    gps[3], gps[4] = changes.get("lon_ref", "E"), changes.get("lon", (116.0, 23.0, 29.0))
    return exif.tobytes()


def canary_jpeg() -> bytes:
    """A good photo that carries the canary in EXIF, XMP, a colour profile, a comment and after its end."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARY
    jpeg = encoded(
        picture(),
        "JPEG",
        quality=92,
        exif=exif_block(),
        icc_profile=profile,
        xmp=b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>",
        comment=CANARY,
    )
    return jpeg + CANARY


def canary_png() -> bytes:
    """A good PNG with the canary in every kind of text chunk and in eXIf."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", CANARY.decode())
    info.add_text("Author", CANARY.decode(), zip=True)
    info.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    return encoded(picture(), "PNG", pnginfo=info, exif=exif_block()) + CANARY


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP container of these chunks."""
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1) for name, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def vp8x(width: int, height: int, *, flags: int = 0) -> tuple[bytes, bytes]:
    """The chunk of an extended WebP that states the size of its canvas."""
    return b"VP8X", bytes((flags, 0, 0, 0)) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def _zip_of_script() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Evil.class", CANARY)
    return out.getvalue()


def _frames(count: int, kind: str, **options: Any) -> bytes:
    images = [Image.new("RGB", (8, 8), (n % 256, n // 256, 90)) for n in range(count)]
    return encoded(images[0], kind, save_all=True, append_images=images[1:], **options)


def _iso_box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def _ordinary() -> Iterator[tuple[str, bytes]]:
    image = picture()
    yield "jpeg", encoded(image, "JPEG", quality=85)
    yield "jpeg progressive", encoded(image, "JPEG", progressive=True)
    yield "jpeg grey", encoded(picture(mode="L"), "JPEG")
    yield "jpeg cmyk", encoded(picture(mode="CMYK"), "JPEG")
    for orientation in range(1, 9):
        yield f"jpeg turned {orientation}", encoded(image, "JPEG", exif=exif_block(orientation=orientation))
    yield "jpeg nonsense orientation", encoded(image, "JPEG", exif=exif_block(orientation=99))
    yield (
        "jpeg broken exif",
        with_segments(encoded(image, "JPEG"), segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff")),
    )
    yield "jpeg with canary", canary_jpeg()
    yield (
        "jpeg script in comment",
        with_segments(encoded(image, "JPEG"), segment(0xFE, b"<script>alert(1)</script>")),
    )
    yield "jpeg and zip (GIFAR)", encoded(image, "JPEG") + _zip_of_script()
    yield "jpeg and php", encoded(image, "JPEG") + b"<?php system($_GET['c']); ?>"
    yield "jpeg with fill bytes", with_segments(encoded(image, "JPEG"), b"\xff" * 40)
    yield "jpeg broken profile", encoded(image, "JPEG", icc_profile=b"not a profile" * 50)
    yield "jpeg huge profile", encoded(image, "JPEG", icc_profile=bytes(2_000_000))
    yield "jpeg one pixel", encoded(Image.new("RGB", (1, 1)), "JPEG")
    yield "png", encoded(image, "PNG")
    for mode in ("L", "LA", "RGBA", "P", "1", "I;16"):
        yield f"png {mode}", encoded(picture(mode=mode), "PNG")
    yield "png see-through palette", encoded(picture(mode="P"), "PNG", transparency=3)
    yield "png with canary", canary_png()
    yield "webp", encoded(image, "WEBP")
    yield "webp lossless alpha", encoded(picture(mode="RGBA"), "WEBP", lossless=True)
    yield "webp with exif", encoded(image, "WEBP", exif=exif_block(orientation=6), xmp=CANARY)
    yield "heic", encoded(image, "HEIF", quality=80)
    yield "heic with exif", encoded(image, "HEIF", exif=exif_block())


def _not_photos() -> Iterator[tuple[str, bytes, str]]:
    jpeg = encoded(picture(), "JPEG")
    yield "nothing", b"", "empty"
    yield "one byte", b"\xff", "not_a_photo"
    yield "zeros", bytes(5_000), "not_a_photo"
    yield "svg with onload", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "not_a_photo"
    yield "svg with xml head", b'<?xml version="1.0"?><svg/>', "not_a_photo"
    yield "html", b"<!doctype html><script>alert(1)</script>", "not_a_photo"
    yield "php", b"<?php phpinfo(); ?>", "not_a_photo"
    yield "pdf", b"%PDF-1.7\n1 0 obj\n", "not_a_photo"
    yield "pdf and jpeg", b"%PDF-1.7\n" + jpeg, "not_a_photo"
    yield "zip", _zip_of_script(), "not_a_photo"
    yield "program", b"MZ" + bytes(500), "not_a_photo"
    yield "space before a jpeg", b" " + jpeg, "not_a_photo"
    yield "gif", encoded(picture(), "GIF"), "wrong_kind"
    yield "gif of 300 frames", _frames(300, "GIF"), "wrong_kind"
    yield "gif header over html", b"GIF89a/*<script>*/", "wrong_kind"
    yield "bmp", encoded(picture(), "BMP"), "wrong_kind"
    yield "tiff", encoded(picture(), "TIFF"), "wrong_kind"
    yield "icon", encoded(picture(), "ICO", sizes=[(16, 16)]), "wrong_kind"
    yield "avif", encoded(picture(), "AVIF"), "wrong_kind"
    yield "video", _iso_box(b"ftyp", b"isom\0\0\0\0isommp42") + bytes(100), "wrong_kind"
    yield (
        "jpeg lossless frame",
        b"\xff\xd8" + segment(0xC3, struct.pack(">BHHB", 8, 9, 9, 1) + b"\1\x11\0"),
        "wrong_kind",
    )
    yield (
        "jpeg 12 bit",
        b"\xff\xd8" + segment(0xC1, struct.pack(">BHHB", 12, 9, 9, 1) + b"\1\x11\0") + b"\0",
        "wrong_kind",
    )


def _damaged() -> Iterator[tuple[str, bytes, str]]:
    jpeg, png, webp = (encoded(picture((400, 300)), kind) for kind in ("JPEG", "PNG", "WEBP"))
    heic = encoded(picture(), "HEIF")
    yield "html with jpeg magic", b"\xff\xd8\xff<script>alert(1)</script>", "damaged"
    yield "jpeg magic only", b"\xff\xd8\xff", "damaged"
    yield "jpeg cut in header", jpeg[:100], "damaged"
    yield "jpeg cut in half", jpeg[: len(jpeg) // 2], "damaged"
    yield "jpeg endless segments", b"\xff\xd8" + segment(0xE5, b"") * 200_000, "damaged"
    yield "jpeg zero length segment", b"\xff\xd8\xff\xe0\0\0" + jpeg[2:], "damaged"
    yield "jpeg no size", jpeg.replace(struct.pack(">HH", 300, 400), bytes(4), 1), "damaged"
    yield "jpeg picture before frame", b"\xff\xd8\xff\xda" + jpeg, "damaged"
    yield "png magic only", png[:8], "damaged"
    yield "png cut in header", png[:30], "damaged"
    yield "png cut in half", png[: len(png) // 2], "damaged"
    yield "png first chunk wrong", png[:8] + png_chunk(b"tEXt", b"x" * 13) + png[8:], "damaged"
    yield "png no picture", png[:33] + png_chunk(b"IEND", b""), "damaged"
    yield "png zero wide", png[:16] + bytes(4) + png[20:], "damaged"
    yield "png odd depth", png[:24] + b"\x03" + png[25:], "damaged"
    yield "png chunk longer than the file", png[:33] + struct.pack(">I", 0x7FFFFFFF) + b"tEXt", "damaged"
    yield (
        "png text bomb",
        png[:33] + png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(90_000_000))) + png[33:],
        "damaged",
    )
    yield "webp cut in half", webp[: len(webp) // 2], "damaged"
    yield "webp no picture", riff((b"EXIF", exif_block())), "damaged"
    yield "webp wrong start code", riff((b"VP8 ", bytes(40))), "damaged"
    yield "webp canvas unlike picture", riff(vp8x(900, 900), (b"VP8 ", webp[20:])), "damaged"
    yield "heic cut in half", heic[: len(heic) - 60], "damaged"
    yield "heic no properties", _iso_box(b"ftyp", b"heic\0\0\0\0mif1heic"), "damaged"


def _floods() -> Iterator[tuple[str, bytes, str]]:
    jpeg = encoded(picture((400, 300)), "JPEG")
    yield (
        "jpeg says 60,000 wide",
        jpeg.replace(struct.pack(">HH", 300, 400), b"\xea\x60\xea\x60", 1),
        "too_large",
    )
    yield "png 13,000 squared", png_bomb(13_000, 13_000), "too_large"
    yield "png 9,000 squared", png_bomb(9_000, 9_000), "too_large"
    yield "png 12,001 wide", png_bomb(12_001, 1), "too_large"
    yield (
        "png says 4 billion",
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 2**32 - 1, 2**32 - 1, 8, 2, 0, 0, 0))
        + png_chunk(b"IDAT", b"x"),
        "too_large",
    )
    yield "webp canvas of 16 million", riff(vp8x(2**24, 2**24), (b"VP8L", b"\x2f" + bytes(20))), "too_large"
    big_webp = b"\x2f" + struct.pack("<I", 5_999 | 4_999 << 14) + bytes(9)
    yield "webp of 30 million", riff((b"VP8L", big_webp)), "too_large"
    yield (
        "heic says 20,000",
        _iso_box(b"ftyp", b"heic\0\0\0\0mif1heic")
        + _iso_box(
            b"meta",
            bytes(4) + _iso_box(b"iprp", _iso_box(b"ipco", _iso_box(b"ispe", struct.pack(">III", 0, 20_000, 20_000)))),
        ),
        "too_large",
    )
    yield "apng of 300 frames", _frames(300, "PNG"), "moving"
    yield "webp of 300 frames", _frames(300, "WEBP"), "moving"
    yield "heic sequence", _iso_box(b"ftyp", b"hevc\0\0\0\0msf1heic") + bytes(64), "moving"
    yield "too heavy", jpeg + bytes(15 * 1024 * 1024), "too_heavy"


@cache
def corpus() -> dict[str, tuple[bytes, str]]:
    """Name → (file, "ok" or the code it must be refused with)."""
    samples = {name: (data, "ok") for name, data in _ordinary()}
    for group in (_not_photos(), _damaged(), _floods()):
        samples |= {name: (data, code) for name, data, code in group}
    return samples
