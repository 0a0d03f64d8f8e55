"""A weighted draw that anybody can work out again.

The seed is published with the shift, before anybody enters. Each entrant has a ticket that depends on nothing they can
choose; seed and ticket give a number u in (0, 1), and with the weight w the key u^(1/w). The greatest keys win: weighted
sampling without replacement after Efraimidis and Spirakis, "Weighted random sampling with a reservoir", Information
Processing Letters 97 (2006), algorithm A-Res.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Whoever had no drawn shift in the last ninety days has four chances, down to one for three or more.
MOST_CHANCES = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A party in the draw: its ticket, its chances (the least of its members') and how many places it needs."""

    ticket: str
    weight: int
    size: int


def ticket_of(secret: str, shift_id: int, volunteer_id: int) -> str:
    """Eight hexadecimal digits that stand for a volunteer in the published list of one draw.

    Without the post's ``secret`` nobody can find a person in the list, nor know before entering whose ticket is a good one.
    """
    return hmac.new(secret.encode(), f"draw:{shift_id}:{volunteer_id}".encode(), hashlib.sha256).hexdigest()[:8]


def chances(recent: int) -> int:
    """The weight of somebody who held ``recent`` places of drawn shifts in the last ninety days: 4, 3, 2, 1, 1 …"""
    return max(1, MOST_CHANCES - recent)


def key_of(seed: str, entry: Entry) -> float:
    """ln(u)/w for u from HMAC-SHA256(seed, ticket): orders as u^(1/w) does, without underflow; at most 0."""
    digest = hmac.new(seed.encode(), entry.ticket.encode(), hashlib.sha256).digest()
    u = (int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1)
    return math.log(u) / entry.weight


def order(seed: str, entries: Sequence[Entry]) -> list[Entry]:
    """The entries from the first to the last drawn; equal keys by ticket."""
    return sorted(entries, key=lambda entry: (-key_of(seed, entry), entry.ticket))


def winners(ordered: Sequence[Entry], *, places: int) -> list[Entry]:
    """Those who get places, in order; a party that no longer fits is passed over for the next one that does."""
    won = []
    for entry in ordered:
        if entry.size <= places:
            won.append(entry)
            places -= entry.size
    return won
