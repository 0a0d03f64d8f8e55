"""How a released fact reads on a page: cards, pictures and the story in days. Shapes are those of the
components.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.core.content import to_traditional
from citizen.departments.queries import directory
from citizen.projection.models import ReleasedFact
from citizen.web.locale import localised, page_language
from citizen.web.templating import day

#: Status → the shape of its tag.
SHAPES = {"done": "done", "red": "done", "overdue": "overdue", "working": "working"}


def status_words(fact: ReleasedFact) -> str:
    """The status in words; an overdue entry says by how many days."""
    if fact.status == "overdue" and fact.promised_day:
        late = max(1, (clock.today() - fact.promised_day).days)
        return str(ngettext("%(num)s day overdue", "%(num)s days overdue", late))
    return status_name(fact.status)


def status_name(status: str) -> str:
    """The word for a status."""
    names: dict[str, str] = {
        "done": _("Fixed"),
        "red": _("Red board"),
        "overdue": _("Overdue"),
        "working": _("Being handled"),
    }
    return names.get(status, status)


def area_name(code: str) -> str:
    """The name of an area in the page's language, or its code when the county no longer has it."""
    area = directory().areas.get(code)
    return localised(area, "name") if area else code


def unit_name(code: str | None, *, short: bool = False) -> str:
    """The name of a unit in the page's language, or nothing."""
    unit = directory().units.get(code or "")
    return localised(unit, "short" if short else "name") if unit else ""


def picture(fact: ReleasedFact, which: str, *, size: str) -> dict[str, Any] | None:
    """The "before" or "after" picture with the words read for it, or None.

    Staff write those words in Chinese, so a page in English says what is known in English.
    """
    name = getattr(fact, f"{which}_photo")
    if not name:
        return None
    written = getattr(fact, f"{which}_alt")
    alt = written if written and page_language() == "zh-Hans" else _default_alt(fact, which)
    label = _("Before the repair") if which == "before" else _("After the repair")
    when = fact.reported_day if which == "before" else fact.fixed_day or fact.verified_day
    url = url_for("photos.media", name=name, size=size)
    return {"url": url, "alt": alt, "label": label, "when": day(when) if when else ""}


def _default_alt(fact: ReleasedFact, which: str) -> str:
    if which == "before":
        return str(_("Photo of the place before the repair: %(title)s", title=localised(fact, "title")))
    return str(_("Photo of the place after the repair: %(title)s", title=localised(fact, "title")))


def pictures(fact: ReleasedFact, *, size: str) -> list[dict[str, Any]]:
    """The pictures that there are, before first."""
    return [found for found in (picture(fact, "before", size=size), picture(fact, "after", size=size)) if found]


def card(fact: ReleasedFact) -> dict[str, Any]:
    """The arguments of the component `card`."""
    return {
        "href": url_for("boards.entry", number=fact.number),
        "title": localised(fact, "title"),
        "pics": pictures(fact, size="thumb"),
        "state": SHAPES.get(fact.status, "none"),
        "word": status_words(fact),
        "meta": f"{area_name(fact.area_code)} · {card_day(fact)}",
        "reply": reply_line(fact),
    }


def card_day(fact: ReleasedFact) -> str:
    """The day that matters most: promised while it is open, verified once it is repaired."""
    if fact.status == "overdue" and fact.promised_day:
        return str(_("promised for %(day)s", day=day(fact.promised_day)))
    if fact.status == "working" and fact.promised_day:
        return str(_("due on %(day)s", day=day(fact.promised_day)))
    return day(fact.verified_day or fact.day)


def reply_line(fact: ReleasedFact) -> str:
    """The unit's reply behind its name, shortened for a card; units write Chinese, so a list in English
    has none.
    """
    words = reply_words(fact).replace("\n", " ")
    if not words or page_language() == "en":
        return ""
    words = words if len(words) <= 60 else words[:59] + "…"
    return str(_("%(unit)s: %(words)s", unit=unit_name(fact.unit_code, short=True), words=words))


def reply_words(fact: ReleasedFact) -> str:
    """The unit's reply in the characters of the page."""
    return to_traditional(fact.reply) if page_language() == "zh-Hant" else fact.reply


def story(fact: ReleasedFact) -> list[dict[str, Any]]:
    """The timeline of an entry, in days: times of day are not released."""
    unit = unit_name(fact.unit_code)
    events = [_event(_("A resident reported it"), fact.reported_day)]
    if fact.promised_day:
        events.append(_handed(fact, unit))
    if fact.fixed_day:
        events.append(_event(_("%(unit)s handed in photos of the repair", unit=unit), fact.fixed_day))
    if fact.verified_day:
        checked = _("It was checked by somebody of another unit, drawn by the system.")
        events.append(_event(_("Checked and found to be true"), fact.verified_day, text=checked))
    if fact.reply:
        events[-1] = {**events[-1], "reply": reply_words(fact), "unit": unit}
    return events


def _handed(fact: ReleasedFact, unit: str) -> dict[str, Any]:
    by_day = fact.promised_day or fact.day
    what = _(
        "Handed to %(unit)s, to be done by %(day)s",
        unit=unit or _("the unit responsible"),
        day=day(by_day),
    )
    state = {"overdue": "overdue", "working": "working"}.get(fact.status, "")
    text = status_words(fact) if fact.status == "overdue" else ""
    return {**_event(what, None, text=text), "state": state}


def _event(what: str, on: date | None, *, text: str = "") -> dict[str, Any]:
    iso = on.isoformat() if on else ""
    return {
        "what": what,
        "when": day(on) if on else "",
        "iso": iso,
        "state": "",
        "text": text,
        "reply": "",
        "unit": "",
    }


def days_taken(fact: ReleasedFact) -> int | None:
    """Whole days from the report to the verified repair, or None while it is open."""
    if fact.verified_day is None:
        return None
    return max(0, (fact.verified_day - fact.reported_day) // timedelta(days=1))
