"""What a closed wave found: counts by cell from its answers, shares, and what of them may be shown.

Answers are counted here and nowhere else; every share comes from the pools of `rules.pooling`. No answer is taken after
closing, so a released result never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from citizen.core.errors import NotFound
from citizen.extensions import db
from citizen.surveys.models import Measure, MeasureItem, Response, Stratum, Wave
from citizen.surveys.queries import waves
from citizen.surveys.queries.measures import items_of
from citizen.surveys.rules.comparing import Difference, Verdicts, change, told_apart
from citizen.surveys.rules.estimates import Estimate
from citizen.surveys.rules.measures import counting
from citizen.surveys.rules.pooling import Place, Pool, of_ages, of_area, open_ages, open_areas, pooled, share, single
from citizen.surveys.rules.waves import WaveState, response_rate

BIGGEST_ID = 2**31 - 1
#: The office sees results once nobody can answer any more; everybody once somebody else released them.
FOR_THE_OFFICE = (WaveState.CLOSED, WaveState.RELEASED)
FOR_ALL = (WaveState.RELEASED,)


class Answers:
    """The answers of one wave, read when somebody first asks for them and then kept."""

    def __init__(self, wave_id: int) -> None:
        self._wave_id = wave_id

    @cached_property
    def rows(self) -> list[tuple[int, dict[str, str]]]:
        """(stratum id, answers) of everybody, in no order that means anything."""
        query = db.select(Response.stratum_id, Response.answers).where(Response.wave_id == self._wave_id)
        return [(stratum, answers) for stratum, answers in db.session.execute(query.order_by(Response.id))]


@dataclass(frozen=True, slots=True)
class Results:
    """One wave with every share that may be shown."""

    wave: Wave
    measure: Measure
    items: Sequence[MeasureItem]
    strata: Sequence[Stratum]
    #: What all shares are worked out from; none where too few people answered.
    pools: tuple[Pool, ...]
    county: Estimate | None
    areas: dict[str, Estimate]
    ages: dict[str, Estimate]
    #: By (area, age band).
    parts: dict[tuple[str, str], Estimate]
    verdicts: Verdicts[str]
    #: {disposition: invitations} over the whole wave.
    dispositions: dict[str, int]
    response_rate: float | None
    answers: Answers


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
    pools = pooled(_strata_as_pools(wave.id, strata))
    areas = shares_by_area(pools)
    sent = waves.totals(waves.dispositions(wave.id))
    return Results(
        wave=wave,
        measure=db.session.get_one(Measure, wave.measure_id),
        items=items_of(wave.measure_id),
        strata=strata,
        pools=pools,
        county=share(pools),
        areas=areas,
        ages={ages: _sure(share(pools, of_ages(ages))) for ages in open_ages(pools)},
        parts={pair: _sure(share([pool])) for pair, pool in single(pools).items()},
        verdicts=told_apart(areas),
        dispositions=sent,
        response_rate=response_rate(sent),
        answers=Answers(wave.id),
    )


def shares_by_area(pools: Sequence[Pool]) -> dict[str, Estimate]:
    """The shares of the areas that may be shown."""
    return {area: _sure(share(pools, of_area(area))) for area in open_areas(pools)}


def _sure(found: Estimate | None) -> Estimate:
    """A share of people who are there."""
    if found is None:
        raise ValueError("nobody is there")
    return found


def _strata_as_pools(wave_id: int, strata: Sequence[Stratum]) -> list[Pool]:
    """Each stratum with its answers, also those without any."""
    hits = db.func.sum(db.case((Response.counts, 1), else_=0))
    query = db.select(Response.stratum_id, db.func.count(), hits).where(Response.wave_id == wave_id)
    found = {row[0]: (int(row[1]), int(row[2])) for row in db.session.execute(query.group_by(Response.stratum_id))}
    return [Pool((_place(row),), *found.get(row.id, (0, 0))) for row in strata]


def _place(row: Stratum) -> Place:
    return Place(row.area_code, row.ages, row.population)


def pools_of_items(found: Results, items: Iterable[MeasureItem]) -> tuple[Pool, ...]:
    """The pools of a wave, counting people who answered any of ``items`` by their share of answers that count.

    "Don't know" is an answer that does not count; what somebody left out is no answer. Pools in which too few people
    answered these are put together further.
    """
    right = {str(item.id): counting(item.options) for item in items}
    where = {(place.area, place.ages): i for i, pool in enumerate(found.pools) for place in pool.places}
    of_stratum = {row.id: where.get((row.area_code, row.ages)) for row in found.strata}
    n, hits = [0] * len(found.pools), [0.0] * len(found.pools)
    for stratum, answers in found.answers.rows:
        given = [answers[key] in right[key] for key in right if key in answers]
        pool = of_stratum[stratum]
        if given and pool is not None:
            n[pool] += 1
            hits[pool] += sum(given) / len(given)
    return pooled([Pool(pool.places, n[i], min(hits[i], n[i])) for i, pool in enumerate(found.pools)])


def item_shares(found: Results) -> list[ItemShare]:
    """Each question over the whole county; None where too few people answered it."""
    return [ItemShare(item, share(pools_of_items(found, [item]))) for item in found.items]


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
