"""The time that an attempt has left, in words that hold without a script."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.quizzes.queries.place import Place
from citizen.quizzes.rules.attempts import EXTENSION, WARNING
from citizen.web.locale import choose_mode
from citizen.web.templating import clock as time_of_day


def remaining(at: Place, now: datetime) -> dict[str, Any] | None:
    """What a page says of the limit, and how to lengthen it; None for an attempt without one."""
    attempt = at.attempt
    if attempt.limit_at is None:
        return None
    left = max(timedelta(0), attempt.limit_at - now)
    seconds = int(left.total_seconds())
    return {
        "seconds": seconds,
        "words": span_words(seconds) if seconds else _("The time is over."),
        "until": time_of_day(attempt.limit_at),
        "soon": left <= WARNING,
        "more": None if attempt.extended or at.quiz.limit_seconds is None else _more(at),
    }


def _more(at: Place) -> dict[str, Any]:
    """The one extension: offered openly in elder mode, folded away for the rest."""
    minutes = (at.quiz.limit_seconds or 0) * EXTENSION // 60
    return {
        "url": url_for("attempts.extend", token=at.attempt.token),
        "open": choose_mode() == "elder",
        "words": ngettext(
            "You get %(num)d minute in all. You can ask for it once, and nobody asks why.",
            "You get %(num)d minutes in all. You can ask for it once, and nobody asks why.",
            minutes,
        ),
    }


def span_words(seconds: int) -> str:
    """A length of time in words, in minutes, and in seconds below one."""
    if seconds < 60:
        return str(ngettext("%(num)d second", "%(num)d seconds", seconds))
    return str(ngettext("%(num)d minute", "%(num)d minutes", seconds // 60))
