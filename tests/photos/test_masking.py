"""Nothing under a box can be read back, from any size."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter

from citizen.photos.masking import paint, pixel_area
from citizen.photos.rules import BOX_MARGIN, Box
from citizen.photos.sanitiser import derive, sanitise
from tests.photos import corpus

BOX = Box(0.25, 0.25, 0.25, 0.25)


def _with_secret(secret: int) -> Image.Image:
    """A picture with one of two patterns of the same average inside the box, the same outside it."""
    image = corpus.picture((640, 640))
    tile = Image.new("RGB", (64, 64), (240, 240, 240))
    tile.paste((10, 10, 10), (0, 0, 32, 64) if secret else (0, 0, 64, 32))
    for left in range(192, 320, 64):
        for top in range(192, 320, 64):
            image.paste(tile, (left, top))
    return image


def test_the_result_does_not_depend_on_what_is_covered() -> None:
    one, other = (paint(_with_secret(secret), [BOX]) for secret in (0, 1))
    assert one.tobytes() == other.tobytes()
    assert len(set(one.crop(pixel_area(BOX, one.size)).get_flattened_data())) == 1


def test_no_derived_size_tells_the_two_secrets_apart() -> None:
    files = [derive(sanitise(corpus.encoded(_with_secret(secret), "PNG")).master, [BOX]) for secret in (0, 1)]
    for name, content in files[0].items():
        assert content == files[1][name], name


def test_control_without_boxes_or_with_a_blur_the_secrets_differ() -> None:
    bare = [derive(sanitise(corpus.encoded(_with_secret(secret), "PNG")).master, []) for secret in (0, 1)]
    assert all(bare[0][name] != bare[1][name] for name in bare[0])
    blurred = [_with_secret(secret).filter(ImageFilter.GaussianBlur(12)) for secret in (0, 1)]
    assert ImageChops.difference(*blurred).getbbox() is not None


def test_the_margin_is_covered_and_the_rest_is_untouched() -> None:
    image = corpus.picture((1000, 1000))
    changed = ImageChops.difference(image, paint(image, [Box(0.1, 0.1, 0.1, 0.2)]))
    assert changed.getbbox() == pytest.approx((88, 76, 212, 324), abs=1)
    assert BOX_MARGIN == 0.12


def test_the_picture_given_is_not_changed() -> None:
    image = corpus.picture()
    before = image.tobytes()
    paint(image, [BOX])
    assert image.tobytes() == before


def test_boxes_are_painted_where_the_upright_picture_shows_them() -> None:
    upright = corpus.picture((400, 200))
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    photo = sanitise(corpus.encoded(stored, "JPEG", exif=corpus.exif_block(orientation=6)))
    files = derive(photo.master, [Box(0.5, 0.0, 0.5, 0.5)])  # the green quarter
    for name in ("thumb.webp", "large.jpg"):
        image = Image.open(io.BytesIO(files[name])).convert("RGB")
        right, left = (image.getpixel((image.width * part // 8, image.height // 8)) for part in (7, 1))
        assert right[1] < 140 and left[0] > 180, name  # type: ignore[index]


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (12_000, 1), (1, 12_000)])
def test_tiny_pictures_are_painted_too(size: tuple[int, int]) -> None:
    left, top, right, bottom = pixel_area(Box(0.998, 0.998, 0.002, 0.002), size)
    assert 0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]
    paint(Image.new("RGB", size), [Box(0.998, 0.998, 0.002, 0.002)])


@given(
    st.floats(0, 0.9),
    st.floats(0, 0.9),
    st.floats(0.01, 0.1),
    st.floats(0.01, 0.1),
    st.integers(1, 3000),
    st.integers(1, 3000),
)
def test_the_painted_area_always_holds_the_box(x: float, y: float, w: float, h: float, width: int, height: int) -> None:
    left, top, right, bottom = pixel_area(Box(x, y, w, h), (width, height))
    assert left <= x * width and top <= y * height
    assert right >= min(width, (x + w) * width) and bottom >= min(height, (y + h) * height)
