"""Finding what is released. The index is derived data: every hit is checked against the table before it is
shown.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import current_app

from citizen.core.content import content
from citizen.core.text import to_simplified
from citizen.projection import queries as projection
from citizen.projection.models import ReleasedFact
from citizen.search.documents import SearchUnavailable, fact_document
from citizen.search.engine import Index
from citizen.search.tokens import fold
from citizen.search.words import Synonyms

log = logging.getLogger(__name__)

PAGE_SIZE = 20
#: Words of a query that the way out over the database looks for.
MOST_WORDS = 6
LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One page of an answer: released entries, best first, and how many there are in all."""

    facts: Sequence[ReleasedFact]
    total: int


def search_index() -> Index:
    """The application's index, in the data folder."""
    found: Index | None = current_app.extensions.get("citizen_search")
    if found is None:
        folder = current_app.config["SETTINGS"].data_dir / "search"
        found = current_app.extensions["citizen_search"] = Index(folder, synonyms=Synonyms(content().synonyms))
    return found


def find(query: str, *, page: int = 1, size: int = PAGE_SIZE) -> Found:
    """The released entries that hold every word of ``query``; any text is a valid query, one without words
    finds nothing.

    While the index is missing or damaged the database is searched instead. An entry that was withdrawn a
    moment ago is
    not found even when the index still has it.
    """
    query, offset = query[:LONGEST_QUERY], (page - 1) * size
    try:
        hits = search_index().find(query, limit=size, offset=offset)
    except SearchUnavailable:
        log.warning("the search index is missing or damaged; searching the database (flask search rebuild repairs it)")
        return _find_in_table(query, limit=size, offset=offset)
    released = projection.board_entries(hits.ids)
    facts = [released[number] for number in hits.ids if number in released]
    return Found(facts, hits.total - (len(hits.ids) - len(facts)))


def _find_in_table(query: str, *, limit: int, offset: int) -> Found:
    words = [word for word in to_simplified(fold(query)).split() if any(char.isalnum() for char in word)][:MOST_WORDS]
    if not words:
        return Found([], 0)
    facts, total = projection.entries_containing(words, limit=limit, offset=offset)
    return Found(facts, total)


def index_numbers(numbers: Iterable[str]) -> int:
    """Bring the index up to the table for these entries: what is released is put in, what is not is taken
    out.

    Returns how many are in. Raises SearchBusy when another process writes.
    """
    wanted = set(numbers)
    released = projection.board_entries(wanted)
    search_index().remove(wanted - released.keys())
    return search_index().index(fact_document(fact) for fact in released.values())


def rebuild() -> int:
    """Write the whole index anew from the table; returns how many entries it holds."""
    return search_index().rebuild(fact_document(fact) for fact in projection.all_entries())
