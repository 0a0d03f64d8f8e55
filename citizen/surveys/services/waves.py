"""A wave from its draft to its release; every step is recorded, none leads back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import to_traditional
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.surveys.models import Invitation, Measure, Response, Stratum, Wave
from citizen.surveys.queries.measures import definition_of
from citizen.surveys.queries.waves import has_written
from citizen.surveys.rules.measures import lacking
from citizen.surveys.rules.waves import AGES, ANY_CHANNEL, MAX_DAYS, MAX_POPULATION, WaveState, ensure_transition
from citizen.surveys.services.measures import fix_measure


@dataclass(frozen=True, slots=True)
class WaveDraft:
    """What the office writes of a wave; texts are (Simplified Chinese, English)."""

    measure_id: int
    title: tuple[str, str]
    sampling: tuple[str, str]
    opens_on: date
    closes_on: date


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the sample."""

    area: str
    ages: str
    population: int
    target: int


def create_wave(draft: WaveDraft, *, by: int) -> Wave:
    """A new wave, as a draft. Raises InvalidInput."""
    _ensure(draft)
    now = clock.now()
    wave = Wave(state=WaveState.DRAFT, made_by=by, created_at=now, changed_at=now)
    _fill(wave, draft)
    db.session.add(wave)
    db.session.flush()
    _record("wave.draft", wave, by=by)
    return wave


def edit_wave(wave_id: int, draft: WaveDraft, *, seen: int, by: int) -> Wave:
    """Save a draft over what was ``seen`` of it. Raises NotFound, Conflict, InvalidInput."""
    wave = _draft(wave_id, seen)
    _ensure(draft)
    _fill(wave, draft)
    _changed(wave)
    _record("wave.edit", wave, by=by)
    return wave


def set_strata(wave_id: int, cells: Sequence[Cell], *, seen: int, by: int) -> Wave:
    """Let ``cells`` be all cells of a draft. Raises NotFound, Conflict, InvalidInput (field "cell-<area>-<ages>")."""
    wave = _draft(wave_id, seen)
    for cell in cells:
        ensure_cell(cell)
    if len({(cell.area, cell.ages) for cell in cells}) != len(cells):
        raise InvalidInput(_l("One area and age is there twice."))
    db.session.execute(db.delete(Stratum).where(Stratum.wave_id == wave.id))
    for cell in cells:
        row = Stratum(area_code=cell.area, ages=cell.ages, population=cell.population, target=cell.target)
        row.wave_id = wave.id
        db.session.add(row)
    _changed(wave)
    _record("wave.strata", wave, by=by, detail={"cells": len(cells), "target": sum(cell.target for cell in cells)})
    return wave


def ensure_cell(cell: Cell) -> None:
    """Raise InvalidInput for a cell that cannot be."""
    field = f"cell-{cell.area}-{cell.ages}"
    if cell.area not in directory().areas or cell.ages not in AGES:
        raise InvalidInput(_l("There is no such area or age."), field)
    if not 1 <= cell.population <= MAX_POPULATION:
        raise InvalidInput(_l("The population is a number from 1 on."), field)
    if not 0 <= cell.target <= cell.population:
        raise InvalidInput(_l("The target is not more than the people who live there."), field)


def lacking_to_open(wave: Wave) -> list[Any]:
    """Sentences of everything that stands between a draft and its opening; empty when it may be opened."""
    found: list[Any] = lacking(definition_of(db.session.get_one(Measure, wave.measure_id)))
    found += [] if wave.title_en else [_l("The title of the survey is missing in English.")]
    if not wave.sampling_hans or not wave.sampling_en:
        found.append(_l("How people are drawn is not written in both languages."))
    cells = db.session.execute(db.select(Stratum).where(Stratum.wave_id == wave.id)).scalars().all()
    if not cells:
        found.append(_l("The table of areas and ages is empty."))
    if any(cell.target < 1 for cell in cells):
        found.append(_l("An area and age has no target."))
    if wave.closes_on < clock.today():
        found.append(_l("The last day has passed."))
    return found


def open_wave(wave_id: int, *, seen: int, by: int) -> Wave:
    """Open a complete draft; its definition and its cells are fixed from now on.

    Raises NotFound; Conflict from elsewhere or after somebody's change; InvalidInput with the first thing that is missing.
    """
    wave = lock_wave(wave_id)
    target = ensure_transition("open", wave.state)
    if wave.version != seen:
        raise Conflict(_l("Somebody else changed the survey after you looked at it. Please look again."))
    for sentence in lacking_to_open(wave):
        raise InvalidInput(sentence)
    fix_measure(wave.measure_id)
    return _move(wave, target, by=by)


def close_wave(wave_id: int, *, by: int) -> Wave:
    """End an open wave for good. What the database could still tell of when and how single answers came is wiped out.

    Raises NotFound, Conflict.
    """
    wave = lock_wave(wave_id)
    target = ensure_transition("close", wave.state)
    _forget_ways(wave)
    wave.closed_at = clock.now()
    return _move(wave, target, by=by)


def release(wave_id: int, by: int) -> Wave:
    """Show the results of a closed wave to everybody. Raises NotFound, Conflict also when ``by`` made or wrote in it."""
    wave = lock_wave(wave_id)
    target = ensure_transition("release", wave.state, own=is_own(wave, by))
    wave.released_at, wave.released_by = clock.now(), by
    return _move(wave, target, by=by)


def is_own(wave: Wave, person_id: int) -> bool:
    """Whether ``person_id`` had a part in what the wave says: such people do not release it."""
    return wave.made_by == person_id or has_written(wave.id, person_id)


def lock_wave(wave_id: int) -> Wave:
    """The wave, locked for this transaction; raises NotFound."""
    wave = locked(Wave, Wave.id == wave_id)
    if wave is None:
        raise NotFound()
    return wave


def _forget_ways(wave: Wave) -> None:
    """Write all answers again in the order of their random ids and without their ways, and all invitations at once.

    Databases number the rows of a table as they come (SQLite's rowid) and note which transaction wrote them (PostgreSQL's
    xmin, shared by an answer and the invitation that it used). From here on all rows of a wave look alike there. The channel
    and the day, with the invitations of a cell beside them, would name the only one who was interviewed on a Sunday; the key
    is known to the device on which the answer was typed.
    """
    rows = [
        {**row, "key": secrets.token_hex(16), "channel": ANY_CHANNEL, "answered_on": wave.closes_on}
        for row in db.session.execute(
            db.select(Response.__table__).where(Response.wave_id == wave.id).order_by(Response.id)
        ).mappings()
    ]
    db.session.execute(db.delete(Response).where(Response.wave_id == wave.id))
    if rows:
        db.session.execute(db.insert(Response), rows)
    same = db.update(Invitation).where(Invitation.wave_id == wave.id).values(wave_id=wave.id)
    db.session.execute(same.execution_options(synchronize_session=False))


def _draft(wave_id: int, seen: int) -> Wave:
    wave = lock_wave(wave_id)
    if wave.state != WaveState.DRAFT:
        raise Conflict(_l("The survey has been opened: this does not change any more."))
    if wave.version != seen:
        raise Conflict(
            _l("Somebody else changed this meanwhile. What you typed is here; keeping it again replaces theirs."),
            current=wave,
        )
    return wave


def _ensure(draft: WaveDraft) -> None:
    if db.session.get(Measure, draft.measure_id) is None:
        raise InvalidInput(_l("Choose what is measured"), "measure")
    if not draft.title[0]:
        raise InvalidInput(_l("Write a title in Chinese"), "title_hans")
    if draft.closes_on < draft.opens_on:
        raise InvalidInput(_l("The last day is before the first"), "closes_on")
    if (draft.closes_on - draft.opens_on).days >= MAX_DAYS:
        raise InvalidInput(_l("A survey lasts at most %(days)s days", days=MAX_DAYS), "closes_on")


def _fill(wave: Wave, draft: WaveDraft) -> None:
    wave.measure_id, wave.opens_on, wave.closes_on = draft.measure_id, draft.opens_on, draft.closes_on
    for field in ("title", "sampling"):
        hans, english = getattr(draft, field)
        setattr(wave, f"{field}_hans", hans)
        setattr(wave, f"{field}_hant", to_traditional(hans))
        setattr(wave, f"{field}_en", english)


def _changed(wave: Wave) -> None:
    wave.version += 1
    wave.changed_at = clock.now()
    db.session.flush()


def _move(wave: Wave, target: WaveState, *, by: int) -> Wave:
    source, wave.state = wave.state, target
    _changed(wave)
    _record(f"wave.{target}", wave, by=by, states=(source, target))
    return wave


def _record(action: str, wave: Wave, *, by: int, **more: Any) -> None:
    record(action, "wave", subject_id=wave.id, actor=(by, "staff"), **more)
