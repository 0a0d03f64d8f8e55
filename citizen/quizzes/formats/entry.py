"""A question as typed: every part with its place, before anybody has judged it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from citizen.quizzes.formats.draft import Problem

#: A part longer than this is refused whatever follows.
MAX_PART = 8_000


@dataclass(frozen=True, slots=True)
class Known:
    """What reading needs to know of the county and what the author said for files that do not say it themselves."""

    #: Any name of a topic, folded → its code; see `topic_name`.
    topics: dict[str, str]
    topic: str = ""
    difficulty: int = 0


@dataclass(slots=True)
class Entry:
    """One question as typed: part ("stem_hans", "option_hans_0", "key" …) → text, and where each stands."""

    row: int
    texts: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[int, str]] = field(default_factory=dict)
    unsaid: frozenset[str] = frozenset()
    #: Found by the reader itself.
    problems: list[Problem] = field(default_factory=list)

    def put(self, part: str, text: str, row: int, column: str) -> None:
        """Set a part; what stands at the end of a part that was there already is added as a line of its own."""
        before = self.texts.get(part)
        if before and len(before) > MAX_PART:
            return  # it is too long already, and will be refused as that
        self.texts[part] = f"{before}\n{text}" if before else text
        self.places.setdefault(part, (row, column))

    def place(self, part: str) -> tuple[int, str]:
        """Where the part stands; the question's first row when it stands nowhere."""
        return self.places.get(part) or self.places.get("stem_hans") or self.places.get("stem_en") or (self.row, "1")

    def says(self, part: str, message: Any) -> None:
        """Note a problem with a part."""
        self.problems.append(Problem(*self.place(part), message))


def topic_name(name: str) -> str:
    """A topic's name as it is compared."""
    return re.sub(r"\s+", "", name).casefold()


def short(text: str) -> str:
    """``text`` as it fits into a sentence."""
    return text if len(text) <= 30 else f"{text[:29]}…"
