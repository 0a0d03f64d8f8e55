"""The rules of reporting: the steps, their guards, and how everyday words find a category. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

#: The pages of a report, in their order.
STEPS = ("photos", "place", "what", "check")
MAX_PHOTOS = 3
MIN_WORDS = 2
MAX_WORDS = 2_000
MAX_LANDMARK = 200
#: The group and the category of somebody who is not sure.
UNSURE = "unsure"
#: The area of somebody who cannot say and writes a landmark instead.
NO_AREA = "no"
#: The group in which people are asked to telephone first.
DANGER = "danger"
EMERGENCY = "emergency"

NEAR_METRES = 250
NEAR_LIMIT = 5
#: A listed place further than this from the pin does not describe it.
POINT_NEAR_PIN_METRES = 1_000

#: By when a moderator has said whether a report is accepted.
INTAKE_WORKING_DAYS = 1
KEEP_DRAFT = timedelta(days=30)
KEEP_SENT_DRAFT = timedelta(days=7)
PER_HOUR, PER_DAY = "20/hour", "60/day"
DRAFTS_PER_HOUR = "60/hour"


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """Where it is: always an area; coordinates in WGS-84 when the sender pointed at a place."""

    area: str
    grid: str | None = None
    point: str | None = None
    landmark: str = ""
    lon: float | None = None
    lat: float | None = None
    #: The datum in which the coordinates came.
    datum: str = "wgs84"
    #: gps, map, point, photo or list.
    source: str = "list"
    #: Metres, as the device claimed.
    accuracy: int | None = None

    def to_data(self) -> dict[str, Any]:
        """Plain values for a draft."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> PlaceChoice:
        """The choice behind `to_data`."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the sender, all of it optional; the telephone number also as it was typed."""

    name: str = ""
    phone: str | None = None
    phone_typed: str = ""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class NewReport:
    """Everything a report is made of, whoever sends it and however it comes in."""

    words: str
    place: PlaceChoice
    group: str | None = None
    category: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    contact: Contact = Contact()
    language: str = "zh-Hans"
    person_id: int | None = None
    #: web, staff, import or demo.
    source: str = "web"
    #: Only imports and the demonstration say when; otherwise it is now.
    received_at: datetime | None = None


def first_missing(data: Mapping[str, Any], photos: int) -> str | None:
    """The first step that still lacks something, or None when the report can be sent.

    A place and a kind of problem are needed, and either a photo or words.
    """
    if not data.get("place"):
        return "place"
    what = data.get("what") or {}
    if not (what.get("group") or what.get("category")) or not says_something(what.get("words", ""), photos):
        return "what"
    return None


def says_something(words: str, photos: int) -> bool:
    """Whether words and photos together tell anything: a photo, or two characters."""
    return photos > 0 or len(words.strip()) >= MIN_WORDS


def next_step(step: str, *, back: bool) -> str:
    """Where saving ``step`` leads: to the check page for somebody who only changed one answer, else
    onward."""
    return "check" if back else STEPS[STEPS.index(step) + 1]


def known_answers(questions: Iterable[Mapping[str, Any]], given: Mapping[str, str]) -> dict[str, str]:
    """Those of the ``given`` answers that the questions offer; everything else is dropped."""
    offered = {question["id"]: {option["value"] for option in question["options"]} for question in questions}
    return {key: value for key, value in given.items() if value in offered.get(key, ())}


def is_stale(sent: bool, updated_at: datetime, *, now: datetime) -> bool:
    """Whether a draft is to be forgotten: abandoned for thirty days, or sent a week ago."""
    return updated_at < now - (KEEP_SENT_DRAFT if sent else KEEP_DRAFT)


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """A category as the search by everyday words sees it; all texts folded (Simplified, lower case)."""

    code: str
    names: tuple[str, ...]
    keywords: tuple[str, ...]
    definition: str


def rank_categories(
    query: str, rows: Sequence[CategoryWords], *, synonyms: Mapping[str, str], limit: int = 6
) -> list[str]:
    """Codes of the categories that ``query`` (folded) speaks of, best first; ties keep the order of ``rows``.

    A synonym in the query adds its canonical word and never replaces anything: 饭店 is also part of names.
    """
    query = query.strip()
    if not query:
        return []
    asked = {text: _pairs(text) for text in (query, *(synonyms[word] for word in synonyms if word in query))}
    scored = [(max(_score(text, row, pairs) for text, pairs in asked.items()), row.code) for row in rows]
    best = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])
    return [code for _points, code in best[:limit]]


def _pairs(text: str) -> set[str]:
    """The pairs of neighbouring characters that are not both plain ASCII."""
    return {text[at : at + 2] for at in range(len(text) - 1) if not text[at : at + 2].isascii()}


def _score(text: str, row: CategoryWords, pairs: set[str]) -> int:
    """How well ``text`` fits: whole words first, then parts, then the definition, then shared pairs."""
    points = 0
    for weight, words in ((100, row.names), (90, row.keywords)):
        for word in words:
            if word == text:
                return weight
            if len(word) > 1 and word in text:
                points = max(points, weight - 40 + min(len(word), 20))
            elif len(text) > 1 and text in word:
                points = max(points, weight - 50)
    if points or len(text) < 2:
        return points
    if text in row.definition:
        return 20
    known = " ".join((*row.names, *row.keywords))
    return sum(2 for pair in pairs if pair in known)
