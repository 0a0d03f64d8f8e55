"""Pictures for the demonstration: our own drawings, marked as such, sent through the same engine as
every photo."""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import resvg_py
from PIL import Image, ImageDraw, ImageFont, ImageOps

from citizen.core.storage import Bucket, random_key, storage
from citizen.photos.decoder import run_bounded
from citizen.photos.rules import DERIVED, dump_boxes

DRAWINGS = Path(__file__).with_name("drawings")
WIDTH = 1_280
QUALITY = 82
#: How a drawing is varied, so that lists do not look the same: (mirrored, cut off on each side, tint).
VARIANTS: Sequence[tuple[bool, float, tuple[int, int, int]]] = (
    (False, 0.0, (255, 255, 255)),
    (True, 0.06, (255, 244, 228)),
)
#: Where Linux distributions keep a typeface with Chinese characters.
FONTS = (
    "*/*/*CJK*-Regular.ttc",
    "*/*CJK*-Regular.ttc",
    "*/*/*CJK*.ttc",
    "*/*/wqy-*.ttc",
    "*/*/DroidSansFallback*.ttf",
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One picture as the photo engine left it."""

    original: bytes
    master: bytes
    width: int
    height: int
    sizes: dict[str, bytes]


@cache
def prepared(drawing: str, variant: int, label: str) -> Prepared:
    """The drawing in one of its variants, cleaned and in all sizes by the engine of the photos; kept
    for the process."""
    original = picture(drawing, variant, label)
    clean = run_bounded("sanitise", original)
    sizes = run_bounded("derive", clean.master, dump_boxes([]))
    return Prepared(original, clean.master, clean.width, clean.height, sizes)


def picture(drawing: str, variant: int, label: str) -> bytes:
    """A JPEG of ``drawing``, varied and labelled; without a typeface for it the label is left to the page."""
    mirrored, margin, tint = VARIANTS[variant]
    image = _rendered(drawing)
    if mirrored:
        image = ImageOps.mirror(image)
    cut_x, cut_y = int(image.width * margin), int(image.height * margin)
    image = image.crop((cut_x, cut_y, image.width - cut_x, image.height - cut_y))
    image = _tinted(image, tint)
    _write_label(image, label)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


@cache
def _rendered(drawing: str) -> Image.Image:
    rendered = resvg_py.svg_to_bytes(svg_path=str(DRAWINGS / f"{drawing}.svg"), width=WIDTH, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(rendered))).convert("RGB")


def _tinted(image: Image.Image, tint: tuple[int, int, int]) -> Image.Image:
    bands = [
        band.point([value * part // 255 for value in range(256)])
        for band, part in zip(image.split(), tint, strict=True)
    ]
    return Image.merge("RGB", bands)


def _write_label(image: Image.Image, label: str) -> None:
    font = _font(image.width // 36)
    if font is None:
        return
    draw = ImageDraw.Draw(image, "RGBA")
    left, top, right, bottom = draw.textbbox((0, 0), label, font=font)
    pad = image.width // 80
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    corner = (image.width - width - pad, image.height - height - pad)
    draw.rectangle((*corner, corner[0] + width, corner[1] + height), fill=(20, 35, 32, 170))
    draw.text((corner[0] + pad - left, corner[1] + pad - top), label, font=font, fill=(255, 255, 255, 255))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | None:
    for pattern in FONTS:
        for path in sorted(Path("/usr/share/fonts").glob(pattern)):
            try:
                return ImageFont.truetype(str(path), size)
            except OSError:
                continue
    return None


def hang(found: Prepared, *, public: bool) -> dict[str, Any]:
    """Store copies of a picture under names of their own, and return the columns of its row that say so.

    Every row has its own objects: erasing the pictures of one report must not touch another's.
    """
    store = storage()
    keys = {"original_key": f"originals/{random_key()}", "master_key": f"masters/{random_key()}"}
    masked, name = f"masked/{random_key()}", secrets.token_hex(16) if public else None
    store.put(Bucket.PRIVATE, keys["original_key"], found.original)
    store.put(Bucket.PRIVATE, keys["master_key"], found.master)
    for size in DERIVED:
        store.put(Bucket.PRIVATE, f"{masked}/{size}", found.sizes[size])
        if name:
            store.put(Bucket.PUBLIC, f"{name}/{size}", found.sizes[size])
    digest = hashlib.sha256(found.original).hexdigest()
    measures = {"width": found.width, "height": found.height, "size": len(found.original), "sha256": digest}
    return {**keys, **measures, "masked_key": masked, "public_name": name}
