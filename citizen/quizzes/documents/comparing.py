"""Two wordings of a question side by side: only what differs, with the changed characters marked."""

from __future__ import annotations

import re
from collections.abc import Hashable
from difflib import SequenceMatcher
from typing import Any

from flask_babel import gettext as _

from citizen.core.content import Words
from citizen.quizzes.documents.bank_words import (
    difficulty_name,
    joined,
    kind_name,
    options_of,
    topic_name,
    validity,
)
from citizen.quizzes.rules.questions import Content
from citizen.web.locale import page_language

#: Texts that share less than this are two texts: marks between them would only confuse.
ALIKE = 0.3
_PARTS = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)


def changes(old: Content, new: Content) -> list[dict[str, Any]]:
    """A row for everything that differs: its label, the old and the new text, and both cut into kept and changed pieces."""
    before, after = _facts(old), _facts(new)
    if {option.id for option in old.options} != {option.id for option in new.options}:
        before.pop("order"), after.pop("order")  # an option more or less says it already
    rows = []
    for name in dict.fromkeys([*after, *before]):
        label, old_text, old_value = before.get(name, (after.get(name, ("",))[0], "", None))
        label, new_text, new_value = after.get(name, (label, "", None))
        if old_value != new_value:
            removed, added = pieces(old_text, new_text)
            rows.append({"label": label, "old": removed, "new": added})
    return rows


def pieces(old: str, new: str) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Both texts as (changed, text) pieces; as a single piece where they have little in common."""
    # Han characters one by one, Latin words and numbers as wholes: half a word in red helps nobody.
    before, after = _PARTS.findall(old), _PARTS.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if not old or not new or matcher.ratio() < ALIKE:
        return [(bool(old), old)], [(bool(new), new)]
    removed, added = [], []
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        removed.append((tag != "equal", "".join(before[old_from:old_to])))
        added.append((tag != "equal", "".join(after[new_from:new_to])))
    return [piece for piece in removed if piece[1]], [piece for piece in added if piece[1]]


def _facts(content: Content) -> dict[str, tuple[str, str, Hashable]]:
    """Name → label, text, and what has to be equal for the two to be the same."""
    plain = [
        ("kind", _("Type"), kind_name(content.kind)),
        ("topic", _("Topic"), topic_name(content.topic)),
        ("difficulty", _("Difficulty"), difficulty_name(content.difficulty)),
        ("validity", _("Validity"), validity(content.valid_from, content.valid_to)),
        ("tags", _("Tags"), joined(content.tags)),
    ]
    found: dict[str, tuple[str, str, Hashable]] = {name: (label, text, text) for name, label, text in plain}
    _add(found, "stem", _("Question text"), content.stem)
    for id_, mark, words in options_of(content):
        _add(found, f"option-{id_}", _("Option %(letter)s", letter=mark) if mark else str(words.hans), words)
    right = [
        mark or words.in_language(page_language()) for id_, mark, words in options_of(content) if id_ in content.key
    ]
    found["key"] = (_("Correct answers"), joined(right), content.key)
    found["order"] = (_("Order of the options"), _order(content), tuple(option.id for option in content.options))
    _add(found, "explanation", _("Explanation"), content.explanation)
    _add(found, "source", _("Source of the answer"), content.source)
    return found


def _order(content: Content) -> str:
    return joined(words.in_language(page_language()) for _id, mark, words in options_of(content) if mark)


def _add(found: dict[str, tuple[str, str, Hashable]], name: str, label: str, words: Words) -> None:
    found[f"{name}_hans"] = (_("%(what)s, Chinese", what=label), words.hans, words.hans)
    found[f"{name}_en"] = (_("%(what)s, English", what=label), words.en, words.en)
