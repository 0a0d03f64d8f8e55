"""When and where the next briefings are, in words: whoever needs one should know before signing up."""

from __future__ import annotations

from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.content import content
from citizen.volunteers.documents.cards import full_span
from citizen.volunteers.rules.briefings import Briefing, next_ones, weekly_from
from citizen.web.templating import words


def next_briefings() -> str:
    """The next two dates with their places, and that one simply comes; empty where the county names none."""
    rows = [weekly_from(raw) for raw in content().site.get("briefings") or []]
    dates = [_words(one) for one in next_ones(rows, clock.now(), most=2)]
    if not dates:
        return ""
    return str(_("%(first)s; then %(second)s. No need to sign up for it: just come.", first=dates[0], second=dates[1]))


def _words(one: Briefing) -> str:
    return str(_(", ")).join((full_span(one.starts_at, one.ends_at), words(one.place)))
