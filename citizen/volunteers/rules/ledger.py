"""Entries of the ledger read together: what one service comes to, and which services a certificate may name; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol


class Entry(Protocol):
    """What counts of an entry."""

    id: int
    volunteer_id: int
    booking_id: int | None
    reverses_id: int | None
    day: date
    minutes: int


@dataclass(frozen=True, slots=True)
class Line:
    """One service: everything that was entered for a booking, or for a service without one, in order."""

    entries: tuple[Entry, ...]

    @property
    def entry_id(self) -> int:
        """The first entry, which stands for the line."""
        return self.entries[0].id

    @property
    def booking_id(self) -> int | None:
        """The booking; none for a service that was entered afterwards."""
        return self.entries[0].booking_id

    @property
    def day(self) -> date:
        """The county's day on which the service began."""
        return self.entries[0].day

    @property
    def minutes(self) -> int:
        """What the service comes to, corrections included."""
        return sum(entry.minutes for entry in self.entries)


def lines_of(entries: Iterable[Entry]) -> list[Line]:
    """The entries as lines, by day; what takes an entry back belongs to that entry's line."""
    found: dict[tuple[str, int], list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.id):
        found.setdefault(_line_of(entry), []).append(entry)
    return sorted((Line(tuple(group)) for group in found.values()), key=lambda line: (line.day, line.entry_id))


def _line_of(entry: Entry) -> tuple[str, int]:
    if entry.booking_id is not None:
        return "booking", entry.booking_id
    return "entry", entry.reverses_id or entry.id


def certifiable(
    lines: Iterable[Line], *, year: int | None, entries: Collection[int], bookings: Collection[int]
) -> list[Line]:
    """The lines of ``year`` (None for all) that come to something and are in no doubt.

    ``entries`` and ``bookings`` name what is in doubt; one doubtful entry puts its whole line aside, so that a deduction never
    stands on a certificate without what it was deducted from.
    """
    return [
        line
        for line in lines
        if line.minutes > 0
        and (year is None or line.day.year == year)
        and line.booking_id not in bookings
        and not any(entry.id in entries for entry in line.entries)
    ]


def fingerprint(lines: Iterable[Line]) -> str:
    """Names the figures: 32 hexadecimal digits that change with every entry that is more than nothing."""
    figures = sorted((entry.id, entry.minutes) for line in lines for entry in line.entries if entry.minutes)
    return hashlib.sha256(repr(figures).encode()).hexdigest()[:32]
