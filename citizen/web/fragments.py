"""Parts of pages that come out the same again and again, drawn once in the life of a process.

Nothing is ever out of date here: a part is found again only by everything it was made of.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any

from flask import current_app
from markupsafe import Markup

from citizen.web.locale import page_language

#: Parts that one process remembers, about a kilobyte each.
MOST_PARTS = 3_000
_lock = Lock()


class Part:
    """Values for a macro that are worked out when one of them is asked for; ``key`` says all that they depend on."""

    def __init__(self, key: Hashable, make: Callable[[], Mapping[str, Any]]) -> None:
        self.key = key
        self._make = make
        self._values: Mapping[str, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if self._values is None:
            self._values = self._make()
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None


def remembered(macro: Callable[..., Markup], part: Part, *more: Hashable) -> Markup:
    """What ``macro`` draws of ``part`` (and ``more``), drawn anew only when the part's key or the language is another."""
    parts: OrderedDict[Hashable, Markup] = current_app.extensions.setdefault("citizen_parts", OrderedDict())
    key = (getattr(macro, "name", ""), page_language(), part.key, more)
    with _lock:
        found = parts.get(key)
        if found is not None:
            parts.move_to_end(key)
            return found
    found = macro(part, *more)
    with _lock:
        parts[key] = found
        while len(parts) > MOST_PARTS:
            parts.popitem(last=False)
    return found
