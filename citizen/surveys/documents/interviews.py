"""The interviewers' pages."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from citizen.surveys.documents.desk import sections
from citizen.surveys.queries.waves import open_waves
from citizen.surveys.services.answering import Outcome
from citizen.web.locale import localised

OUTCOME_WORDS: dict[str, Any] = {
    Outcome.USED: _l("This invitation was used before, or its person does not take part."),
    Outcome.CLOSED: _l("This survey takes no interviews of that day."),
    Outcome.UNKNOWN: _l("There is no invitation with this number or code."),
}


def list_page() -> dict[str, Any]:
    """The surveys that take interviews."""
    rows = [
        {
            "title": localised(wave, "title"),
            "url": url_for("interviews.show", wave_id=wave.id),
            "opens": wave.opens_on,
            "closes": wave.closes_on,
        }
        for wave in open_waves()
    ]
    return {"rows": rows, "sections": sections("interviews")}
