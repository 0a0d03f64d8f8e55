"""Fields of the quiz desk: whole numbers, moments on the county's clock, the lines of a blueprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, StringField
from wtforms.utils import unset_value
from wtforms.validators import StopValidation
from wtforms.widgets import DateTimeLocalInput, TextInput

from citizen.core.clock import COUNTY_ZONE, local
from citizen.core.numbers import parse_int
from citizen.core.text import fold_width
from citizen.quizzes.rules.publishing import MAX_LINES
from citizen.quizzes.rules.quizzes import MAX_SIZE, Part


class NumberField(StringField):
    """A whole number within bounds, or nothing; what is none is an error and stays as typed."""

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
        if (self.data or "").strip() and self.number is None:
            raise StopValidation(_("Type a number from %(low)s to %(high)s.", low=self.low, high=self.high))


class MomentField(StringField):
    """Day and time on the county's clock; ``moment`` is aware, None when nothing was typed. What is none stays as typed."""

    widget = DateTimeLocalInput()

    @property
    def moment(self) -> datetime | None:
        """The moment of a valid field."""
        text = fold_width(self.data or "").strip()[:19]
        return datetime.fromisoformat(text).replace(tzinfo=COUNTY_ZONE) if text else None

    def pre_validate(self, form: Any) -> None:
        """Raise StopValidation for anything but a day and a time."""
        try:
            found = self.moment
        except ValueError:
            found = None
        if (self.data or "").strip() and (found is None or not 2000 <= found.year <= 2100):
            raise StopValidation(_("Type day and time, such as 2026-10-01 08:30."))


def typed_moment(moment: datetime | None) -> str:
    """A stored moment as a browser's field holds it."""
    return f"{local(moment):%Y-%m-%dT%H:%M}" if moment else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a blueprint as typed."""

    topic: str = ""
    difficulty: str = ""
    n: str = ""

    @property
    def part(self) -> Part | None:
        """What the line asks for; None when its number is none."""
        n = parse_int(self.n, 1, MAX_SIZE)
        return None if n is None else Part(self.topic or None, parse_int(self.difficulty, 1, 3), n)


class BlueprintField(Field):
    """Lines of topic, difficulty and number, sent as three lists of equal length; a line can be added and removed."""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take over the typed lines, else ``data``, a sequence of `Line`."""
        self.process_errors: list[Any] = []
        self.data: list[Line] = [Line()] if data is unset_value else list(data)
        if formdata is not None and f"{self.name}_n" in formdata:
            columns = [formdata.getlist(f"{self.name}_{part}")[:MAX_LINES] for part in ("topic", "difficulty", "n")]
            self.data = [Line(topic[:30], hard[:1], n[:6]) for topic, hard, n in zip(*columns, strict=False)]

    def reshape(self, act: str) -> str | None:
        """Add or take away a line as the pressed button says; the id of the field to go on with, None for other buttons."""
        verb, _dash, number = act.partition("-")
        row = parse_int(number, 0, MAX_LINES - 1)
        if verb == "add":
            self.data = [*self.data, Line()][:MAX_LINES]
            return f"line-topic-{len(self.data) - 1}"
        if verb == "remove" and row is not None:
            self.data = [line for n, line in enumerate(self.data) if n != row] or [Line()]
            return f"line-topic-{min(row, len(self.data) - 1)}"
        return None

    def validate(self, form: Any, extra_validators: Sequence[Any] = ()) -> bool:
        """Whether every line has a number; the first that has none is named."""
        self.errors = list(self.process_errors)
        for number, line in enumerate(self.data, start=1):
            if line.part is None:
                self.errors = [
                    *self.errors,
                    _("Line %(line)s: how many questions, 1 to %(most)s?", line=number, most=MAX_SIZE),
                ]
        return not self.errors

    @property
    def parts(self) -> tuple[Part, ...]:
        """The blueprint of a valid field."""
        return tuple(part for part in (line.part for line in self.data) if part is not None)


def typed_lines(parts: Sequence[Part]) -> list[Line]:
    """A stored blueprint as it is typed."""
    return [Line(part.topic or "", str(part.difficulty or ""), str(part.n)) for part in parts]
