"""What all pages of the survey desk share: their sections, tags, names and choices."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from citizen.core.permissions import Permission, allowed
from citizen.departments.queries import directory
from citizen.quizzes.queries.bank import topics
from citizen.surveys.models import Measure, Wave
from citizen.surveys.rules.measures import RATE_WORDS, Rate
from citizen.surveys.rules.waves import AGE_WORDS, WAVE_STATE_WORDS, WaveState
from citizen.web.locale import localised, page_language

_TAGS = {
    WaveState.DRAFT: "none",
    WaveState.OPEN: "working",
    WaveState.CLOSED: "waiting",
    WaveState.RELEASED: "done",
}


def sections(current: str) -> list[dict[str, Any]]:
    """The desk's sections that the viewer may open; ``current`` is a blueprint's name."""
    words = {"waves": _("Surveys"), "measures": _("Definitions"), "interviews": _("Interviews")}
    rights = {"interviews": Permission.INTERVIEW}
    return [
        {"url": url_for(f"{name}.index"), "label": word, "current": name == current}
        for name, word in words.items()
        if f"{name}.index" in current_app.view_functions
        and allowed(current_user, rights.get(name, Permission.MANAGE_WAVE))
    ]


def state_tag(wave: Wave) -> tuple[str, Any]:
    """(kind of tag, word) of where a wave stands."""
    state = WaveState(wave.state)
    return _TAGS[state], WAVE_STATE_WORDS[state]


def rate_word(rate: str) -> Any:
    """What a rate is called."""
    return RATE_WORDS[Rate(rate)]


def rate_choices() -> list[tuple[str, Any]]:
    """(code, word) of what can be measured."""
    return [(rate.value, word) for rate, word in RATE_WORDS.items()]


def topic_choices() -> list[tuple[str, str]]:
    """(code, word) of the quiz topics, after "none"."""
    return [("", _("no topic")), *((row.code, row.words.in_language(page_language())) for row in topics())]


def measure_name(measure: Measure) -> str:
    """A number of a measure as it is spoken of."""
    return str(_("%(title)s, number %(number)s", title=localised(measure, "title"), number=measure.number))


def area_names() -> dict[str, str]:
    """{code: name} of the county's areas in the page's language, in the county's order."""
    return {code: localised(area, "name") for code, area in directory().areas.items()}


def area_choices(codes: set[str]) -> list[SelectChoice]:
    """Those of the county's areas that are in ``codes``."""
    return [SelectChoice(code, name) for code, name in area_names().items() if code in codes]


def cell_name(area: str, ages: str) -> str:
    """An area and an age band in words."""
    return str(_("%(area)s, %(ages)s", area=area_names().get(area, area), ages=AGE_WORDS[ages]))
