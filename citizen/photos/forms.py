"""Forms of the masking desk."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField

from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_int
from citizen.photos.rules import MAX_BOXES, Box, BoxKind, BoxSource, clipped_box
from citizen.web.forms import DecisionForm, line


class MaskForm(DecisionForm):
    """The boxes are repeated fields beside this form; see `boxes_of`."""


class ApproveForm(DecisionForm):
    """A person's word that nothing is left uncovered."""

    looked = BooleanField(_l("I checked every box; no face, number plate or door number is left uncovered"))
    alt = line(_l("Description of the picture, read to people who cannot see it"), 200)


class RefuseForm(DecisionForm):
    """Taking a picture out of everything public."""

    reason = HiddenField()


def boxes_of(form: MultiDict[str, str], *, width: int, height: int) -> list[Box]:
    """The boxes in the repeated fields x, y, w, h (pixels of the upright picture) and kind.

    A row with all four numbers empty is skipped. Raises InvalidInput for anything that is no whole number, for boxes
    outside the picture and for more than the permitted number.
    """
    columns = [form.getlist(name) for name in ("x", "y", "w", "h")]
    kinds = form.getlist("kind")
    if len({len(column) for column in columns}) != 1 or len(columns[0]) > MAX_BOXES:
        raise InvalidInput(_l("The boxes could not be read. Draw them again."), "boxes")
    boxes = []
    for index, row in enumerate(zip(*columns, strict=True)):
        if any(value.strip() for value in row):
            boxes.append(_box(row, kinds[index] if index < len(kinds) else "other", size=(width, height)))
    return boxes


def _box(row: tuple[str, ...], kind: str, *, size: tuple[int, int]) -> Box:
    numbers = [parse_int(value, 0, 20_000) for value in row]
    if any(number is None for number in numbers) or kind not in set(BoxKind):
        raise InvalidInput(_l("Write whole numbers for all four sides of a box."), "boxes")
    x, y, w, h = (number or 0 for number in numbers)
    corners = (x / size[0], y / size[1], (x + w) / size[0], (y + h) / size[1])
    return clipped_box(corners, kind=BoxKind(kind), source=BoxSource.MANUAL)
