"""How people answer a version, as it stands beside the question at its authors' desk."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from citizen.quizzes.documents.bank_words import options_of
from citizen.quizzes.documents.quiz_desk import percent
from citizen.quizzes.documents.statistics import doubt_words, facility, number_or_dash, seconds_words
from citizen.quizzes.models import QuestionVersion
from citizen.quizzes.queries.bank import content_of, statistics_of
from citizen.quizzes.queries.keys import keys_of
from citizen.quizzes.queries.statistics import STALE
from citizen.web.locale import page_language
from citizen.web.templating import day

#: Where the quizzes' desk says more of a version.
MORE = "quiz_desk.version"


def statistics_panel(version: QuestionVersion | None) -> dict[str, Any]:
    """First answers, by what counts as right now; empty before anybody answered."""
    found = statistics_of(version.id) if version is not None else None
    if version is None or found is None or not found.n:
        return {}
    key = keys_of([version.id])[version.id][1]
    named = [(id_, mark or words.in_language(page_language())) for id_, mark, words in options_of(content_of(version))]
    return {
        "number": version.number,
        "n": found.n,
        "right": facility(found.right, found.n) if key else _("counts for nobody"),
        "discrimination": number_or_dash(found.discrimination),
        "seconds": seconds_words(found.seconds),
        "doubts": doubt_words(found.doubts) or ([_("doubtful")] if found.doubts else []),
        "corrected": set(key) != set(version.key),
        "rows": [
            {"name": name, "n": n, "share": percent(n, found.n), "right": id_ in key}
            for id_, name in [*named, ("", _("left empty"))]
            if (n := found.chosen.get(id_, 0)) or id_
        ],
        "computed": _("within the hour") if found.computed_at == STALE else day(found.computed_at),
        "url": url_for(MORE, version_id=version.id) if MORE in current_app.view_functions else "",
    }
