"""The chart of areas: a point and an interval for each, and which of them cannot be told apart, in words and letters.

It is drawn on the server as rows of HTML with a small SVG each, so that its words grow with the reader's type, it needs no
script and it prints. The table beside it says the same.
"""

from __future__ import annotations

import math
from string import ascii_uppercase
from typing import Any

from flask_babel import gettext as _

from citizen.surveys.documents.shares import area_name, interval, listed, percent
from citizen.surveys.queries.results import Results
from citizen.surveys.rules.comparing import sorted_by_share
from citizen.surveys.rules.estimates import Estimate

#: The scale shows at least this much, so that small differences do not look large.
NARROWEST = 0.4


def chart(found: Results) -> dict[str, Any] | None:
    """Scale, rows (the county, then the areas from the highest share) and groups; None with fewer than two areas."""
    if found.county is None or len(found.areas) < 2:
        return None
    low, high = scale([found.county, *found.areas.values()])
    order = sorted_by_share(found.areas)
    letters = group_letters(found)
    rows = [row(_("Whole county"), found.county, scale=(low, high)) | {"county": True, "marks": [""] * len(letters)}]
    for area in order:
        marks = [letter if area in group else "" for letter, group in letters.items()]
        rows.append(row(area_name(area), found.areas[area], scale=(low, high)) | {"county": False, "marks": marks})
    middle = at(found.county.p, (low, high))
    return {"rows": rows, "ticks": ticks((low, high)), "middle": middle, "letters": len(letters)}


def row(name: str, share: Estimate, *, scale: tuple[float, float]) -> dict[str, Any]:
    """One row: its words and where its marks lie, in hundredths of the width."""
    return {
        "name": name,
        "text": percent(share.p),
        "span": interval(share),
        "n": f"{share.n:,}",
        "x": at(share.p, scale),
        "low": at(share.low, scale),
        "high": at(share.high, scale),
    }


def scale(shares: list[Estimate]) -> tuple[float, float]:
    """From and to which tenth the scale runs: all intervals lie on it."""
    low = math.floor(min(share.low for share in shares) * 10) / 10
    high = math.ceil(max(share.high for share in shares) * 10) / 10
    missing = max(0.0, NARROWEST - (high - low))
    low = max(0.0, low - math.ceil(missing * 10) / 10)
    return low, min(1.0, max(high, low + NARROWEST))


def ticks(scale: tuple[float, float]) -> list[dict[str, str]]:
    """A mark at every tenth of the scale; every fifth part of the whole has its word, so that words fit a phone."""
    tenths = range(round(scale[0] * 10), round(scale[1] * 10) + 1)
    return [{"x": at(step / 10, scale), "word": "" if step % 2 else f"{step * 10}%"} for step in tenths]


def at(share: float, scale: tuple[float, float]) -> str:
    """A place on the scale in hundredths of its width."""
    return f"{100 * (share - scale[0]) / (scale[1] - scale[0]):.2f}"


def group_letters(found: Results) -> dict[str, tuple[str, ...]]:
    """The groups within which areas cannot be told apart, each with its letter; nothing where one group holds them all.

    A letter stands for a group of two or more; an area in no such group has no letter, since it differs from all others.
    """
    groups = found.verdicts.groups
    if len(groups) < 2:
        return {}
    order = {area: place for place, area in enumerate(sorted_by_share(found.areas))}
    several = [group for group in groups if len(group) > 1]
    by_height = sorted(several, key=lambda group: sorted(order[area] for area in group))
    return dict(zip(ascii_uppercase, by_height, strict=False))


def group_sentences(found: Results) -> list[str]:
    """The same in words: who cannot be told apart from whom."""
    if found.county is None or len(found.areas) < 2:
        return []
    missing = [
        area_name(code) for code in dict.fromkeys(row.area_code for row in found.strata) if code not in found.areas
    ]
    hidden = [_("Not shown: %(names)s.", names=listed(missing))] if missing else []
    if len(found.verdicts.groups) == 1:
        return [
            _("No area can be told apart from any other: the differences may be chance, so there is no ranking."),
            *hidden,
        ]
    order = sorted_by_share(found.areas)
    said = []
    for letter, group in group_letters(found).items():
        names = listed([area_name(area) for area in order if area in group])
        said.append(_("%(letter)s: %(names)s cannot be told apart.", letter=letter, names=names))
    alone = [area_name(area) for area in order if not found.verdicts.alike[area]]
    if alone:
        said.append(_("Different from all other areas: %(names)s.", names=listed(alone)))
    return said + hidden


def summary(found: Results) -> str:
    """What the chart shows, in two sentences, for those who do not see it."""
    if found.county is None or len(found.areas) < 2:
        return ""
    order = sorted_by_share(found.areas)
    values = {
        "top": area_name(order[0]),
        "most": percent(found.areas[order[0]].p),
        "bottom": area_name(order[-1]),
        "least": percent(found.areas[order[-1]].p),
    }
    return str(_("From %(top)s (%(most)s) to %(bottom)s (%(least)s). The line is the 95%% interval of each.", **values))
