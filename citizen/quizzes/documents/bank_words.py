"""Words of the question desk: states, topics, types, letters of options."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.core.content import Words
from citizen.quizzes.forms.questions import DIFFICULTY_WORDS, KIND_WORDS
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.rules.questions import FALSE, TRUE, Content, Kind, VersionState
from citizen.web.locale import page_language
from citizen.web.templating import day

#: Shape and word of each state.
STATES: dict[VersionState, tuple[str, Any]] = {
    VersionState.DRAFT: ("working", _l("Draft")),
    VersionState.REVIEW: ("waiting", _l("In review")),
    VersionState.READY: ("done", _l("In use")),
    VersionState.RETIRED: ("held", _l("Retired")),
}
BARE_OPTIONS = {TRUE: Words("对", "對", "True"), FALSE: Words("错", "錯", "False")}


def state_tag(state: str) -> tuple[str, Any]:
    """Shape and word of a state."""
    return STATES[VersionState(state)]


def topic_name(code: str) -> str:
    """The topic's name in the page's language; the code of one that the county no longer has."""
    return next((row.words.in_language(page_language()) for row in topics() if row.code == code), code)


def kind_name(code: str) -> str:
    """The type in words."""
    return str(KIND_WORDS[Kind(code)])


def difficulty_name(number: int) -> str:
    """Number and word of a difficulty."""
    return f"{number} {DIFFICULTY_WORDS.get(number, '')}".strip()


def letter(index: int) -> str:
    """A for the first option, and so on; letters are for reading, never stored."""
    return chr(ord("A") + index)


def joined(texts: Iterable[object]) -> str:
    """Texts one after the other, with the page's own comma."""
    return (", " if page_language() == "en" else "、").join(str(text) for text in texts)


def options_of(content: Content) -> list[tuple[str, str, Words]]:
    """(id, letter, words) of everything that can be chosen; true and false have words of their own, and no letter."""
    if content.kind == Kind.TRUE_FALSE:
        return [(id_, "", words) for id_, words in BARE_OPTIONS.items()]
    return [(option.id, letter(n), option.words) for n, option in enumerate(content.options)]


def validity(valid_from: date | None, valid_to: date | None) -> str:
    """From when to when a version may be drawn; empty for always."""
    if valid_from and valid_to:
        return str(_("%(first)s to %(last)s", first=day(valid_from), last=day(valid_to)))
    if valid_to:
        return str(_("until %(day)s", day=day(valid_to)))
    return str(_("from %(day)s", day=day(valid_from))) if valid_from else ""
