"""When and where the next briefings are, in words: whoever needs one should know before signing up."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.content import content
from citizen.volunteers.documents.cards import full_span
from citizen.volunteers.rules.briefings import Briefing, next_ones, weekly_from
from citizen.web.templating import words


def next_briefings(*, before: datetime | None = None) -> str:
    """The next two dates with their places, and that one simply comes; empty where the county names none.

    With ``before``, the start of a shift, also that both come too late for it.
    """
    rows = [weekly_from(raw) for raw in content().site.get("briefings") or []]
    dates = next_ones(rows, clock.now(), most=2)
    if not dates:
        return ""
    said = _said(*dates)
    if before is None or dates[0].ends_at <= before:
        return said
    return str(_("%(dates)s For this shift that is too late: choose a later one.", dates=said))


def _said(first: Briefing, second: Briefing) -> str:
    values = {"first": _span(first), "second": _span(second), "place": words(first.place)}
    if first.place == second.place:
        return str(_("%(first)s or %(second)s, %(place)s. No need to sign up for it: just come.", **values))
    values["other"] = words(second.place)
    text = _("%(first)s, %(place)s, or %(second)s, %(other)s. No need to sign up for it: just come.", **values)
    return str(text)


def _span(one: Briefing) -> str:
    return full_span(one.starts_at, one.ends_at)
