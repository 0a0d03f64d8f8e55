"""What the home page and the static pages show."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.boards.jobs import FIGURES
from citizen.core.content import Words, content, to_traditional
from citizen.core.text import to_simplified
from citizen.projection import queries as projection
from citizen.projection.documents import area_name, card, picture, status_words, story, unit_name
from citizen.projection.models import ReleasedFact
from citizen.projection.queries import BoardFilter
from citizen.web.locale import localised, page_language
from citizen.web.templating import Site, day, markdown, when

#: Below this many, a figure says little and may point to somebody.
FEWEST = 5
_LANGUAGE = re.compile(r"^<!-- lang: ([\w-]+) -->\s*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

TOPICS = ("report", "track", "board", "volunteer", "quiz", "privacy", "access", "contact")


def home_page() -> dict[str, Any]:
    """The sections of the home page; one without data is empty and does not show."""
    counts = projection.board_counts()
    repair = projection.newest_repair()
    red = projection.board_page(BoardFilter(board="red"), page=1, size=2)
    return {
        "repair": _repair(repair) if repair else None,
        "figures": home_figures(),
        "open_cards": [_row_card(fact) for fact in projection.open_entries(2)],
        "red_cards": [_row_card(fact) for fact in red],
        "exposure_total": sum(row.n for row in counts if row.board == "exposure"),
        "red_total": sum(row.n for row in counts if row.board == "red"),
        "installed": current_app.view_functions,
    }


def _row_card(fact: ReleasedFact) -> dict[str, Any]:
    shown = card(fact)
    return {
        **shown,
        "meta": f"{unit_name(fact.unit_code, short=True) or area_name(fact.area_code)} · {day(fact.day)}",
        "reply": "",
    }


def _repair(fact: ReleasedFact) -> dict[str, Any]:
    before, after = picture(fact, "before", size="large"), picture(fact, "after", size="large")
    names = (area_name(fact.area_code), localised(fact, "place"))
    return {
        "before": before,
        "after": after,
        "caption": "",
        "word": status_words(fact),
        "meta": " · ".join(dict.fromkeys(names)),
        "title": localised(fact, "title"),
        "url": url_for("boards.entry", number=fact.number),
        "events": [{**event, "reply": "", "unit": ""} for event in story(fact)],
    }


def home_figures() -> dict[str, Any] | None:
    """The last thirty days in figures, each with what it is out of; None while there are too few to say
    anything.
    """
    released = projection.figures(FIGURES)
    if released is None or released.data["received"]["n"] < FEWEST:
        return None
    data = released.data
    pieces = _("pieces")
    rows = [_stat(_("Reports received"), data["received"]["n"], pieces, note="")]
    if data["fixed"]["n"] >= FEWEST:
        checked = _("everything checked by somebody of another unit")
        rows.append(_stat(_("Fixed and verified"), data["fixed"]["n"], pieces, note=checked))
    if data["on_time"]["of"] >= FEWEST:
        out_of = _("%(n)s of the %(of)s that fell due", n=data["on_time"]["n"], of=data["on_time"]["of"])
        rows.append(_stat(_("Handled on time"), data["on_time"]["value"], "%", note=out_of))
    if data["median_days"]["n"] >= FEWEST:
        n = _("from hand-over to the unit's photos, n = %(n)s", n=data["median_days"]["n"])
        rows.append(_stat(_("Half of them took less than"), data["median_days"]["value"], _("days"), note=n))
    return {"rows": rows, "as_of": when(released.as_of)}


def _stat(label: str, n: Any, unit: str, *, note: str) -> dict[str, Any]:
    return {"label": label, "n": n, "unit": unit, "note": note}


def help_page(asked: str) -> dict[str, Any]:
    """The questions by topic; with words asked for only those that hold them all."""
    words = to_simplified(asked).casefold().split()
    groups: dict[str, list[dict[str, str]]] = {}
    for row in sorted(content().yaml("help.yaml")["entries"], key=lambda row: row["sort"]):
        everything = " ".join(row[key] for key in ("q_zh", "a_zh", "q_en", "a_en")).casefold()
        if all(word in everything for word in words):
            question = Words.of(row["q_zh"], row["q_en"]).in_language(page_language())
            answer = Words.of(row["a_zh"], row["a_en"]).in_language(page_language())
            groups.setdefault(row["topic"], []).append(
                {"id": row["id"].lower(), "question": fill(question), "answer": fill(answer)}
            )
    names = topic_names()
    ordered = [*TOPICS, *(code for code in groups if code not in TOPICS)]
    return {
        "asked": asked,
        "groups": [
            {"code": code, "name": names.get(code, code), "rows": groups[code]} for code in ordered if code in groups
        ],
        "said": ngettext("%(num)d question", "%(num)d questions", sum(map(len, groups.values()))),
    }


def topic_names() -> dict[str, str]:
    """The topics of the help page in words."""
    return {
        "report": _("Reporting"),
        "track": _("Following a report"),
        "board": _("The boards"),
        "volunteer": _("Volunteering"),
        "quiz": _("Quizzes"),
        "privacy": _("Your data"),
        "access": _("Using this site"),
        "contact": _("Reaching us"),
    }


def statement(name: str) -> dict[str, Any]:
    """A statement of the county's folder in the page's language, as a title and safe HTML.

    The file holds Simplified Chinese and English behind ``<!-- lang: … -->`` lines; Traditional is derived.
    """
    raw = (content().folder / name).read_text(encoding="utf-8")
    parts = _LANGUAGE.split(raw)
    texts = {parts[at]: parts[at + 1] for at in range(1, len(parts) - 1, 2)}
    language = page_language()
    text = texts.get(language) or texts["zh-Hans"]
    if language == "zh-Hant" and language not in texts:
        text = to_traditional(text)
    text = fill(_COMMENT.sub("", text)).strip()
    title, _newline, body = text.partition("\n")
    return {"title": title.lstrip("# ").strip(), "body": markdown(body)}


def fill(text: str) -> str:
    """``text`` with its {placeholders} replaced by the county's own words; an unknown one says that it is
    missing.
    """
    site, known = Site(), content().site
    own = {
        "hotline": site.hotline,
        "office_hours": site.hours,
        "operator_name": site.office,
        "operator_phone": site.hotline,
        "privacy_contact": site.office,
    }

    def value(match: re.Match[str]) -> str:
        found = known.get("statements", {}).get(match[1])
        if isinstance(found, dict):
            found = Words.of(found["hans"], found["en"]).in_language(page_language())
        return str(found or own.get(match[1]) or _("(not stated yet)"))

    return _PLACEHOLDER.sub(value, text)
