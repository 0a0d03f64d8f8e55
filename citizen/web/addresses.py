"""Numbers in addresses: those that no row can have lead to no row, instead of to an error of the database."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

#: The greatest id that both databases can store; no table comes near it.
LAST_ID = 2**31 - 1


class RowNumber(IntegerConverter):
    """An integer of which everything beyond the greatest id is the greatest id."""

    def to_python(self, value: str) -> int:
        """The number, at most `LAST_ID`."""
        return min(int(super().to_python(value)), LAST_ID)


def init_addresses(app: Flask) -> None:
    """Let every ``<int:…>`` of the site be a row number; call it before blueprints are registered."""
    app.url_map.converters["int"] = RowNumber
