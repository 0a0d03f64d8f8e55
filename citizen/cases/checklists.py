"""What a verifier looks at, and what their answers mean. Pure: categories' items come in as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.cases.rules import SOLVED, Resolution
from citizen.core.content import Words
from citizen.core.errors import InvalidInput

VISITED, PHOTO = "visited", "photo"
PASS, FAIL, UNSEEN = "yes", "no", "na"
#: The item that no case is closed without.
MAIN = "main"
FEWEST, MOST = 3, 5
MAX_OF_CATEGORY = 4


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at; ``words`` come from the county's data, ``label`` from the site's own catalogue."""

    id: str
    label: Any = ""
    words: Words | None = None

    def text(self, language: str) -> str:
        """The item in the page's language."""
        return self.words.in_language(language) if self.words else str(self.label)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a verifier says: how they looked, {item id: {"value", "why"}}, and words for the unit."""

    how: str
    items: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    words: str = ""


#: The main item says what the unit claims: only then is "passed" the truth about the claim.
_MAIN = {
    Resolution.FIXED: _l("The reported problem is gone"),
    Resolution.SELF_RESOLVED: _l("The reported problem is gone"),
    Resolution.NOT_FOUND: _l("The reported problem is not at this place"),
    Resolution.CANNOT_FIX: _l("The reason the unit gives is right"),
    Resolution.EDUCATED: _l("The unit was at the place and spoke to people"),
}
_CLEAN = Item("clean", _l("The place is clean and safe to use"))
_DAMAGE = Item("damage", _l("No new damage around"))
_HONEST = Item("honest", _l("The words for the reporter are true and clear"))


def checklist(
    point_types: Iterable[Mapping[str, Any]], *, category: str | None, resolution: str, point_type: str | None = None
) -> list[Item]:
    """Three to five items for a fix with ``resolution`` in ``category``.

    The first is the claim itself; then up to four items of the county's point types that belong to the category (only
    those of the point's own type, where the case lies at a point); then general ones. A problem that was not solved is
    not held against the state of the place, so only the claim and the words are looked at.
    """
    found = Resolution(resolution)
    main = Item(MAIN, _MAIN[found])
    if found not in SOLVED:
        return [main, _HONEST, _DAMAGE]
    special = _of_category(point_types, category, point_type)[: MOST - 1]
    items = [main, *special[:MAX_OF_CATEGORY]]
    for item in (_CLEAN, _DAMAGE):
        if len(items) < max(FEWEST, min(MOST, len(special) + FEWEST)):
            items.append(item)
    return items


def _of_category(point_types: Iterable[Mapping[str, Any]], category: str | None, point_type: str | None) -> list[Item]:
    rows = [
        row
        for kind in point_types
        if point_type is None or kind["code"] == point_type
        for row in kind["items"]
        if category and row["category"] == category and row["method"] in ("observe", "try")
    ]
    # Without a point the type of place is unknown: two items are enough, the rest would ask about other places.
    limit = MAX_OF_CATEGORY if point_type else 2
    return [Item(row["id"].replace(".", "-"), words=Words.of(row["zh"], row["en"])) for row in rows[:limit]]


def ensure_verdict(asked: Sequence[Item], findings: Findings, *, has_photo: bool) -> bool:
    """Whether the fix passed; raises InvalidInput, naming the field, when the answers do not suffice for either end.

    Passing needs the claim confirmed, nothing failed, and either a photo of one's own from the spot or the statement
    that the unit's photo is sufficient. Failing needs, for each failed item, words, or a photo with words for all.
    """
    if findings.how not in (VISITED, PHOTO):
        raise InvalidInput(_l("Say how you checked"), "how")
    if findings.how == VISITED and not has_photo:
        raise InvalidInput(_l("Add a photo that you took at the place"), "photos")
    answers = {item.id: findings.items.get(item.id, {}) for item in asked}
    values = {key: answer.get("value") for key, answer in answers.items()}
    if not set(values.values()) <= {PASS, FAIL, UNSEEN}:
        raise InvalidInput(_l("Answer every item"), "items")
    failed = [key for key, value in values.items() if value == FAIL]
    if failed:
        shown = has_photo and findings.words.strip()
        if not shown and not all(answers[key].get("why", "").strip() for key in failed):
            raise InvalidInput(_l("Say what is wrong at each failed item, or add a photo and a few words"), "items")
        return False
    if values[MAIN] != PASS:
        raise InvalidInput(
            _l("The first item must be seen: without it the case can neither be closed nor sent back"), "items"
        )
    return True


def complaint(items: Mapping[str, Mapping[str, str]], words: str) -> str:
    """What a verifier says is wrong, in one line for the unit: the words at each failed item, then those for all."""
    said = [answer.get("why", "") for answer in items.values() if answer.get("value") == FAIL]
    return "; ".join(dict.fromkeys(text for text in (*said, words) if text))
