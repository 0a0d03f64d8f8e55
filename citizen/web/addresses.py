"""Numbers and words in addresses: those that no row can have lead to no row, instead of to an error of the database."""

from __future__ import annotations

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter

#: The greatest id that both databases can store; no table comes near it.
LAST_ID = 2**31 - 1
#: PostgreSQL compares nothing with a text that holds this sign. Bytes that are no text never come so far.
NUL = "\x00"


class RowNumber(IntegerConverter):
    """An integer of which everything beyond the greatest id is the greatest id."""

    def to_python(self, value: str) -> int:
        """The number, at most `LAST_ID`."""
        return min(int(super().to_python(value)), LAST_ID)


def init_addresses(app: Flask) -> None:
    """Let every ``<int:…>`` of the site be a row number and no word hold a NUL; call it before blueprints are registered."""
    app.url_map.converters["int"] = RowNumber
    app.before_request_funcs.setdefault(None, []).insert(0, _refuse_nul)


def _refuse_nul() -> None:
    if any(isinstance(value, str) and NUL in value for value in (request.view_args or {}).values()):
        abort(404)
