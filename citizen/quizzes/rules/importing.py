"""What may be imported, how large, how long it is kept, and what an import does with each question; pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from citizen.core.errors import Conflict, InvalidInput

MAX_BYTES = 2_000_000
MAX_QUESTIONS = 2_000
#: More problems than this say nothing new to anybody.
MAX_PROBLEMS = 500
MAX_FILE_NAME = 120
KEPT = timedelta(days=30)


class Format(StrEnum):
    """How questions are written in a file."""

    XLSX = "xlsx"
    CSV = "csv"
    GIFT = "gift"
    #: Numbered questions with lettered options, as Chinese authors type them; after a format of the same idea.
    AIKEN = "aiken"


class Verdict(StrEnum):
    """What taking an import over does with one of its questions."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    #: It stands in the way of somebody's work, or lacks what only the bank could have filled in.
    BLOCKED = "blocked"


def ensure_decided(problems: int, *, leave_out: bool, questions: int) -> None:
    """Raise InvalidInput unless the author agreed to leave out what has problems, and something is left."""
    if problems and not leave_out:
        raise InvalidInput(
            _l("Some rows have problems. Tick that they may be left out, or put them right first."), "leave_out"
        )
    if not questions:
        raise InvalidInput(_l("There is nothing to take over."), "leave_out")


def ensure_seen(seen: str, now: str) -> None:
    """Raise Conflict when the bank has changed since the author looked; both are the plan's fingerprints."""
    if seen != now:
        raise Conflict(_l("The bank has changed since you looked. Please look at the list again."))
