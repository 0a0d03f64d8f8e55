"""The rules of photos: their states, their limits and the boxes that cover faces and plates.

Pure: neither the web framework nor the database is imported, so the decoder child can use it too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from citizen.core.errors import Conflict, InvalidInput
from citizen.photos.refusals import Sentence

_l = Sentence

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
#: Formats whose decoder holds several copies of the picture; measured to stay within the child's memory.
MAX_PIXELS_OF: dict[str, int] = {"webp": 25_000_000}
MAX_EDGE = 12_000
MAX_FRAMES = 1

#: Long edge in pixels of the private master every published size is derived from.
MASTER_EDGE = 2400
#: Long edge in pixels of each derived size; a smaller photo is never blown up.
SIZES: dict[str, int] = {"large": 1600, "medium": 800, "thumb": 320}
#: File endings each size comes in: WebP first, JPEG for browsers that cannot read it.
FORMATS: tuple[str, ...] = ("webp", "jpg")
CONTENT_TYPES: dict[str, str] = {"webp": "image/webp", "jpg": "image/jpeg"}
#: Names of the six derived files, e.g. ``large.webp``.
DERIVED: tuple[str, ...] = tuple(f"{size}.{ending}" for size in SIZES for ending in FORMATS)

MAX_BOXES = 60
#: A box narrower than this part of the picture hides nothing; it is taken for a slip of the finger.
MIN_BOX = 0.002
#: How far a painted box reaches beyond the drawn one, as a part of its own width and height, on each side.
BOX_MARGIN = 0.12
_MAX_BOXES_TEXT = 20_000


class PhotoState(StrEnum):
    """How far a photo has come on its way from a resident's phone to the public page."""

    SEALED = "sealed"
    SANITISED = "sanitised"
    MASKED = "masked"
    CHECKED = "checked"
    PUBLIC = "public"
    REFUSED = "refused"


STATE_LABELS: dict[PhotoState, Sentence] = {
    PhotoState.SEALED: _l("Sealed original"),
    PhotoState.SANITISED: _l("Cleaned"),
    PhotoState.MASKED: _l("Masked, not yet checked"),
    PhotoState.CHECKED: _l("Masks checked"),
    PhotoState.PUBLIC: _l("Public"),
    PhotoState.REFUSED: _l("Refused"),
}

#: Current state → states it may go to. A refused photo stays refused: it may never have been cleaned.
TRANSITIONS: dict[PhotoState, frozenset[PhotoState]] = {
    PhotoState.SEALED: frozenset({PhotoState.SANITISED, PhotoState.REFUSED}),
    PhotoState.SANITISED: frozenset({PhotoState.MASKED, PhotoState.REFUSED}),
    PhotoState.MASKED: frozenset({PhotoState.MASKED, PhotoState.CHECKED, PhotoState.REFUSED}),
    PhotoState.CHECKED: frozenset({PhotoState.MASKED, PhotoState.PUBLIC, PhotoState.REFUSED}),
    PhotoState.PUBLIC: frozenset({PhotoState.MASKED, PhotoState.CHECKED, PhotoState.REFUSED}),
    PhotoState.REFUSED: frozenset(),
}


def ensure_transition(current: PhotoState, target: PhotoState) -> None:
    """Return when the table allows the step; raise `Conflict` (with ``current``) when it does not."""
    if target not in TRANSITIONS[current]:
        raise Conflict(_l("This photo cannot take that step now. Look at it again."), current=current)


def state_after_box_change(current: PhotoState) -> PhotoState:
    """Return `masked`: changed boxes always need a person's check again.

    Raises `Conflict` when the photo has no boxes yet or was refused.
    """
    ensure_transition(current, PhotoState.MASKED)
    return PhotoState.MASKED


class BoxKind(StrEnum):
    """What a box covers."""

    FACE = "face"
    PLATE = "plate"
    OTHER = "other"


BOX_KIND_LABELS: dict[BoxKind, Sentence] = {
    BoxKind.FACE: _l("Face"),
    BoxKind.PLATE: _l("Number plate"),
    BoxKind.OTHER: _l("Something else private"),
}


class BoxSource(StrEnum):
    """Who drew a box: the detector or a person."""

    AUTO = "auto"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the upright picture to be painted over.

    ``x`` and ``y`` are its left top corner, ``w`` and ``h`` its size, all fractions 0..1 of the picture's
    width and height; ``score`` is the detector's certainty 0..1 (1 for a person's box). Always finite and
    inside the picture: `InvalidInput` otherwise.
    """

    x: float
    y: float
    w: float
    h: float
    kind: BoxKind = BoxKind.OTHER
    source: BoxSource = BoxSource.MANUAL
    score: float = 1.0

    def __post_init__(self) -> None:
        numbers = (self.x, self.y, self.w, self.h, self.score)
        inside = all(math.isfinite(n) and 0.0 <= n <= 1.0 for n in numbers)
        # A little tolerance: fractions rounded to six digits may add up to 1.000001.
        if not inside or self.x + self.w > 1.00001 or self.y + self.h > 1.00001:
            raise InvalidInput(_l("A box lies outside the picture. Draw it again."), field="boxes")
        if self.w < MIN_BOX or self.h < MIN_BOX:
            raise InvalidInput(_l("A box is too small to hide anything. Draw it larger."), field="boxes")


def clipped_box(
    corners: tuple[float, float, float, float], *, kind: BoxKind, source: BoxSource, score: float = 1.0
) -> Box:
    """Return the part inside the picture of the box with these ``(left, top, right, bottom)`` fractions.

    Raises `InvalidInput` when nothing (or next to nothing) of it is inside, or a number is not finite.
    """
    if not all(math.isfinite(n) for n in (*corners, score)):
        raise InvalidInput(_l("The boxes could not be read. Draw them again."), field="boxes")
    left, top, right, bottom = (min(max(n, 0.0), 1.0) for n in corners)
    return Box(
        x=round(left, 6),
        y=round(top, 6),
        w=round(max(right - left, 0.0), 6),
        h=round(max(bottom - top, 0.0), 6),
        kind=kind,
        source=source,
        score=score,
    )


def parse_boxes(json_text: str) -> list[Box]:
    """Read boxes a browser sent: a JSON list of ``{"x", "y", "w", "h"[, "kind", "source", "score"]}``.

    Fractions of the upright picture; boxes reaching over its edge are cut there. An empty text is no box.
    Raises `InvalidInput` for anything else: broken JSON, unknown names, numbers that are not finite or are
    written as text, boxes wholly outside, more than 60 boxes.
    """
    if not json_text.strip():
        return []
    unreadable = InvalidInput(_l("The boxes could not be read. Draw them again."), field="boxes")
    if len(json_text) > _MAX_BOXES_TEXT:
        raise unreadable
    try:
        rows = json.loads(json_text)
    except (ValueError, RecursionError):
        raise unreadable from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise unreadable
    if len(rows) > MAX_BOXES:
        raise InvalidInput(
            _l("A photo can have at most %(count)s boxes. Cover several things with one.", count=MAX_BOXES),
            field="boxes",
        )
    return [_parse_box(row, unreadable) for row in rows]


def dump_boxes(boxes: Iterable[Box]) -> str:
    """Return the JSON text `parse_boxes` reads back to equal boxes."""
    return json.dumps(
        [
            {
                "x": box.x,
                "y": box.y,
                "w": box.w,
                "h": box.h,
                "kind": box.kind.value,
                "source": box.source.value,
                "score": box.score,
            }
            for box in boxes
        ]
    )


def _parse_box(row: dict[str, Any], unreadable: InvalidInput) -> Box:
    if not {"x", "y", "w", "h"} <= row.keys() <= {"x", "y", "w", "h", "kind", "source", "score"}:
        raise unreadable
    try:
        x, y, w, h, score = (_number(row.get(name, 1.0)) for name in ("x", "y", "w", "h", "score"))
        kind = BoxKind(row.get("kind", BoxKind.OTHER))
        source = BoxSource(row.get("source", BoxSource.MANUAL))
    except (ValueError, TypeError, OverflowError):
        raise unreadable from None
    if w < 0 or h < 0 or not 0 <= score <= 1:
        raise unreadable
    return clipped_box((x, y, x + w, y + h), kind=kind, source=source, score=score)


def _number(value: object) -> float:
    # bool is an int to Python, and a string of digits is not a number a browser would send here.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number
