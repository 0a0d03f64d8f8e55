"""Faces and plates are proposed where they are, and a machine without models still works.

The face is the portrait of an astronaut (NASA, public domain) that comes inside scikit-image; the plates are
drawn.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from citizen.photos import detector
from citizen.photos.rules import Box, BoxKind, BoxSource
from tests.photos import corpus

#: Where the face is in the portrait, as (left, top, right, bottom) fractions.
_FACE = (0.355, 0.12, 0.525, 0.34)


def _portrait() -> Image.Image:
    spec = importlib.util.find_spec("skimage")
    assert spec is not None and spec.origin is not None, "scikit-image belongs to tests/requirements.txt"
    return Image.open(Path(spec.origin).parent / "data" / "astronaut.png").convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    return corpus.encoded(image, "JPEG", quality=90)


def _overlap(box: Box, corners: tuple[float, float, float, float]) -> float:
    """Intersection over union of a box and (left, top, right, bottom), all in fractions."""
    left, top, right, bottom = corners
    width = max(0.0, min(box.x + box.w, right) - max(box.x, left))
    height = max(0.0, min(box.y + box.h, bottom) - max(box.y, top))
    shared = width * height
    return shared / (box.w * box.h + (right - left) * (bottom - top) - shared)


def _plate(text: str = "A·12345", *, colour: tuple[int, int, int] = (15, 60, 170)) -> Image.Image:
    """A number plate of 440 × 140: white signs in a white frame on blue, as on Chinese cars."""
    plate = Image.new("RGB", (440, 140), colour)
    pen = ImageDraw.Draw(plate)
    pen.rounded_rectangle((5, 5, 434, 134), 10, outline="white", width=4)
    for n, sign in enumerate(text):
        pen.text((20 + 58 * n, 20), sign, font=ImageFont.load_default(95), fill="white")
    return plate


def _street(width: int, *, with_plate: bool = True) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """The rear of a grey car with a plate this many pixels wide, and where the plate is."""
    image = Image.new("RGB", (1280, 960), (150, 150, 140))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 640, 1280, 960), fill=(95, 95, 98))
    pen.rectangle((256, 288, 1024, 816), fill=(70, 72, 78))
    pen.rectangle((320, 326, 960, 480), fill=(25, 30, 35))
    for left in (282, 896):
        pen.ellipse((left, 528, left + 102, 604), fill=(240, 240, 220))
    height = width * 140 // 440
    left, top = 640 - width // 2, 652
    if with_plate:
        image.paste(_plate().resize((width, height), Image.Resampling.LANCZOS), (left, top))
    corners = (left / 1280, top / 960, (left + width) / 1280, (top + height) / 960)
    return image.filter(ImageFilter.GaussianBlur(0.8)), corners


def test_both_models_are_installed() -> None:
    assert detector.models() == {"face": True, "plate": True}


@pytest.mark.parametrize("size", [(512, 512), (1600, 1200), (2400, 1800)])
def test_a_face_is_found(size: tuple[int, int]) -> None:
    boxes = detector.propose(_jpeg(_portrait().resize(size)))
    assert [box.kind for box in boxes] == [BoxKind.FACE]
    assert _overlap(boxes[0], _FACE) > 0.6
    assert boxes[0].source is BoxSource.AUTO and boxes[0].score > 0.7


@pytest.mark.parametrize("width", [40, 64, 120])
def test_faces_of_passers_by_are_found(width: int) -> None:
    """Faces of this many pixels in a picture 1280 wide, three of them side by side."""
    person = _portrait().resize((width * 512 // 90,) * 2)
    street = Image.new("RGB", (1280, 960), (120, 125, 120))
    places = [(10, 40), (430, 240), (840, 140)]
    for place in places:
        street.paste(person.crop((0, 0, min(400, person.width), person.height)), place)
    faces = [box for box in detector.propose(_jpeg(street)) if box.kind is BoxKind.FACE]
    for left, top in places:
        expected = (
            (left + _FACE[0] * person.width) / 1280,
            (top + _FACE[1] * person.height) / 960,
            (left + _FACE[2] * person.width) / 1280,
            (top + _FACE[3] * person.height) / 960,
        )
        assert max(_overlap(box, expected) for box in faces) > 0.4


@pytest.mark.parametrize("width", [110, 160, 220, 300])
def test_a_plate_is_found(width: int) -> None:
    street, corners = _street(width)
    plates = [box for box in detector.propose(_jpeg(street)) if box.kind is BoxKind.PLATE]
    assert plates and _overlap(plates[0], corners) > 0.5


def test_control_no_plate_no_box() -> None:
    assert detector.propose(_jpeg(_street(200, with_plate=False)[0])) == []


@pytest.mark.parametrize("size", [(1, 1), (33, 700), (2400, 3), (31, 31)])
def test_odd_sizes_are_survived(size: tuple[int, int]) -> None:
    assert all(isinstance(box, Box) for box in detector.propose(_jpeg(corpus.picture(size))))


def test_an_unreadable_master_gives_no_boxes() -> None:
    assert detector.propose(b"") == detector.propose(b"\xff\xd8\xff") == []


def test_without_models_nothing_is_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = {"face": ("no_such_package", "face.onnx"), "plate": ("json", "no_such_model.onnx")}
    monkeypatch.setattr(detector, "MODEL_FILES", missing)
    assert detector.models() == {"face": False, "plate": False}
    assert detector.propose(_jpeg(_portrait())) == []


def test_a_broken_model_is_like_a_missing_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "face.onnx"
    broken.write_bytes(b"\x08\x07 not a model")
    monkeypatch.setattr(detector, "model_path", lambda kind: broken)
    assert detector.propose(_jpeg(_portrait())) == []
