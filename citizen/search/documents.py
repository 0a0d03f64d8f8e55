"""What goes into the index and what comes out of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from citizen.core.errors import Busy, DomainError


class SearchBusy(Busy):
    """Another process is writing to the index; trying again is right."""


class SearchUnavailable(DomainError):
    """The index is missing or damaged: callers fall back to the database, an operator rebuilds."""


@dataclass(frozen=True)
class Document:
    """One released text: `id` is unique over all kinds; `tags` are keywords, `day` the day it is about."""

    id: str
    title: str
    body: str
    tags: tuple[str, ...]
    kind: str
    area: str
    category: str
    day: dt.date


@dataclass(frozen=True)
class Hit:
    """A document found, with its score (higher is better; comparable within one answer only)."""

    id: str
    score: float


@dataclass(frozen=True)
class Hits:
    """One page of an answer, best first, and how many documents match in all."""

    hits: list[Hit]
    total: int

    @property
    def ids(self) -> list[str]:
        """The ids of this page, best first."""
        return [hit.id for hit in self.hits]
