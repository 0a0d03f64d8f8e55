"""Results as a table for spreadsheets: what is not shown on the page is empty here too, with a word that says so."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from citizen.core.exports import Cell
from citizen.surveys.documents.shares import ages_name, area_name
from citizen.surveys.queries.results import Results, item_shares
from citizen.surveys.rules.estimates import Estimate
from citizen.web.locale import localised


def header() -> list[str]:
    """The headings of the table."""
    return [
        _("Row"),
        _("Area"),
        _("Age"),
        _("Answers counted"),
        _("Share (percent)"),
        _("Interval from (percent)"),
        _("Interval to (percent)"),
        _("Note"),
    ]


def rows(found: Results) -> Iterator[list[Cell]]:
    """The county, its areas, its age bands, each of both, and single questions over the whole county."""
    everything = _("All")
    yield _row([_("Whole county"), everything, everything], found.county)
    for area in dict.fromkeys(row.area_code for row in found.strata):
        yield _row([_("Area"), area_name(area), everything], found.areas.get(area))
    for ages in dict.fromkeys(row.ages for row in found.strata):
        yield _row([_("Age band"), everything, ages_name(ages)], found.ages.get(ages))
    for row in found.strata:
        share = found.parts.get((row.area_code, row.ages))
        yield _row([_("Area and age band"), area_name(row.area_code), ages_name(row.ages)], share)
    for item in item_shares(found):
        yield _row([localised(item.item, "question"), everything, everything], item.share)


def _row(names: list[str], share: Estimate | None) -> list[Cell]:
    if share is None:
        return [
            *names,
            None,
            None,
            None,
            None,
            _("not shown: fewer than 30 answers, here or in what could be worked out"),
        ]
    return [*names, share.n, *(round(100 * value, 1) for value in (share.p, share.low, share.high)), ""]
