"""Fields of the coordinator's forms: whole numbers, times of day, lists of days."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput, TimeInput

from citizen.core.numbers import parse_int
from citizen.core.text import fold_width
from citizen.web.fields import DayField

_WALL = re.compile(r"([01]?[0-9]|2[0-3])[:：]?([0-5][0-9])\Z")
BIGGEST_ID = 2**31 - 1


class Needed:
    """A validator: something must be chosen or typed; ``words`` is the sentence."""

    def __init__(self, words: Any) -> None:
        self.words = words

    def __call__(self, _form: Any, field: Field) -> None:
        """Raise StopValidation with the sentence when the field is empty; a more precise error is kept."""
        if field.data in (None, "", []):
            raise StopValidation(None if field.errors else self.words)


class CountField(StringField):
    """A whole number within bounds; what is none is an error and stays as typed."""

    widget = TextInput()

    def __init__(self, label: Any, low: int, *, high: int, **options: Any) -> None:
        super().__init__(label, **options)
        self.low, self.high = low, high

    @property
    def number(self) -> int | None:
        """The number, or None when nothing usable was typed."""
        return parse_int(self.data, self.low, self.high)

    def pre_validate(self, form: Any) -> None:
        """Raise StopValidation for anything but a number within the bounds."""
        if self.data not in (None, "") and self.number is None:
            raise StopValidation(_("Type a number from %(low)s to %(high)s.", low=self.low, high=self.high))


class WallField(StringField):
    """A time of day on the county's clock; ``data`` becomes "HH:MM"."""

    widget = TimeInput()
    data: str | None

    def pre_validate(self, form: Any) -> None:
        """Raise StopValidation for anything but a time of day."""
        found = _WALL.match(fold_width(self.data or "").strip())
        if not found:
            raise StopValidation(_("Type a time such as 07:30 or 22:00."))
        self.data = f"{int(found[1]):02d}:{found[2]}"


class DaysField(TextAreaField):
    """Several days, one a line; ``days`` holds them once the field is valid."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, **options)
        self.days: frozenset[date] = frozenset()

    def pre_validate(self, form: Any) -> None:
        """Raise StopValidation naming the first word that is no day."""
        days = set()
        for word in fold_width((self.data or "")[:4_000]).replace(",", " ").replace("、", " ").split():
            try:
                days.add(date.fromisoformat(word))
            except ValueError:
                raise StopValidation(_("“%(word)s” is no day such as 2026-10-01.", word=word[:20])) from None
        self.days = frozenset(days)


def minutes_between(starts: str, ends: str) -> int:
    """Minutes from one time of day to the next occurrence of another: 22:00 to 02:00 are 240."""
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (starts, ends))
    return (end - start) % 1440 or 1440


class ChosenDay(DayField):
    """A day that must be chosen."""

    @property
    def day(self) -> date:
        """The day of a valid field."""
        if self.data is None:
            raise ValueError("the field has not been checked")
        return self.data


def day_field(label: Any) -> ChosenDay:
    """A day that must be chosen, with the sentence for an empty one."""
    return ChosenDay(label, validators=[Needed(_l("Choose a day."))])
