"""Paint over faces and plates so that nothing can be read back from what is underneath.

A blur or a mosaic can be undone in part, and one applied after scaling leaves the edges of the original in
the smaller sizes. So a box is filled with one flat colour, and it is painted before any size is derived.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from PIL import Image, ImageStat

from citizen.photos.rules import BOX_MARGIN, Box

#: The fill is this much darker than the average of what it covers: it blends in, yet is seen to be a mask.
_DARKER = 0.6
#: The average is rounded to steps of this size, so that it tells next to nothing about what it averages.
_STEP = 16


def paint(picture: Image.Image, boxes: Iterable[Box]) -> Image.Image:
    """Return a copy of an RGB picture with each box, grown by 12 % on every side, filled with one colour.

    Inside a box the result depends on the average colour alone (rounded to 16 steps a channel), so no pixel
    can be recovered from it. The picture given is not changed.
    """
    painted = picture.copy()
    for box in boxes:
        area = pixel_area(box, painted.size)
        painted.paste(_fill(painted.crop(area)), area)
    return painted


def pixel_area(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the pixels painted for a box (left, top, right, bottom): grown, rounded outwards, clipped.

    Never empty for a picture of at least one pixel.
    """
    width, height = size
    left = max(0, math.floor((box.x - box.w * BOX_MARGIN) * width))
    top = max(0, math.floor((box.y - box.h * BOX_MARGIN) * height))
    right = min(width, math.ceil((box.x + box.w * (1 + BOX_MARGIN)) * width))
    bottom = min(height, math.ceil((box.y + box.h * (1 + BOX_MARGIN)) * height))
    left, top = min(left, width - 1), min(top, height - 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _fill(area: Image.Image) -> tuple[int, int, int]:
    red, green, blue = (int(mean * _DARKER) // _STEP * _STEP for mean in ImageStat.Stat(area).mean)
    return red, green, blue
