"""What the page of one question sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from werkzeug.datastructures import MultiDict

from citizen.core.numbers import parse_int
from citizen.quizzes.rules.questions import MAX_OPTIONS
from citizen.quizzes.rules.quizzes import MAX_SIZE


class Go(StrEnum):
    """Where the pressed button leads; every one of them stores the answer first."""

    NEXT = "next"
    #: On to the next one, even with nothing chosen.
    SKIP = "skip"
    PREVIOUS = "previous"
    OVERVIEW = "overview"
    #: Hand in this question by itself and stay to read why.
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer, and where to go."""

    chosen: tuple[str, ...]
    go: Go


def sent_from(form: MultiDict[str, str]) -> Sent:
    """What was sent; a button that is none of ours leads to the next question. Whether the ids were offered is asked later."""
    raw = form.get("go", "")
    # One more than there can be: too many is found out, and a flood of them is not read.
    chosen = tuple(id_[:40] for id_ in form.getlist("choice")[: MAX_OPTIONS + 1])
    return Sent(chosen, Go(raw) if raw in set(Go) else Go.NEXT)


def position_from(form: MultiDict[str, str]) -> int | None:
    """The question that somebody was at; None for the overview."""
    return parse_int(form.get("at", ""), 1, MAX_SIZE)
