"""Measures, waves, invitations and responses for tests, written as rows: what a test needs, nothing else.

Call the ``make_…`` functions inside a transaction.
"""

from __future__ import annotations

import itertools
import secrets
from datetime import date, timedelta
from typing import Any

from citizen.core import clock
from citizen.extensions import db
from citizen.surveys.models import Invitation, Measure, MeasureItem, Response, Stratum, Wave
from citizen.surveys.queries.waves import token_hash
from citizen.surveys.rules.measures import Rate, counts
from citizen.surveys.rules.waves import AGES, Channel, Disposition, WaveState
from tests.county import people

_numbers = itertools.count(1)
#: The options of every made item: the first one counts.
YES, NO = "yes00", "no000"


def make_measure(
    code: str = "awareness", *, items: int = 2, topics: tuple[str, ...] = ("waste", "traffic"), **more: Any
) -> Measure:
    """A definition with ``items`` questions of two options each, of which `YES` counts; all items are needed."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "code": code,
        "number": n,
        "rate": Rate.AWARENESS,
        "title_hans": f"知晓率定义{n}",
        "title_hant": f"知曉率定義{n}",
        "title_en": f"Awareness, definition {n}",
        "definition_hans": "两道题都答对的常住居民",
        "definition_hant": "兩道題都答對的常住居民",
        "definition_en": "Residents who answer both questions with what counts",
        "needed": items,
        "made_by": people()["leader"].id,
        "created_at": clock.now(),
        "changed_at": clock.now(),
    }
    measure = Measure(**{**values, **more})
    db.session.add(measure)
    db.session.flush()
    for position in range(1, items + 1):
        db.session.add(make_item(measure, position, topics[(position - 1) % len(topics)] if topics else None))
    db.session.flush()
    return measure


def make_item(measure: Measure, position: int, topic: str | None = None, **more: Any) -> MeasureItem:
    """One item, not added yet."""
    name = f"{measure.number}-{position}"
    values: dict[str, Any] = {
        "measure_id": measure.id,
        "position": position,
        "topic": topic,
        "question_hans": f"测评题{name}怎么做？",
        "question_hant": f"測評題{name}怎麼做？",
        "question_en": f"What about survey question {name}?",
        "options": [
            {"id": YES, "hans": "知道的做法", "hant": "知道的做法", "en": "The known way", "counts": True},
            {"id": NO, "hans": "别的做法", "hant": "別的做法", "en": "Another way", "counts": False},
        ],
        "anchor": position == 1,
    }
    return MeasureItem(**{**values, **more})


def items_of(measure: Measure | int) -> list[MeasureItem]:
    """The measure's items in order."""
    measure_id = measure if isinstance(measure, int) else measure.id
    query = db.select(MeasureItem).where(MeasureItem.measure_id == measure_id).order_by(MeasureItem.position)
    return list(db.session.execute(query).scalars())


def make_wave(
    measure: Measure | None = None,
    *,
    state: str = WaveState.OPEN,
    areas: tuple[str, ...] = ("A1", "A2"),
    ages: tuple[str, ...] = AGES,
    cell: tuple[int, int] = (1_000, 30),
    **more: Any,
) -> Wave:
    """A wave of ten days around today, made by the leader, with one stratum of ``cell`` (population, target) for each
    area and age band.
    """
    measure = measure or make_measure()
    today, now = clock.today(), clock.now()
    done = state in (WaveState.CLOSED, WaveState.RELEASED)
    if state != WaveState.DRAFT and measure.fixed_at is None:
        measure.fixed_at = now
    values: dict[str, Any] = {
        "measure_id": measure.id,
        "state": state,
        "title_hans": "第一次调查",
        "title_hant": "第一次調查",
        "title_en": "First survey",
        "sampling_hans": "按户册随机抽取",
        "sampling_hant": "按戶冊隨機抽取",
        "sampling_en": "Drawn at random from the list of households",
        "opens_on": today - timedelta(days=3),
        "closes_on": today + timedelta(days=6),
        "made_by": people()["leader"].id,
        "created_at": now,
        "changed_at": now,
        "closed_at": now if done else None,
        "released_at": now if state == WaveState.RELEASED else None,
        "released_by": people()["head"].id if state == WaveState.RELEASED else None,
    }
    wave = Wave(**{**values, **more})
    db.session.add(wave)
    db.session.flush()
    for area in areas:
        for band in ages:
            db.session.add(Stratum(wave_id=wave.id, area_code=area, ages=band, population=cell[0], target=cell[1]))
    db.session.flush()
    return wave


def strata_of(wave: Wave | int) -> list[Stratum]:
    """The wave's strata, by area and then age."""
    wave_id = wave if isinstance(wave, int) else wave.id
    query = db.select(Stratum).where(Stratum.wave_id == wave_id).order_by(Stratum.area_code, Stratum.ages)
    return list(db.session.execute(query).scalars())


def make_invitation(
    stratum: Stratum,
    token: str = "",
    *,
    channel: str = Channel.CARD,
    disposition: str = Disposition.UNUSED,
    serial: int | None = None,
) -> Invitation:
    """One invitation; ``token`` opens it."""
    row = Invitation(
        wave_id=stratum.wave_id,
        stratum_id=stratum.id,
        serial=serial or next(_numbers),
        token_hash=token_hash(token or secrets.token_hex(8)),
        channel=channel,
        disposition=disposition,
        made_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_response(
    stratum: Stratum,
    *,
    yes: bool | dict[int, str] = True,
    channel: str = Channel.CARD,
    on: date | None = None,
    invited: bool = True,
) -> Response:
    """One person's answers in a cell, with a used invitation: all `YES`, all `NO`, or {position: option id}."""
    wave = db.session.get_one(Wave, stratum.wave_id)
    measure, items = db.session.get_one(Measure, wave.measure_id), items_of(wave.measure_id)
    chosen = yes if isinstance(yes, dict) else {item.position: YES if yes else NO for item in items}
    answers = {str(item.id): chosen[item.position] for item in items if item.position in chosen}
    row = Response(
        id=secrets.token_hex(16),
        wave_id=wave.id,
        stratum_id=stratum.id,
        key=secrets.token_hex(16),
        channel=channel,
        answers=answers,
        counts=counts(measure.needed, items, answers),
        answered_on=on or clock.today(),
    )
    db.session.add(row)
    if invited:
        make_invitation(stratum, channel=channel, disposition=Disposition.ANSWERED)
    return row


def make_responses(stratum: Stratum, yes: int, no: int, **more: Any) -> None:
    """``yes`` people who count and ``no`` who do not, in one cell."""
    for counted, n in ((True, yes), (False, no)):
        for _person in range(n):
            make_response(stratum, yes=counted, **more)
    db.session.flush()
