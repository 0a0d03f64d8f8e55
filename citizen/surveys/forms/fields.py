"""Fields of the surveys' forms: whole and decimal numbers as people type them."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from wtforms import StringField
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from citizen.core.numbers import parse_int
from citizen.core.text import fold_width

_FACTOR = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?\Z")
_GAPS = re.compile(r"[\s,，、;；]+")
_RANGE = re.compile(r"([0-9]{1,6})[-–—~～至]([0-9]{1,6})\Z")


class FactorField(StringField):
    """A factor such as 2 or 2.5, from 1 to ``high``; what is none is an error and stays as typed."""

    widget = TextInput()

    def __init__(self, label: Any, *, high: int, **options: Any) -> None:
        super().__init__(label, **options)
        self.high = high

    @property
    def number(self) -> float | None:
        """The factor, or None when nothing usable was typed."""
        typed = fold_width(self.data or "").strip()
        found = float(typed) if _FACTOR.match(typed) else 0.0
        return found if 1 <= found <= self.high else None

    def pre_validate(self, form: Any) -> None:
        """Raise StopValidation for anything but a factor within the bounds."""
        if self.number is None:
            raise StopValidation(_("Type a number from %(low)s to %(high)s.", low=1, high=self.high))


def serials_of(typed: str, most: int) -> list[int] | None:
    """The serial numbers in "3, 8、12-15", each once; None for anything else or for more than ``most``."""
    found: list[int] = []
    for part in filter(None, _GAPS.split(fold_width(typed))):
        span = _RANGE.match(part)
        low, high = (int(span[1]), int(span[2])) if span else ((n := parse_int(part, 1, 999_999) or 0), n)
        if not 1 <= low <= high or high - low >= most:
            return None
        found += range(low, high + 1)
    unique = list(dict.fromkeys(found))
    return unique if len(unique) <= most else None
