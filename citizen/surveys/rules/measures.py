"""What is measured: the three rates, what a definition must have, and when a person counts; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from flask_babel import lazy_gettext as _l

from citizen.core.content import Words
from citizen.core.errors import InvalidInput
from citizen.core.numbers import random_code
from citizen.quizzes.rules.questions import fold

MAX_TITLE, MAX_TITLE_EN, MAX_DEFINITION = 80, 160, 1_500
MAX_QUESTION, MAX_OPTION = 300, 120
MAX_ITEMS, MIN_OPTIONS, MAX_OPTIONS = 12, 2, 8
#: What "don't know" is called in answers. It is offered with every item, after its options, and never counts.
UNKNOWN = "unknown"


class Rate(StrEnum):
    """What kind of rate a definition measures."""

    AWARENESS = "awareness"
    PARTICIPATION = "participation"
    SATISFACTION = "satisfaction"


RATE_WORDS: dict[Rate, Any] = {
    Rate.AWARENESS: _l("Awareness rate"),
    Rate.PARTICIPATION: _l("Participation rate"),
    Rate.SATISFACTION: _l("Satisfaction rate"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer of an item; its id stays through all numbers of the code."""

    id: str
    words: Words
    counts: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a definition."""

    question: Words
    options: tuple[Choice, ...]
    topic: str = ""
    anchor: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything that the office writes of one number of a measure."""

    rate: str
    title: Words
    definition: Words
    #: A person counts with at least so many answers that count.
    needed: int
    items: tuple[Item, ...]


class Asked(Protocol):
    """What `counts` reads of a stored item: its id and its options as dicts with "id" and "counts"."""

    @property
    def id(self) -> Any:
        """The item's id."""

    @property
    def options(self) -> Any:
        """[{"id": …, "counts": …}]."""


def new_option_id() -> str:
    """An id that says nothing of the option's place or of whether it counts."""
    return random_code(5).lower()


def counts(needed: int, items: Iterable[Asked], answers: Mapping[str, str]) -> bool:
    """Whether a person counts for the rate: at least ``needed`` of ``items`` answered with an option that counts.

    ``answers`` is {item id as text: option id or `UNKNOWN`}; "don't know" and items left out never count.
    """
    given = sum(answers.get(str(item.id), "") in counting(item.options) for item in items)
    return given >= needed


def counting(options: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The ids of those stored ``options`` that count."""
    return frozenset(str(option["id"]) for option in options if option.get("counts"))


def ensure_answers(items: Iterable[Asked], answers: Mapping[str, str]) -> dict[str, str]:
    """``answers`` without what was left out.

    Raises InvalidInput for an item or option that was not asked, and when nothing at all was answered.
    """
    allowed = {str(item.id): {*(str(option["id"]) for option in item.options), UNKNOWN} for item in items}
    given = {key: value for key, value in answers.items() if value}
    for key, value in given.items():
        if value not in allowed.get(key, ()):
            raise InvalidInput(_l("This page is incomplete. Please load it again and send once more."))
    if not given:
        raise InvalidInput(_l("Answer at least one question. You may leave out any other."), "answers")
    return given


def ensure_measure(wanted: Definition) -> None:
    """Raise InvalidInput, with the field's name, for what not even a draft may be; see `lacking` for the rest."""
    if wanted.rate not in set(Rate):
        raise InvalidInput(_l("Choose what is measured"), "rate")
    if not wanted.title.hans:
        raise InvalidInput(_l("Write a title in Chinese"), "title_hans")
    if not wanted.items:
        raise InvalidInput(_l("Write at least one question"), "items")
    if len(wanted.items) > MAX_ITEMS:
        raise InvalidInput(_l("A measure has at most %(most)s questions", most=MAX_ITEMS), "items")
    if not 1 <= wanted.needed <= len(wanted.items):
        raise InvalidInput(_l("Needed are at least 1 and at most all questions"), "needed")
    for number, item in enumerate(wanted.items):
        _ensure_item(item, number)
    stems = [fold(item.question.hans) for item in wanted.items]
    if len(set(stems)) != len(stems):
        raise InvalidInput(_l("Two questions say the same"), "items")


def _ensure_item(item: Item, number: int) -> None:
    if not item.question.hans:
        raise InvalidInput(_l("Write the question in Chinese"), f"item-{number}-hans")
    if len(item.options) > MAX_OPTIONS:
        raise InvalidInput(_l("A question has at most %(most)s options", most=MAX_OPTIONS), f"item-{number}-hans")
    ids = [option.id for option in item.options]
    if len(set(ids)) != len(ids) or UNKNOWN in ids:
        raise InvalidInput(_l("This page is incomplete. Please load it again and send once more."))
    for texts in ([o.words.hans for o in item.options], [o.words.en for o in item.options]):
        folded = [fold(text) for text in texts if text]
        if len(set(folded)) != len(folded):
            raise InvalidInput(_l("Two options say the same"), f"item-{number}-hans")


def lacking(wanted: Definition) -> list[Any]:
    """Sentences of everything that stands between a definition and its first wave; empty when it may be used."""
    found: list[Any] = []
    found += [_l("The title is missing in English.")] if not wanted.title.en else []
    found += [_l("The written definition is missing in Chinese.")] if not wanted.definition.hans else []
    found += [_l("The written definition is missing in English.")] if not wanted.definition.en else []
    for number, item in enumerate(wanted.items, 1):
        found += _lacking_of(item, number)
    return found


def _lacking_of(item: Item, number: int) -> list[Any]:
    found: list[Any] = []
    if not item.question.en:
        found.append(_l("Question %(number)s is missing in English.", number=number))
    if len(item.options) < MIN_OPTIONS:
        found.append(_l("Question %(number)s needs at least two options.", number=number))
    if any(not option.words.hans or not option.words.en for option in item.options):
        found.append(_l("An option of question %(number)s is not written in both languages.", number=number))
    marked = [option.counts for option in item.options]
    if marked and (not any(marked) or all(marked)):
        found.append(_l("Question %(number)s needs options that count and options that do not.", number=number))
    return found


def wording(item: Item) -> tuple[Any, ...]:
    """What must stay the same for two waves to be comparable: the words, and which of them count."""
    options = tuple((option.words.hans, option.words.en, option.counts) for option in item.options)
    return item.question.hans, item.question.en, options


def changed_anchors(before: Sequence[Item], now: Sequence[Item]) -> list[Item]:
    """Anchors of ``before`` that are not asked in ``now`` as anchors in exactly the same words."""
    kept = {wording(item) for item in now if item.anchor}
    return [item for item in before if item.anchor and wording(item) not in kept]


def without_blanks(wanted: Definition) -> Definition:
    """The definition without rows that nobody filled in."""
    items = (
        replace(item, options=tuple(o for o in item.options if o.words.hans or o.words.en)) for item in wanted.items
    )
    kept = tuple(item for item in items if item.question.hans or item.question.en or item.options)
    return replace(wanted, items=kept)
