"""What the pages of results show: the sentence, the chart, the tables and what was hidden."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from citizen.surveys.documents.chart import chart, group_sentences, summary
from citizen.surveys.documents.method import method
from citizen.surveys.documents.shares import (
    ages_name,
    area_name,
    change_words,
    interval,
    listed,
    percent,
    rate_name,
    sentence,
    topic_name,
)
from citizen.surveys.models import Wave
from citizen.surveys.queries.results import (
    FOR_ALL,
    Results,
    change_since,
    item_shares,
    results_of,
    same_rate,
    wave_before,
)
from citizen.surveys.queries.topics import Followed, Weak, followed, notes_of, weak_topics
from citizen.surveys.rules.comparing import sorted_by_share
from citizen.surveys.rules.estimates import Estimate
from citizen.web.locale import localised


def public_page(found: Results) -> dict[str, Any]:
    """A released wave as everybody sees it. Its questions stay unprinted: they are asked again."""
    earlier = wave_before(found.wave, FOR_ALL)
    return {**_both(found), "since": since(found, results_of(earlier)) if earlier else None}


def office_page(found: Results, states: tuple[str, ...]) -> dict[str, Any]:
    """The same for the office, with single questions, weak topics and what followed from the wave before."""
    before = wave_before(found.wave, states)
    earlier = results_of(before) if before else None
    noted = {(note.area_code, note.topic): note.words for note in notes_of(found.wave.id)}
    weak = [weak_row(weak, noted.pop((weak.area, weak.topic), "")) for weak in weak_topics(found)]
    return {
        **_both(found),
        "since": since(found, earlier) if earlier else None,
        "items": [
            {"name": localised(row.item, "question"), "topic": topic_name(row.item.topic or ""), **cells_of(row.share)}
            for row in item_shares(found)
        ],
        "weak": weak,
        "other_notes": [
            {"area": area_name(area), "topic": topic_name(topic), "words": words, "keys": (area, topic)}
            for (area, topic), words in noted.items()
        ],
        "followed": [followed_row(row) for row in followed(earlier, found)] if earlier else [],
    }


def _both(found: Results) -> dict[str, Any]:
    return {
        "wave": found.wave,
        "title": localised(found.wave, "title"),
        "rate": rate_name(found),
        "definition": localised(found.measure, "definition"),
        "definition_name": definition_name(found),
        "sentence": sentence(found),
        "county": found.county and cells_of(found.county),
        "response_rate": None if found.response_rate is None else percent(found.response_rate),
        "chart": chart(found),
        "summary": summary(found),
        "groups": group_sentences(found),
        "areas": area_rows(found),
        "table": age_table(found),
        "hidden": hidden_sentence(found),
        "method": method(found),
    }


def definition_name(found: Results) -> str:
    """Which definition, with its number."""
    values = {"title": localised(found.measure, "title"), "number": found.measure.number}
    return str(_("%(title)s, definition no. %(number)s", **values))


def list_rows(waves: list[Wave]) -> list[dict[str, Any]]:
    """Released waves with their sentence."""
    return [
        {
            "wave": found.wave,
            "title": localised(found.wave, "title"),
            "sentence": sentence(found),
            "definition": localised(found.measure, "definition"),
            "definition_name": definition_name(found),
        }
        for found in map(results_of, waves)
    ]


def cells_of(share: Estimate | None) -> dict[str, str | None]:
    """Share, interval and answers of a table row; all empty where they are not shown."""
    if share is None:
        return {"p": None, "span": None, "n": None}
    return {"p": percent(share.p), "span": interval(share), "n": f"{share.n:,}"}


def area_rows(found: Results) -> list[dict[str, Any]]:
    """The areas from the highest share down, those that are not shown at the end, each with those like it."""
    order = sorted_by_share(found.areas)
    rows = []
    for code in order:
        like = [area_name(other) for other in order if other in found.verdicts.alike[code]]
        word = _("all others") if len(like) == len(order) - 1 > 0 else listed(like)
        rows.append({"name": area_name(code), **cells_of(found.areas[code]), "like": word or _("none")})
    every = dict.fromkeys(row.area_code for row in found.strata)
    hidden = [code for code in every if code not in found.areas]
    return rows + [{"name": area_name(code), **cells_of(None), "like": None} for code in hidden]


def age_table(found: Results) -> dict[str, Any] | None:
    """Areas by age bands with their sums; None where nothing of any age may be shown."""
    if not found.ages and not found.parts:
        return None
    areas = dict.fromkeys(row.area_code for row in found.strata)
    bands = list(dict.fromkeys(row.ages for row in sorted(found.strata, key=lambda row: row.ages)))
    rows = [
        {
            "name": area_name(code),
            "cells": [cells_of(found.parts.get((code, ages))) for ages in bands],
            "sum": cells_of(found.areas.get(code)),
        }
        for code in areas
    ]
    last = {
        "name": _("Whole county"),
        "cells": [cells_of(found.ages.get(ages)) for ages in bands],
        "sum": cells_of(found.county),
    }
    return {"bands": [ages_name(ages) for ages in bands], "rows": [*rows, last]}


def hidden_sentence(found: Results) -> str:
    """Why some cells are empty; nothing where all are shown."""
    bands = {row.ages for row in found.strata}
    areas = {row.area_code for row in found.strata}
    if len(found.parts) == len(found.strata) and set(found.areas) == areas and set(found.ages) == bands:
        return ""
    return str(
        _(
            "“Not shown” means that fewer than 30 people answered, or that somebody could work out a cell with fewer than 30."
        )
    )


def since(found: Results, earlier: Results) -> dict[str, Any]:
    """The wave before and what changed since, or why that cannot be said."""
    change = change_since(earlier, found)
    if change is not None:
        words = change_words(change)
    elif not same_rate(earlier, found):
        words = _("The definition changed since then, so the two rates are not compared.")
    else:
        words = _("One of the two has too few answers to be compared.")
    return {"title": localised(earlier.wave, "title"), "wave": earlier.wave, "words": words, "was": sentence(earlier)}


def weak_row(weak: Weak, words: str) -> dict[str, Any]:
    """One weak topic of one area, with what was noted about it."""
    return {
        "area": area_name(weak.area),
        "topic": topic_name(weak.topic),
        "here": cells_of(weak.here),
        "county": cells_of(weak.county),
        "words": words,
        "keys": (weak.area, weak.topic),
    }


def followed_row(row: Followed) -> dict[str, Any]:
    """One note of the wave before, beside what this wave says."""
    if row.change is not None:
        words = change_words(row.change)
    else:
        words = _("Cannot be compared: the questions changed, or too few people answered them.")
    return {
        "area": area_name(row.note.area_code),
        "topic": topic_name(row.note.topic),
        "noted": row.note.words,
        "before": cells_of(row.before),
        "now": cells_of(row.now),
        "words": words,
    }
