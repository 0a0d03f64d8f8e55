"""What a question is, what it must have, and how its versions pass from draft to retirement; pure."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.content import Words
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.numbers import random_code

MAX_STEM, MAX_OPTION, MAX_EXPLANATION, MAX_SOURCE = 500, 200, 1_500, 300
MIN_OPTIONS, MAX_OPTIONS = 2, 8
MAX_TAGS, MAX_TAG = 10, 20
#: The option ids of a true/false question, in the order shown.
TRUE, FALSE = "true", "false"


class Kind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


class VersionState(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    REVIEW = "review"
    READY = "ready"
    RETIRED = "retired"


S = VersionState
#: Verb → (from, to). "replace" is what happens to the ready version when the next one is approved.
TRANSITIONS: dict[str, tuple[VersionState, VersionState]] = {
    "hand_in": (S.DRAFT, S.REVIEW),
    "send_back": (S.REVIEW, S.DRAFT),
    "approve": (S.REVIEW, S.READY),
    "replace": (S.READY, S.RETIRED),
    "retire": (S.READY, S.RETIRED),
}
#: Nobody does these with a version that they wrote in.
SECOND_PERSON = frozenset({"approve", "send_back"})


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer; its id stays whatever its place is."""

    id: str
    words: Words


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that an author writes."""

    kind: Kind
    topic: str
    difficulty: int
    stem: Words
    #: Empty for true/false.
    options: tuple[Option, ...]
    key: frozenset[str]
    explanation: Words
    source: Words
    tags: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


def new_option_id() -> str:
    """An id that says nothing of the option's place or truth."""
    return random_code(5).lower()


def option_ids(content: Content) -> tuple[str, ...]:
    """The ids that a key may name."""
    return (TRUE, FALSE) if content.kind == Kind.TRUE_FALSE else tuple(option.id for option in content.options)


def ensure_transition(name: str, state: str, *, own: bool) -> VersionState:
    """The state that ``name`` leads to; ``own`` says whether the actor wrote in the version.

    Raises Conflict when the version stands elsewhere or when a second person is needed.
    """
    source, target = TRANSITIONS[name]
    if state != source:
        raise Conflict(_l("Somebody else was faster: the question stands elsewhere now. Please look again."))
    if own and name in SECOND_PERSON:
        raise Conflict(_l("You wrote in this version. A colleague who did not has to look at it."))
    return target


def ensure_content(content: Content) -> None:
    """Raise InvalidInput, with the field's name, for what not even a draft may be; see `lacking` for the rest."""
    if not content.stem.hans:
        raise InvalidInput(_l("Write the question in Chinese"), "stem_hans")
    if content.difficulty not in (1, 2, 3):
        raise InvalidInput(_l("Choose how hard it is"), "difficulty")
    if len(content.options) > MAX_OPTIONS:
        raise InvalidInput(_l("A question has at most %(most)s options", most=MAX_OPTIONS), "options")
    ids = option_ids(content)
    if len(set(ids)) != len(ids) or not content.key <= set(ids):
        raise InvalidInput(_l("Mark the right answer again"), "key")
    if content.valid_from and content.valid_to and content.valid_from > content.valid_to:
        raise InvalidInput(_l("The last day is before the first"), "valid_to")


def lacking(content: Content) -> list[tuple[str, object]]:
    """(field, sentence) of everything that stands between a draft and its review; empty when it may be handed in."""
    found: list[tuple[str, object]] = []
    named = (("stem", content.stem), ("explanation", content.explanation), ("source", content.source))
    for field, words in named:
        found += [(f"{field}_hans", _l("The Chinese text is missing"))] if not words.hans else []
        found += [(f"{field}_en", _l("The English text is missing"))] if not words.en else []
    for number, option in enumerate(content.options):
        found += [(f"option_hans_{number}", _l("The Chinese text is missing"))] if not option.words.hans else []
        found += [(f"option_en_{number}", _l("The English text is missing"))] if not option.words.en else []
    return found + _lacking_answers(content)


def _lacking_answers(content: Content) -> list[tuple[str, object]]:
    wanted = 1 if content.kind != Kind.MULTIPLE else 2
    if content.kind != Kind.TRUE_FALSE:
        if len(content.options) < MIN_OPTIONS:
            return [("options", _l("A question needs at least two options"))]
        for texts in ([o.words.hans for o in content.options], [o.words.en for o in content.options]):
            folded = [fold(text) for text in texts if text]
            if len(set(folded)) != len(folded):
                return [("options", _l("Two options say the same"))]
    if content.kind == Kind.MULTIPLE and len(content.key) < wanted:
        return [("key", _l("Mark at least two right answers, or make it a single choice"))]
    if content.kind != Kind.MULTIPLE and len(content.key) != 1:
        return [("key", _l("Mark exactly one right answer"))]
    return []


_SPACES = re.compile(r"\s+")
_ENDS = " .。．!！?？:：;；、,，"


def fold(text: str) -> str:
    """A text as two authors would agree that it is the same: width, case, spaces and the last mark do not count."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).casefold().strip(_ENDS)


def fingerprint(content: Content) -> str:
    """SHA-256 over what is asked and answered in Chinese, whatever the options' ids and their order are."""
    right = sorted(fold(option.words.hans) for option in content.options if option.id in content.key)
    wrong = sorted(fold(option.words.hans) for option in content.options if option.id not in content.key)
    bare = sorted(content.key) if content.kind == Kind.TRUE_FALSE else []
    parts = [content.kind.value, fold(content.stem.hans), right, wrong, bare]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def with_fresh_ids(content: Content) -> Content:
    """The same content with new option ids, for a question that is copied."""
    if content.kind == Kind.TRUE_FALSE:
        return content
    ids = {option.id: new_option_id() for option in content.options}
    options = tuple(Option(ids[option.id], option.words) for option in content.options)
    return replace(content, options=options, key=frozenset(ids[id_] for id_ in content.key))
