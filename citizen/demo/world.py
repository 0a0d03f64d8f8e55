"""What the demonstration's plan needs to know of a county: plain values, no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from citizen.demo.worktime import Worktime


@dataclass(frozen=True, slots=True)
class Kind:
    """A category of level 2."""

    code: str
    group: str
    name: str
    name_en: str
    keywords: tuple[str, ...]
    resident_group: str | None
    #: A unit's code, or "township".
    unit: str
    urgency: str
    limit_hours: int
    clock: str
    limit_version: str
    exposure_eligible: bool
    exposure_mode: str
    subject: str

    @property
    def emergency(self) -> bool:
        """Whether it goes first, on calendar time."""
        return self.urgency == "emergency"

    @property
    def calendar_time(self) -> bool:
        """Whether its limit runs by night and on holidays."""
        return self.emergency or self.clock == "calendar"


@dataclass(frozen=True, slots=True)
class Spot:
    """A named place; ``names`` are (Simplified, Traditional, English)."""

    code: str
    type_code: str
    names: tuple[str, str, str]
    area: str
    area_unit: str
    grid: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A report that somebody wrote out; nothing in it points at a person any more."""

    key: str
    words: str
    language: str
    kind: str
    spot: str | None


@dataclass(frozen=True, slots=True)
class Cast:
    """Ids of the people who act."""

    moderators: tuple[int, ...]
    leaders: tuple[int, ...]
    publisher: int
    #: (person, unit)
    verifiers: tuple[tuple[int, str], ...]
    #: unit → person
    clerks: dict[str, int]
    resident: int


@dataclass(frozen=True, slots=True)
class World:
    """One county at one moment (seconds since 1970)."""

    now: int
    kinds: dict[str, Kind]
    spots: dict[str, Spot]
    #: Category → codes of the places at which it can occur.
    places: dict[str, tuple[str, ...]]
    samples: tuple[Sample, ...]
    cast: Cast
    worktime: Worktime
    units: dict[str, str]
    phrases: dict[str, Any] = field(default_factory=dict)

    def drawings_of(self, kind: Kind) -> tuple[str | None, str | None]:
        """The drawings that show what the category says, (before, after); None where none does."""
        before, after = self.phrases["drawings"].get(kind.code, (None, None))
        return before, after
