"""Keeping the index behind the table: after commit, in the worker, any number of times."""

from __future__ import annotations

from typing import Any

from citizen.core.outbox import enqueue, handles
from citizen.search.services import index_numbers


def entry_changed(number: str) -> None:
    """Let the index follow what the current transaction did to a released entry; call it on release and
    withdrawal.
    """
    enqueue("search.index", {"number": number})


@handles("search.index")
def index_entry(payload: dict[str, Any]) -> None:
    """Put the entry into the index, or take it out when it is not released any more."""
    index_numbers([payload["number"]])
