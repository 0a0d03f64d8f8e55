"""What goes into the index and what comes out of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import current_app

from citizen.core.content import content
from citizen.core.errors import Busy, DomainError
from citizen.projection.models import ReleasedFact


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


def fact_id(fact: ReleasedFact) -> str:
    """The id of a released entry in the index: its public number, which outlives its row."""
    return fact.number


def fact_document(fact: ReleasedFact) -> Document:
    """What may be found of a released entry: nothing that is not in the public projection itself."""
    names = category_names().get(fact.category_code, ("", ""))
    return Document(
        id=fact_id(fact),
        title=f"{fact.title_hans} {fact.title_en}",
        body=f"{fact.text_hans} {fact.text_en} {fact.reply}",
        tags=(*names, fact.place_hans, fact.place_en, fact.number),
        kind=fact.board,
        area=fact.area_code,
        category=fact.category_code,
        day=fact.day,
    )


def category_names() -> dict[str, tuple[str, str]]:
    """Code → (Simplified Chinese, English) name of every category of the county's folder."""
    found: dict[str, tuple[str, str]] | None = current_app.extensions.get("citizen_category_names")
    if found is None:
        found = {row["code"]: (row["name_zh"], row["name_en"]) for row in content().rows("categories.csv")}
        current_app.extensions["citizen_category_names"] = found
    return found
