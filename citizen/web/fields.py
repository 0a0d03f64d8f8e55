"""Fields that several features ask for: days as browsers send them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from wtforms import StringField
from wtforms.widgets import DateInput


class DayField(StringField):
    """A day; ``data`` is a date, or None when nothing was chosen. What is no day is an error and stays as typed."""

    widget = DateInput()

    def __init__(self, label: Any = None, *, needed: bool = False, **options: Any) -> None:
        super().__init__(label, **options)
        #: Whether leaving it empty is an error.
        self.needed = needed
        self.typed: str | None = None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read YYYY-MM-DD; raises ValueError with the sentence for the reader."""
        if not valuelist:
            return
        self.typed, self.data = valuelist[0].strip()[:20], None
        if self.typed or self.needed:
            try:
                self.data = date.fromisoformat(self.typed)
            except ValueError:
                raise ValueError(_("Enter a day as year, month and day, such as 2026-09-04.")) from None

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return self.data.isoformat() if self.data else ""
