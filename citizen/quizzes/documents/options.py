"""Possible answers in the page's language: what a taker chooses from, and what a result marks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from citizen.quizzes.rules.questions import FALSE, TRUE, Kind
from citizen.web.locale import page_language

LETTERS = "ABCDEFGH"
_TONGUE = {"zh-Hans": "hans", "zh-Hant": "hant", "en": "en"}


def option_rows(kind: Kind, options: Sequence[Mapping[str, str]], *, chosen: Collection[str]) -> list[dict[str, Any]]:
    """The answers in the attempt's order, lettered by their place, with what was chosen of them."""
    return [
        {"key": letter, "id": id_, "text": text, "chosen": id_ in chosen}
        for letter, (id_, text) in zip(LETTERS, _texts(kind, options), strict=False)
    ]


def _texts(kind: Kind, options: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    if kind == Kind.TRUE_FALSE:
        return [(TRUE, _("True")), (FALSE, _("False"))]
    tongue = _TONGUE[page_language()]
    return [(option["id"], option[tongue] or option["hans"]) for option in options]
