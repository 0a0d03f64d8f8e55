"""Where a wave found weak topics, what was noted about them, and what the next wave says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citizen.extensions import db
from citizen.surveys.models import MeasureItem, WaveNote
from citizen.surveys.queries.results import Results, pools_of_items, shares_by_area, wording
from citizen.surveys.rules.comparing import Difference, below, change, holm
from citizen.surveys.rules.estimates import Estimate
from citizen.surveys.rules.pooling import outside, share


@dataclass(frozen=True, slots=True)
class Weak:
    """A topic of which people in one area know significantly less than the rest of the county."""

    area: str
    topic: str
    here: Estimate
    county: Estimate


@dataclass(frozen=True, slots=True)
class Followed:
    """What was noted after the wave before, and how its share changed; None where that cannot be said."""

    note: WaveNote
    before: Estimate | None
    now: Estimate | None
    change: Difference | None


def topics_of(items: Sequence[MeasureItem]) -> dict[str, list[MeasureItem]]:
    """The items by topic; those without one are left out."""
    found: dict[str, list[MeasureItem]] = {}
    for item in items:
        if item.topic:
            found.setdefault(item.topic, []).append(item)
    return found


def weak_topics(found: Results) -> list[Weak]:
    """Areas and topics significantly below the rest of the county, the largest gap first.

    The share of a topic is the mean, over the people who answered any of its questions, of their share of answers that count;
    its variance is at most that of a yes or no, so the test errs on the careful side. Each area is held against all other
    areas together, one-sided, with Holm's correction over all areas and topics that are shown.
    """
    pairs: dict[tuple[str, str], Weak] = {}
    chances: dict[tuple[str, str], float] = {}
    for topic, items in topics_of(found.items).items():
        pools = pools_of_items(found, items)
        county = share(pools)
        for area, here in shares_by_area(pools).items():
            rest = share(pools, outside(area))
            if rest is not None and county is not None:
                pairs[area, topic] = Weak(area, topic, here, county)
                chances[area, topic] = below(here, rest)
    return sorted((pairs[pair] for pair in holm(chances)), key=lambda weak: (weak.here.p - weak.county.p, weak.area))


def notes_of(wave_id: int) -> Sequence[WaveNote]:
    """What was noted about a wave, in the order in which it was written."""
    query = db.select(WaveNote).where(WaveNote.wave_id == wave_id).order_by(WaveNote.made_at, WaveNote.id)
    return db.session.execute(query).scalars().all()


def note_at(wave_id: int, area: str, topic: str) -> WaveNote | None:
    """The note about one topic in one area."""
    query = db.select(WaveNote).where(WaveNote.wave_id == wave_id, WaveNote.area_code == area, WaveNote.topic == topic)
    return db.session.execute(query).scalar()


def followed(earlier: Results, later: Results) -> list[Followed]:
    """Each note of the ``earlier`` wave with the change that the ``later`` one shows there.

    Only questions that both waves asked in the same words are compared, with Newcombe's interval.
    """
    return [_followed(note, earlier, later) for note in notes_of(earlier.wave.id)]


def _followed(note: WaveNote, earlier: Results, later: Results) -> Followed:
    asked = [topics_of(found.items).get(note.topic, []) for found in (earlier, later)]
    same = {wording(item) for item in asked[0]} & {wording(item) for item in asked[1]}
    shares = [
        _share(found, note.area_code, [item for item in items if wording(item) in same])
        for found, items in zip((earlier, later), asked, strict=True)
    ]
    before, now = shares
    return Followed(note, before, now, change(before, now) if before and now else None)


def _share(found: Results, area: str, items: Sequence[MeasureItem]) -> Estimate | None:
    if not items:
        return None
    return shares_by_area(pools_of_items(found, items)).get(area)
