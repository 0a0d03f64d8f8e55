"""Errors of the field: what a service raises when a rule forbids what was asked.

The edge of the site turns them into answers (422, 409, 404, 403); nothing here knows HTTP.
"""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A rule of the field said no; ``message`` is a sentence for the reader, translated when shown."""

    def __init__(self, message: Any = "") -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(DomainError):
    """What was typed or sent cannot be used; ``field`` names the form field it belongs to."""

    def __init__(self, message: Any = "", field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Conflict(DomainError):
    """The thing changed in the meantime, or the step is not possible from where it stands."""

    def __init__(self, message: Any = "", current: Any = None) -> None:
        super().__init__(message)
        self.current = current


class MissingVersion(InvalidInput):
    """A decision came without the version of what its author was looking at."""


class NotFound(DomainError):
    """Unknown or hidden: the two are never told apart."""


class Forbidden(DomainError):
    """The person is known and may not do this."""


class Busy(DomainError):
    """A shared resource (database lock, index writer) is taken for now; trying again is right."""
