"""What a closed wave found: counts by cell from its answers, shares, and what of them may be shown.

Answers are counted here and nowhere else; what leaves this module for a page has been through `rules.suppression`. No answer
is taken after closing, so a released result never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.surveys.models import Measure, MeasureItem, Response, Stratum, Wave
from citizen.surveys.queries import waves
from citizen.surveys.queries.measures import items_of
from citizen.surveys.rules.comparing import Difference, Verdicts, change, told_apart
from citizen.surveys.rules.estimates import Cell, Estimate, estimate, grouped
from citizen.surveys.rules.measures import counting
from citizen.surveys.rules.suppression import LEAST, Pair, Shown, shown
from citizen.surveys.rules.waves import WaveState, response_rate

BIGGEST_ID = 2**31 - 1
Key = TypeVar("Key", str, Pair)
#: The office sees results once nobody can answer any more; everybody once somebody else released them.
FOR_THE_OFFICE = (WaveState.CLOSED, WaveState.RELEASED)
FOR_ALL = (WaveState.RELEASED,)


@dataclass(frozen=True, slots=True)
class Results:
    """One wave with every share that may be shown; ``cells`` holds what may not and stays away from pages."""

    wave: Wave
    measure: Measure
    items: Sequence[MeasureItem]
    strata: Sequence[Stratum]
    cells: tuple[Cell, ...]
    kept: Shown
    county: Estimate | None
    areas: dict[str, Estimate]
    ages: dict[str, Estimate]
    parts: dict[Pair, Estimate]
    verdicts: Verdicts[str]
    #: {disposition: invitations} over the whole wave.
    dispositions: dict[str, int]
    response_rate: float | None


@dataclass(frozen=True, slots=True)
class ItemShare:
    """One question over the whole county: the share of those asked who gave an answer that counts."""

    item: MeasureItem
    share: Estimate | None


def wave_with_results(wave_id: int, states: Sequence[str]) -> Wave:
    """The wave if it stands in one of ``states``; raises NotFound for others as for unknown ones."""
    wave = waves.wave_of(min(wave_id, BIGGEST_ID))
    if wave.state not in states:
        raise NotFound()
    return wave


def released() -> list[Wave]:
    """Released waves, the latest first."""
    query = db.select(Wave).where(Wave.state.in_(FOR_ALL)).order_by(Wave.closes_on.desc(), Wave.id.desc())
    return list(db.session.execute(query).scalars())


def results_of(wave: Wave) -> Results:
    """Everything that may be shown of ``wave``."""
    strata = waves.strata_of(wave.id)
    cells = _cells(wave.id, strata)
    kept = shown({(cell.area, cell.ages): cell.n for cell in cells})
    by_area, by_ages = grouped(cells, lambda cell: cell.area), grouped(cells, lambda cell: cell.ages)
    areas = _shares({area: by_area[area] for area in by_area if area in kept.areas})
    sent = waves.totals(waves.dispositions(wave.id))
    return Results(
        wave=wave,
        measure=db.session.get_one(Measure, wave.measure_id),
        items=items_of(wave.measure_id),
        strata=strata,
        cells=tuple(cells),
        kept=kept,
        county=estimate(cells) if kept.total else None,
        areas=areas,
        ages=_shares({ages: by_ages[ages] for ages in by_ages if ages in kept.ages}),
        parts=_shares({(c.area, c.ages): [c] for c in cells if (c.area, c.ages) in kept.cells}),
        verdicts=told_apart(areas),
        dispositions=sent,
        response_rate=response_rate(sent),
    )


def _shares(groups: dict[Key, list[Cell]]) -> dict[Key, Estimate]:
    found = {key: estimate(cells) for key, cells in groups.items()}
    return {key: share for key, share in found.items() if share is not None}


def _cells(wave_id: int, strata: Sequence[Stratum]) -> list[Cell]:
    """One cell for each stratum with its answers, also those without any."""
    hits = db.func.sum(db.case((Response.counts, 1), else_=0))
    query = db.select(Response.stratum_id, db.func.count(), hits).where(Response.wave_id == wave_id)
    found = {row[0]: (int(row[1]), int(row[2])) for row in db.session.execute(query.group_by(Response.stratum_id))}
    return [Cell(row.area_code, row.ages, row.population, *found.get(row.id, (0, 0))) for row in strata]


def answers_of(wave_id: int) -> list[tuple[int, dict[str, str]]]:
    """(stratum id, answers) of everybody, in no order that means anything."""
    query = db.select(Response.stratum_id, Response.answers).where(Response.wave_id == wave_id)
    return [(stratum, answers) for stratum, answers in db.session.execute(query.order_by(Response.id))]


def cells_of_items(wave_id: int, strata: Sequence[Stratum], items: Iterable[MeasureItem]) -> list[Cell]:
    """One cell for each stratum, counting people who answered any of ``items``, by their share of answers that count.

    "Don't know" is an answer that does not count; what somebody left out is no answer.
    """
    right = {str(item.id): counting(item.options) for item in items}
    n, hits = dict.fromkeys((row.id for row in strata), 0), dict.fromkeys((row.id for row in strata), 0.0)
    for stratum, answers in answers_of(wave_id):
        given = [answers[key] in right[key] for key in right if key in answers]
        if given:
            n[stratum] += 1
            hits[stratum] += sum(given) / len(given)
    return [Cell(row.area_code, row.ages, row.population, n[row.id], hits[row.id]) for row in strata]


def item_shares(found: Results) -> list[ItemShare]:
    """Each question over the whole county; None where fewer than 30 people answered it."""
    shares = []
    for item in found.items:
        cells = cells_of_items(found.wave.id, found.strata, [item])
        enough = sum(cell.n for cell in cells) >= LEAST
        shares.append(ItemShare(item, estimate(cells) if enough else None))
    return shares


def wave_before(wave: Wave, states: Sequence[str]) -> Wave | None:
    """The latest wave of the same measure code that ended before ``wave``, among those in ``states``."""
    code = db.select(Measure.code).where(Measure.id == wave.measure_id).scalar_subquery()
    query = (
        db.select(Wave)
        .join(Measure, Measure.id == Wave.measure_id)
        .where(Measure.code == code, Wave.id != wave.id, Wave.state.in_(states), Wave.closes_on < wave.opens_on)
    )
    return db.session.execute(query.order_by(Wave.closes_on.desc(), Wave.id.desc()).limit(1)).scalar()


def wording(item: MeasureItem) -> tuple[object, ...]:
    """What must be the same in two waves for their answers to be comparable: the words, and which options count."""
    options = sorted((str(o["hans"]), str(o["en"]), bool(o["counts"])) for o in item.options)
    return (item.question_hans, item.question_en, tuple(options))


def same_rate(one: Results, other: Results) -> bool:
    """Whether two waves measured the same: the same definition, or one with the same questions and the same number needed."""
    if one.measure.id == other.measure.id:
        return True
    questions = [sorted(map(wording, found.items), key=repr) for found in (one, other)]
    return one.measure.needed == other.measure.needed and questions[0] == questions[1]


def change_since(earlier: Results, later: Results) -> Difference | None:
    """How the rate changed between two waves; None where it cannot be compared or one of them shows nothing."""
    if earlier.county is None or later.county is None or not same_rate(earlier, later):
        return None
    return change(earlier.county, later.county)
