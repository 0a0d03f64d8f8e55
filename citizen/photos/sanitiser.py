"""Turn an uploaded file into clean pixels, and clean pixels into the sizes that are published.

Re-saving a picture is not cleaning it: Pillow carries a JPEG comment over. The only thing taken from an
upload here are its pixels, pasted on a new canvas; whatever else the file held is left behind with it.
Runs in the bounded child process of `citizen.photos.decoder`, and fails closed: every doubt is a refusal.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageStat

from citizen.photos.headers import Header, inspect
from citizen.photos.masking import paint
from citizen.photos.refusals import PhotoRefused
from citizen.photos.rules import MASTER_EDGE, MAX_PIXELS, SIZES, Box

# A second line behind the header check: Pillow warns above this, and warnings are errors below.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_PILLOW_NAMES = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF"}
_MAX_PROFILE = 1024 * 1024
_STRIP = 256
#: EXIF orientation → what brings the picture upright (same table as `ImageOps.exif_transpose`).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Sanitised:
    """A cleaned photo: the private master (JPEG bytes), its size in pixels, its mean luminance 0..255."""

    master: bytes
    width: int
    height: int
    luminance: float


def sanitise(data: bytes) -> Sanitised:
    """Return the upright, opaque, sRGB picture of an upload as one JPEG of at most 2400 pixels a side.

    Nothing but pixels comes over: no EXIF, XMP, colour profile, comment, thumbnail or trailing bytes.
    Raises `PhotoRefused` for what `inspect` refuses and for whatever does not decode without a warning.
    """
    header = inspect(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Odd EXIF says nothing about the pixels, and it is left behind in any case.
        warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")
        try:
            canvas = _clean_pixels(data, header)
        except PhotoRefused:
            raise
        except MemoryError:
            raise PhotoRefused("too_large") from None
        except Exception:
            # Decoders raise anything at all on hostile bytes; none of it may let the file through.
            raise PhotoRefused("damaged") from None
    grey = canvas.resize((64, 64), Image.Resampling.BOX).convert("L")
    master = _encode(canvas, "jpg", quality=90)
    return Sanitised(master, canvas.width, canvas.height, round(ImageStat.Stat(grey).mean[0], 2))


def derive(master: bytes, boxes: Iterable[Box]) -> dict[str, bytes]:
    """Return the published files of a master, ``large.webp`` to ``thumb.jpg``, with the boxes painted over.

    The boxes are painted on the full master before it is scaled, so no size holds anything from under them.
    A picture smaller than a size is not enlarged. Raises `PhotoRefused` when the master does not decode.
    """
    header = inspect(master)
    try:
        picture = paint(_clean_pixels(master, header), boxes)
    except Exception:
        raise PhotoRefused("damaged") from None
    files: dict[str, bytes] = {}
    for name, edge in SIZES.items():
        picture = _fit(picture, edge)  # from large to small, each from the one before: a third of the work
        files[f"{name}.webp"] = _encode(picture, "webp", quality=78)
        files[f"{name}.jpg"] = _encode(picture, "jpg", quality=82)
    return files


def _clean_pixels(data: bytes, header: Header) -> Image.Image:
    if header.kind == "heic":
        _enable_heic()
    with Image.open(io.BytesIO(data), formats=[_PILLOW_NAMES[header.kind]]) as picture:
        width, height = picture.size
        if sorted((width, height)) != sorted((header.width, header.height)) and header.kind != "heic":
            raise PhotoRefused("damaged")
        if width * height > MAX_PIXELS:
            raise PhotoRefused("too_large")
        orientation, profile = _orientation(picture), picture.info.get("icc_profile")
        if header.kind == "jpeg":
            # The JPEG decoder can scale by 1/2, 1/4 or 1/8 while it reads, which saves most of the memory.
            picture.draft("RGB", (MASTER_EDGE, MASTER_EDGE))
        picture.load()
        flat = _to_srgb(_fit(_opaque(picture), MASTER_EDGE), profile)
    if orientation in _UPRIGHT:
        flat = flat.transpose(_UPRIGHT[orientation])
    canvas = Image.new("RGB", flat.size, "white")
    canvas.paste(flat)
    return canvas


def _enable_heic() -> None:
    # Loaded when the first HEIC arrives: the library is large and most photos are JPEG.
    import pillow_heif

    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener()


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(0x0112, 1))
    except Exception:
        # Broken EXIF says nothing about the pixels: such a photo stays as stored and is not lost.
        return 1


def _opaque(picture: Image.Image) -> Image.Image:
    """Return the picture in L, RGB or CMYK with eight bits a channel; transparency becomes white."""
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        return _on_white(picture)
    if picture.mode.startswith("I;16"):
        # Two bytes a pixel; the upper one is the eight-bit value.
        upper = 0 if picture.mode == "I;16B" else 1
        return Image.frombytes("L", picture.size, picture.tobytes()[upper::2])
    if picture.mode == "I":
        return picture.point(lambda value: value * (1 / 256) + 0).convert("L")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    # In strips: a second whole copy with alpha would cost 200 MB for the largest pictures.
    canvas = Image.new("RGB", picture.size, "white")
    for top in range(0, picture.height, _STRIP):
        strip = picture.crop((0, top, picture.width, min(top + _STRIP, picture.height)))
        strip.info = picture.info
        strip = strip.convert("RGBA")
        canvas.paste(strip, (0, top), mask=strip)
    return canvas


def _to_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """Return the picture as sRGB; a profile that is huge, broken or of another kind is dropped."""
    if isinstance(profile, bytes) and len(profile) <= _MAX_PROFILE and picture.mode in ("RGB", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return picture.convert("RGB")


def _fit(picture: Image.Image, edge: int) -> Image.Image:
    """Return the picture with a long edge of at most this many pixels."""
    longest = max(picture.size)
    if longest <= edge:
        return picture
    size = (max(1, round(picture.width * edge / longest)), max(1, round(picture.height * edge / longest)))
    # Hamming is as sharp as bicubic when scaling down, at half the cost of Lanczos.
    return picture.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)


def _encode(canvas: Image.Image, ending: str, *, quality: int) -> bytes:
    # The canvas was made here and carries no info, so the encoders have nothing but pixels to write.
    out = io.BytesIO()
    if ending == "webp":
        canvas.save(out, "WEBP", quality=quality, method=2)
    else:
        canvas.save(out, "JPEG", quality=quality, optimize=False, progressive=False)
    return out.getvalue()
