"""The questions as they are asked, to residents and to interviewers: an allow-list without what counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from flask_babel import gettext as _

from citizen.surveys.documents.measures import option_words
from citizen.surveys.models import Wave
from citizen.surveys.queries.measures import items_of
from citizen.surveys.rules.measures import UNKNOWN
from citizen.web.locale import localised

#: Reading a question and choosing an answer, unhurried.
SECONDS_EACH = 20


@dataclass(frozen=True, slots=True)
class Offered:
    """One answer that can be chosen."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its answers; "don't know" stands last."""

    #: Name of its fields, such as "q12".
    name: str
    words: str
    options: tuple[Offered, ...]
    chosen: str = ""


def questions(wave: Wave, given: Mapping[str, str] | None = None) -> list[Question]:
    """The wave's questions in order, with what was chosen before."""
    chosen = given or {}
    return [
        Question(
            f"q{row.id}",
            localised(row, "question"),
            (*(Offered(str(o["id"]), option_words(o)) for o in row.options), Offered(UNKNOWN, _("I don't know"))),
            chosen.get(str(row.id), ""),
        )
        for row in items_of(wave.measure_id)
    ]


def typed_answers(form: Mapping[str, str]) -> dict[str, str]:
    """{item id as text: what was chosen} of a form that was sent; checked by the service."""
    return {name[1:]: value[:20] for name, value in form.items() if name[:1] == "q" and name[1:].isdigit() and value}


def minutes(wave: Wave) -> int:
    """How long it takes, in whole minutes."""
    return max(1, ceil(len(items_of(wave.measure_id)) * SECONDS_EACH / 60))
