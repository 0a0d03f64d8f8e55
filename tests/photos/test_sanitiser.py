"""Nothing but pixels leaves the sanitiser, and the pixels are the right ones."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat, JpegImagePlugin

from citizen.photos import rules
from citizen.photos.refusals import REFUSALS, PhotoRefused, Sentence
from citizen.photos.sanitiser import derive, sanitise
from tests.photos import corpus


def _opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def _all_outputs(data: bytes) -> Iterator[tuple[str, bytes]]:
    master = sanitise(data).master
    yield "master", master
    yield from derive(master, []).items()


@pytest.mark.parametrize("name", corpus.corpus())
def test_the_whole_corpus(name: str) -> None:
    data, code = corpus.corpus()[name]
    if code != "ok":
        with pytest.raises(PhotoRefused) as caught:
            sanitise(data)
        assert caught.value.code == code
        return
    photo = sanitise(data)
    master = _opened(photo.master)
    assert (master.format, master.mode, master.size) == ("JPEG", "RGB", (photo.width, photo.height))
    assert 0 <= photo.luminance <= 255


@pytest.mark.parametrize(
    "name",
    [
        "jpeg with canary",
        "png with canary",
        "webp with exif",
        "heic with exif",
        "jpeg script in comment",
        "jpeg and zip (GIFAR)",
        "jpeg and php",
    ],
)
def test_nothing_but_pixels_comes_over(name: str) -> None:
    data = corpus.corpus()[name][0]
    for output, content in _all_outputs(data):
        image = _opened(content)
        assert not image.getexif(), output
        assert not image.info.keys() & {
            "exif",
            "icc_profile",
            "comment",
            "xmp",
            "photoshop",
            "XML:com.adobe.xmp",
        }
        for trace in (corpus.CANARY, b"Exif", b"ICC_PROFILE", b"xmp", b"script", b"<?php", b"Evil"):
            assert trace not in content, (output, trace)


def test_control_plain_saving_keeps_the_comment() -> None:
    """The same look finds the canary when a picture is only opened and saved again."""
    out = io.BytesIO()
    Image.open(io.BytesIO(corpus.canary_jpeg())).save(out, "JPEG")
    assert corpus.CANARY in out.getvalue()
    assert _opened(out.getvalue()).info["comment"] == corpus.CANARY


def _quarters(image: Image.Image) -> list[str]:
    """Names of the colours in the middle of the four quarters, in reading order."""
    names = {(220, 20, 20): "red", (20, 200, 20): "green", (20, 20, 220): "blue", (250, 250, 250): "white"}
    found = []
    for part in ((1, 1), (3, 1), (1, 3), (3, 3)):
        pixel = np.array(image.getpixel((image.width * part[0] // 4, image.height * part[1] // 4)))
        found.append(names[min(names, key=lambda known, seen=pixel: int(np.abs(seen - known).sum()))])  # type: ignore[misc]
    return found


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_orientation_comes_out_upright(orientation: int, kind: str) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Transpose values that store it turned
    upright = corpus.picture((160, 96))
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation in undo else upright
    photo = sanitise(corpus.encoded(stored, kind, exif=corpus.exif_block(orientation=orientation)))
    assert (photo.width, photo.height) == (160, 96)
    assert _quarters(_opened(photo.master)) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "RGBA", "LA", "I;16"])
def test_brightness_survives_every_mode(mode: str) -> None:
    grey = Image.new("L", (64, 64), 0)
    grey.paste(200, (0, 0, 64, 40))
    if mode == "I;16":
        stored = Image.frombytes("I;16", (64, 64), b"".join(bytes((7, value)) for value in grey.tobytes()))
    else:
        stored = grey.convert("RGB").convert(mode) if mode != "1" else grey.point(lambda v: 255 * (v > 99)).convert("1")
    photo = sanitise(corpus.encoded(stored, "JPEG" if mode == "CMYK" else "PNG"))
    expected = 255 * 40 / 64 if mode == "1" else 200 * 40 / 64
    assert photo.luminance == pytest.approx(expected, abs=4)


def test_transparency_becomes_white() -> None:
    clear = Image.new("RGBA", (40, 600), (255, 0, 0, 0))  # taller than a strip
    clear.paste((0, 0, 200, 255), (0, 300, 40, 600))
    for kind in ("PNG", "WEBP"):
        master = _opened(sanitise(corpus.encoded(clear, kind, lossless=True)).master)
        assert min(master.getpixel((20, 100))) > 250  # type: ignore[arg-type]
        assert master.getpixel((20, 450))[2] > 180  # type: ignore[index]


def test_colours_are_brought_to_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = corpus.encoded(corpus.picture(), "PNG")
    tagged = corpus.encoded(corpus.picture(), "PNG", icc_profile=lab)
    difference = ImageChops.difference(_opened(sanitise(plain).master), _opened(sanitise(tagged).master))
    assert max(ImageStat.Stat(difference).mean) < 2


def test_large_photos_shrink_and_small_ones_do_not_grow() -> None:
    big = sanitise(corpus.encoded(corpus.picture((5000, 2500)), "JPEG"))
    assert (big.width, big.height) == (rules.MASTER_EDGE, rules.MASTER_EDGE // 2)
    sizes = {name: _opened(content).size for name, content in derive(big.master, []).items()}
    assert set(sizes) == set(rules.DERIVED)
    assert (
        sizes["large.webp"] == (1600, 800) and sizes["medium.jpg"] == (800, 400) and sizes["thumb.webp"] == (320, 160)
    )
    small = sanitise(corpus.encoded(corpus.picture((50, 40)), "PNG"))
    assert {_opened(content).size for content in derive(small.master, []).values()} == {(50, 40)}


def test_a_long_strip_keeps_at_least_a_pixel() -> None:
    photo = sanitise(corpus.encoded(Image.new("RGB", (11_000, 2)), "PNG"))
    assert (photo.width, photo.height) == (2400, 1)
    assert set(derive(photo.master, [])) == set(rules.DERIVED)


def test_a_warning_of_the_decoder_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    good = corpus.encoded(corpus.picture(), "JPEG")
    sanitise(good)
    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "draft", lambda *_: warnings.warn("odd", stacklevel=1))
    with pytest.raises(PhotoRefused):
        sanitise(good)


def test_the_engine_loads_neither_framework_nor_database() -> None:
    code = (
        "import sys, citizen.photos.decoder; "
        "print([m for m in ('flask', 'sqlalchemy', 'flask_babel', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"


def test_refusals_are_sentences_even_outside_the_site() -> None:
    assert str(PhotoRefused("moving")).startswith("Moving pictures")
    assert PhotoRefused("unheard of").code == "unreadable"
    assert str(Sentence("At most %(count)s", count=3)) == "At most 3"
    assert all(str(sentence).endswith(".") for sentence in REFUSALS.values())
