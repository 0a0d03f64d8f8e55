"""How a share, its interval and its place are written."""

from __future__ import annotations

from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _

from citizen.departments.queries import directory
from citizen.quizzes.queries.bank import topics
from citizen.surveys.queries.results import Results
from citizen.surveys.rules.comparing import Difference
from citizen.surveys.rules.estimates import Estimate
from citizen.surveys.rules.measures import RATE_WORDS, Rate
from citizen.surveys.rules.waves import AGE_WORDS
from citizen.web.locale import localised, page_language


def percent(share: float) -> str:
    """0.8804 as "88.0%"."""
    return f"{100 * share:.1f}%"


def interval(share: Estimate) -> str:
    """The 95 % interval as "83.6–91.4%"."""
    return f"{100 * share.low:.1f}–{100 * share.high:.1f}%"


def points(change: float) -> str:
    """A difference of shares in percentage points, always with its sign; nothing is "0.0"."""
    written = f"{100 * change:+.1f}".replace("-", "−")
    return "0.0" if written in ("+0.0", "−0.0") else written


def full_day(moment: date) -> str:
    """A day with its year: files are read in other years too."""
    return str(format_date(moment, "d MMMM y" if page_language() == "en" else "y年M月d日"))


def area_name(code: str) -> str:
    """The area in the page's language."""
    area = directory().areas.get(code)
    return localised(area, "name") if area is not None else code


def ages_name(ages: str) -> str:
    """The age band in words."""
    return str(AGE_WORDS.get(ages, ages))


def topic_name(code: str) -> str:
    """The topic in the page's language."""
    return next((topic.words.in_language(page_language()) for topic in topics() if topic.code == code), code)


def rate_name(found: Results) -> str:
    """The kind of rate: awareness, participation or satisfaction."""
    return str(RATE_WORDS[Rate(found.measure.rate)])


def listed(names: list[str]) -> str:
    """Names in a row, with the comma of the page's language."""
    return (", " if page_language() == "en" else "、").join(names)


def sentence(found: Results) -> str:
    """The rate of the whole county as one sentence with its interval, answers and response rate."""
    if found.county is None:
        return str(_("Too few people answered, so no rate is shown."))
    values = {
        "rate": rate_name(found),
        "p": percent(found.county.p),
        "span": interval(found.county),
        "n": f"{found.county.n:,}",
    }
    said = str(_("%(rate)s: %(p)s (95%% interval %(span)s), from %(n)s answers.", **values))
    if found.response_rate is None:
        return said
    join = " " if page_language() == "en" else ""
    return said + join + str(_("Response rate %(p)s.", p=percent(found.response_rate)))


def change_words(change: Difference) -> str:
    """A change in words that claim no more than its interval allows."""
    values = {"low": points(change.low), "high": points(change.high)}
    if not change.shown:
        values["by"] = points(change.change)
        return str(_("No change can be shown: %(by)s percentage points (95%% interval %(low)s to %(high)s).", **values))
    values["by"] = f"{100 * abs(change.change):.1f}"
    if change.change > 0:
        return str(_("Up by %(by)s percentage points (95%% interval %(low)s to %(high)s).", **values))
    return str(_("Down by %(by)s percentage points (95%% interval %(low)s to %(high)s).", **values))
