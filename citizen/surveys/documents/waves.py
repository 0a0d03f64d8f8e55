"""The pages of the survey desk. While a survey is open they tell how many answered, never what."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from citizen.core import clock
from citizen.surveys.documents.desk import area_names, cell_name, measure_name, sections, state_tag
from citizen.surveys.forms.strata import CellRow
from citizen.surveys.models import Measure, Wave
from citizen.surveys.queries.measures import measure_of, measures
from citizen.surveys.queries.results import FOR_THE_OFFICE, results_of
from citizen.surveys.queries.waves import batches, dispositions, strata_of, totals, waves
from citizen.surveys.rules.waves import (
    AGE_WORDS,
    CHANNEL_WORDS,
    DISPOSITION_WORDS,
    NOTABLE,
    Channel,
    Disposition,
    WaveState,
    response_rate,
)
from citizen.surveys.services.waves import lacking_to_open
from citizen.web.locale import localised


def list_page() -> dict[str, Any]:
    """All waves."""
    return {"rows": [_row(wave, measure) for wave, measure in waves()], "sections": sections("waves")}


def _row(wave: Wave, measure: Measure) -> dict[str, Any]:
    return {
        "title": localised(wave, "title"),
        "url": url_for("waves.show", wave_id=wave.id),
        "measure": measure_name(measure),
        "opens": wave.opens_on,
        "closes": wave.closes_on,
        "tag": state_tag(wave),
    }


def measure_choices(keep: int = 0) -> list[tuple[str, str]]:
    """The latest number of every measure, and the one that is chosen already."""
    latest: dict[str, Measure] = {}
    for row in measures():
        latest.setdefault(row.code, row)
    rows = [row for row in measures() if latest[row.code] is row or row.id == keep]
    return [(str(row.id), measure_name(row)) for row in rows]


def frame(wave: Wave) -> dict[str, Any]:
    """What every page of one wave shows at its top."""
    return {
        "wave": wave,
        "title": localised(wave, "title"),
        "tag": state_tag(wave),
        "url": url_for("waves.show", wave_id=wave.id),
        "sections": sections("waves"),
    }


def wave_page(wave: Wave) -> dict[str, Any]:
    """A wave as it stands: what a draft still lacks, or how far the answers have come."""
    measure = measure_of(wave.measure_id)
    return {
        **frame(wave),
        "measure": measure,
        "measure_name": measure_name(measure),
        "sampling": localised(wave, "sampling"),
        "lacking": lacking_to_open(wave) if wave.state == WaveState.DRAFT else [],
        "overdue": wave.state == WaveState.OPEN and wave.closes_on < clock.today(),
        "has_results": "wave_results.show" in current_app.view_functions,
        "early": wave.state == WaveState.OPEN and wave.opens_on > clock.today(),
        **progress(wave),
    }


def progress(wave: Wave) -> dict[str, Any]:
    """How many were invited and answered, by cell and in all.

    Once the wave is closed, cells that its results do not show have no numbers here either: beside a rate, they would say
    too much of a few people.
    """
    cells, counted = strata_of(wave.id), dispositions(wave.id)
    kept = results_of(wave).parts if wave.state in FOR_THE_OFFICE else [(cell.area_code, cell.ages) for cell in cells]
    all_ = totals(counted)
    rate = response_rate(all_)
    return {
        "cells": [
            _cell_row(cell, counted.get(cell.id, {}), open_=(cell.area_code, cell.ages) in kept) for cell in cells
        ],
        "some_hidden": len(kept) < len(cells),
        "answered": all_[Disposition.ANSWERED],
        "target": sum(cell.target for cell in cells),
        "population": sum(cell.population for cell in cells),
        "invited": sum(all_.values()),
        "rate": "" if rate is None else f"{rate:.1%}",
        "dispositions": [
            {"word": word, "n": all_[kind], "kind": kind.value} for kind, word in DISPOSITION_WORDS.items()
        ],
    }


def _cell_row(cell: Any, counted: dict[str, int], *, open_: bool) -> dict[str, Any]:
    return {
        "name": cell_name(cell.area_code, cell.ages),
        "answered": counted.get(Disposition.ANSWERED, 0) if open_ else None,
        "target": cell.target,
        "invited": sum(counted.values()),
        "refused": counted.get(Disposition.REFUSED, 0) if open_ else None,
        "not_reached": counted.get(Disposition.NOT_REACHED, 0) if open_ else None,
        "population": cell.population,
    }


def table_page(wave: Wave, rows: list[CellRow]) -> dict[str, Any]:
    """The table of areas and ages as a form, one group an area."""
    names = area_names()
    groups: dict[str, list[CellRow]] = {}
    for row in rows:
        groups.setdefault(row.area, []).append(row)
    return {
        **frame(wave),
        "groups": [(names[area], cells) for area, cells in groups.items()],
        "ages": AGE_WORDS,
        "wrong": [
            (f"{row.id}-population", _("%(cell)s: %(what)s", cell=cell_name(row.area, row.ages), what=row.error))
            for row in rows
            if row.error
        ],
    }


def invitations_page(wave: Wave) -> dict[str, Any]:
    """What was made, and the form for more."""
    return {
        **frame(wave),
        "batches": [
            {"word": CHANNEL_WORDS[Channel(row.channel)], "again": row.channel != Channel.INTERVIEW, "row": row}
            for row in batches(wave.id)
        ],
        "channels": [(kind.value, word) for kind, word in CHANNEL_WORDS.items()],
        **progress(wave),
    }


def disposition_choices() -> list[tuple[str, Any]]:
    """What can be noted, after an empty row."""
    return [("", _("Choose")), *((kind.value, DISPOSITION_WORDS[kind]) for kind in NOTABLE)]
