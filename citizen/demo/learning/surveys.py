"""The demonstration's surveys: awareness in spring and again in autumn, participation, and satisfaction that is being asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from citizen.core.clock import local
from citizen.core.content import Words, content
from citizen.demo.chance import pick, u
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.surveys.models import Invitation, Measure, MeasureItem, Response, Stratum, Wave
from citizen.surveys.rules.measures import UNKNOWN
from citizen.surveys.rules.waves import AGES, ANY_CHANNEL, Channel, Disposition, WaveState

#: Of the people of an area.
SHARES = {"18-44": 0.46, "45-59": 0.31, "60+": 0.23}
SAMPLING = Words.of(
    "按各社区户册等距抽取住户，每户由最近一个过生日的成年人回答；没有手机的由访问员当面代填。",
    "Households drawn at even steps from each community's list; the adult with the latest birthday answers; "
    "interviewers help those without a phone.",
)


@dataclass(frozen=True, slots=True)
class Told:
    """One wave: which measure, its title, how many days ago it ran, how it stands, and how well people do."""

    code: str
    title: Words
    days: tuple[int, int]
    state: WaveState
    level: float
    factor: float = 1.6


WAVES = (
    Told("awareness", Words.of("春季知晓率调查", "Awareness, spring"), (170, 150), WaveState.RELEASED, 0.70),
    Told("awareness", Words.of("秋季知晓率调查", "Awareness, autumn"), (40, 20), WaveState.RELEASED, 0.78),
    Told("participation", Words.of("秋季参与率调查", "Participation, autumn"), (38, 18), WaveState.CLOSED, 0.42),
    Told("satisfaction", Words.of("秋季满意率调查", "Satisfaction, autumn"), (6, -15), WaveState.OPEN, 0.72),
)


def tell_surveys(now: datetime, *, made_by: int, released_by: int) -> None:
    """Add the measures and their waves."""
    measures = {row["code"]: _measure(row, now, made_by) for row in content().yaml("survey_measures.yaml")["measures"]}
    for told in WAVES:
        wave = _wave(told, measures[told.code], now)
        wave.made_by = made_by
        wave.released_by = released_by if told.state == WaveState.RELEASED else None
        db.session.add(wave)
        db.session.flush()
        _fill(wave, told, now)


def _measure(row: dict[str, Any], now: datetime, made_by: int) -> Measure:
    begun = now - timedelta(days=200)
    title, words = Words.of(row["zh"], row["en"]), Words.of(row["definition_zh"], row["definition_en"])
    measure = Measure(
        code=row["code"], number=1, rate=row["rate"], needed=row["needed"], fixed_at=begun, made_by=made_by
    )
    measure.created_at = measure.changed_at = begun
    _write(measure, "title", title)
    _write(measure, "definition", words)
    db.session.add(measure)
    db.session.flush()
    for position, item in enumerate(row["items"], start=1):
        asked = MeasureItem(
            measure_id=measure.id, position=position, topic=item["topic"], anchor=item.get("anchor", False)
        )
        _write(asked, "question", Words.of(item["zh"], item["en"]))
        asked.options = [
            _option(f"{row['code']} {position} {number}", option) for number, option in enumerate(item["options"])
        ]
        db.session.add(asked)
    db.session.flush()
    return measure


def _option(name: str, row: dict[str, Any]) -> dict[str, Any]:
    words = Words.of(row["zh"], row["en"])
    id_ = sha256(name.encode()).hexdigest()[:6]
    return {"id": id_, "hans": words.hans, "hant": words.hant, "en": words.en, "counts": bool(row.get("counts"))}


def _write(row: Any, name: str, words: Words) -> None:
    for language in ("hans", "hant", "en"):
        setattr(row, f"{name}_{language}", getattr(words, language))


def _wave(told: Told, measure: Measure, now: datetime) -> Wave:
    first, last = (local(now - timedelta(days=days)).date() for days in told.days)
    done = now - timedelta(days=told.days[1] - 1)
    wave = Wave(measure_id=measure.id, state=told.state, opens_on=first, closes_on=last)
    wave.created_at = now - timedelta(days=told.days[0] + 14)
    wave.changed_at = min(done, now)
    wave.closed_at = done if told.state in (WaveState.CLOSED, WaveState.RELEASED) else None
    wave.released_at = done + timedelta(days=4) if told.state == WaveState.RELEASED else None
    _write(wave, "title", told.title)
    _write(wave, "sampling", SAMPLING)
    return wave


def _fill(wave: Wave, told: Told, now: datetime) -> None:
    """Cells, invitations and answers; a town's cells are small, so that some of them stay hidden."""
    query = db.select(MeasureItem).where(MeasureItem.measure_id == wave.measure_id).order_by(MeasureItem.position)
    items = list(db.session.execute(query).scalars())
    needed = db.session.get_one(Measure, wave.measure_id).needed
    serial, invitations, answers = 0, [], []
    for number, area in enumerate(directory().areas):
        for ages in AGES:
            people = int((9_000 + 11_000 * u("people", area)) * SHARES[ages])
            target = (44 if number < 6 else 24) + int(30 * u("target", area, ages))
            cell = Stratum(wave_id=wave.id, area_code=area, ages=ages, population=people, target=target)
            db.session.add(cell)
            db.session.flush()
            for _household in range(int(target * told.factor)):
                serial += 1
                row = _invited(wave, cell, serial, told)
                invitations.append(row)
                if row["disposition"] == Disposition.ANSWERED:
                    level = told.level + 0.16 * (u("level", area) - 0.5) - (0.1 if ages == "60+" else 0.0)
                    answers.append(
                        _response(wave, cell, items, needed=needed, name=f"{told.title.en} {serial} {level}")
                    )
    db.session.execute(db.insert(Invitation), invitations)
    db.session.execute(db.insert(Response), sorted(answers, key=lambda row: str(row["id"])))


def _invited(wave: Wave, cell: Stratum, serial: int, told: Told) -> dict[str, Any]:
    chance = u("invited", told.title.en, serial)
    share = 0.62 if told.state != WaveState.OPEN else 0.2
    rest = (Disposition.NOT_REACHED, Disposition.REFUSED, Disposition.UNUSED, Disposition.NOT_ELIGIBLE)
    found = Disposition.ANSWERED if chance < share else pick(rest, "rest", told.title.en, serial)
    if told.state == WaveState.OPEN and chance >= share:
        found = Disposition.UNUSED
    token = sha256(f"no token opens this {told.title.en} {serial}".encode()).hexdigest()
    return {
        "wave_id": wave.id,
        "stratum_id": cell.id,
        "serial": serial,
        "token_hash": token,
        "channel": pick(tuple(Channel), "channel", told.title.en, serial),
        "disposition": found,
        "disposed_on": None
        if found in (Disposition.UNUSED, Disposition.ANSWERED)
        else _day(wave, f"{told.title.en} {serial}"),
        "made_at": wave.created_at,
    }


def _day(wave: Wave, name: str) -> date:
    span = max(1, min((wave.closes_on - wave.opens_on).days, 6 if wave.state == WaveState.OPEN else 999))
    return wave.opens_on + timedelta(days=int(u("day", name) * span))


def _response(wave: Wave, cell: Stratum, items: list[MeasureItem], *, needed: int, name: str) -> dict[str, Any]:
    level = float(name.rsplit(" ", 1)[1])
    answers, counting = {}, 0
    for item in items:
        good = [option["id"] for option in item.options if option["counts"]]
        bad = [option["id"] for option in item.options if not option["counts"]] + [UNKNOWN]
        right = u("response", name, item.position) < level ** (0.5 if needed > 1 else 2.2)
        answers[str(item.id)] = pick(good if right else bad, "choice", name, item.position)
        counting += right
    digest = sha256(f"demo response {name}".encode()).hexdigest()
    open_ = wave.state == WaveState.OPEN
    return {
        "id": digest[:32],
        "wave_id": wave.id,
        "stratum_id": cell.id,
        "key": digest[32:],
        # Once a wave is closed its answers keep neither the way nor the day they came.
        "channel": pick(tuple(Channel), "answered by", name) if open_ else ANY_CHANNEL,
        "answers": answers,
        "counts": counting >= needed,
        "answered_on": _day(wave, f"answer {name}") if open_ else wave.closes_on,
    }
