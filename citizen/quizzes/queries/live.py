"""Reading a round: its standing for hundreds of phones, what is asked, and what the hall answered.

`asked` is an allow-list: no key, explanation or source is read for a question that is still open. `told` reads them, and
refuses to as long as the question is not closed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from flask import current_app
from sqlalchemy import Row

from citizen.core import clock
from citizen.core.numbers import derive_code
from citizen.extensions import db
from citizen.quizzes.models import BankQuestion, LiveAnswer, LiveItem, LiveRound, QuestionVersion
from citizen.quizzes.queries.drawing import stock
from citizen.quizzes.queries.keys import keys_of
from citizen.quizzes.queries.taking import SEEN
from citizen.quizzes.rules import live as rules
from citizen.quizzes.rules.attempts import is_right
from citizen.quizzes.rules.live import LiveState, Place, Tally
from citizen.quizzes.rules.questions import Kind

#: A standing is read from the database at most once in this time by one process, however many phones ask for it.
FRESH_SECONDS = 0.9
#: Rounds that one process remembers.
MOST_ROUNDS = 100
#: `LiveAnswer.position` of a phone that has come in; questions count from 1.
CAME_IN = 0
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a round stands, for everybody alike."""

    id: int
    code: str
    place: Place
    #: Grows with every step.
    version: int
    #: When the time of the question is over; none when the host alone decides.
    until: datetime | None
    seconds: int | None
    created_at: datetime
    #: Stands in the addresses that phones poll: whoever has it was let in, so that these addresses try out no codes.
    #: No two rounds share it, not even those of which one has the number of the other, long deleted.
    ticket: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a round as everybody may see it while it is open."""

    position: int
    version_id: int
    kind: Kind
    #: stem_hans, stem_hant, stem_en for `localised`.
    words: Mapping[str, str]
    #: Option ids in the order shown.
    order: Sequence[str]
    #: {"id", "hans", "hant", "en"} in that order; empty for true/false.
    options: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a question once it is closed."""

    key: Sequence[str]
    #: explanation_… and source_… for `localised`.
    words: Mapping[str, str]
    tally: Tally


_STANDING = (
    LiveRound.id,
    LiveRound.code,
    LiveRound.state,
    LiveRound.position,
    LiveRound.size,
    LiveRound.version,
    LiveRound.asked_at,
    LiveRound.seconds,
    LiveRound.created_at,
)


def standing(code: str, *, fresh: bool = False) -> Standing | None:
    """The round behind ``code``, at most `FRESH_SECONDS` old unless ``fresh``; None for a code that leads nowhere.

    A code that is in use goes before one whose round has ended. Opens no ORM session and reads at most one row; for use
    outside transactions, since its connection is its own.
    """
    known: dict[str, tuple[float, Standing]] = current_app.extensions.setdefault("citizen_rounds", {})
    found = known.get(code)
    if not fresh and found is not None and time.monotonic() - found[0] < FRESH_SECONDS:
        return found[1]
    with _lock:
        again = known.get(code)
        if not fresh and again is not None and again is not found and time.monotonic() - again[0] < FRESH_SECONDS:
            return again[1]
        read = _read(code)
        if read is not None:
            known.pop(code, None)
            known[code] = (time.monotonic(), read)
            while len(known) > MOST_ROUNDS:
                known.pop(next(iter(known)))
    return read


def forget(code: str) -> None:
    """Let this process read the standing anew; the others do so within `FRESH_SECONDS`."""
    current_app.extensions.get("citizen_rounds", {}).pop(code, None)


def _read(code: str) -> Standing | None:
    base = db.select(*_STANDING).where(LiveRound.code == code)
    after = clock.now() - rules.AFTERWARDS
    with db.engine.connect() as connection:
        row = connection.execute(base.where(LiveRound.state != LiveState.ENDED)).first()
        if row is None:
            row = connection.execute(base.where(LiveRound.ended_at > after).order_by(LiveRound.id.desc())).first()
    return _standing(row) if row is not None else None


def _standing(row: Row[Any] | LiveRound) -> Standing:
    secret = current_app.config["SETTINGS"].secret_bytes
    return Standing(
        id=row.id,
        code=row.code,
        place=Place(LiveState(row.state), row.position, row.size),
        version=row.version,
        until=rules.until(row.asked_at, row.seconds),
        seconds=row.seconds,
        created_at=row.created_at,
        ticket=derive_code(secret, "live-round", row.id, row.code, row.created_at.isoformat()).lower(),
    )


def standing_of(round_: LiveRound) -> Standing:
    """The same of a row that was read already."""
    return _standing(round_)


def rounds(most: int = 100) -> list[LiveRound]:
    """The rounds that are kept, the latest first."""
    return list(db.session.execute(db.select(LiveRound).order_by(LiveRound.id.desc()).limit(most)).scalars())


def asked(now: Standing | LiveRound, position: int) -> Asked | None:
    """The question at ``position``; None where the round has none. It is remembered, since it never changes.

    A round is known by more than its number, which SQLite gives out again once the last round is deleted.
    """
    known: dict[Any, Asked] = current_app.extensions.setdefault("citizen_live_items", {})
    key = (now.id, now.code, now.created_at, position)
    found = known.get(key)
    if found is not None:
        return found
    query = (
        db.select(LiveItem.position, LiveItem.version_id, LiveItem.order, *SEEN)
        .join(QuestionVersion, QuestionVersion.id == LiveItem.version_id)
        .where(LiveItem.round_id == now.id, LiveItem.position == position)
    )
    row = db.session.execute(query).mappings().first()
    if row is None:
        return None
    by_id = {option["id"]: option for option in row["options"]}
    found = Asked(
        position=row["position"],
        version_id=row["version_id"],
        kind=Kind(row["kind"]),
        words={name: row[name] for name in ("stem_hans", "stem_hant", "stem_en")},
        order=list(row["order"]),
        options=[by_id[id_] for id_ in row["order"] if id_ in by_id],
    )
    with _lock:
        known[key] = found
        while len(known) > MOST_ROUNDS:
            known.pop(next(iter(known)))
    return found


def told(now: Standing, question: Asked) -> Told:
    """Key, explanation, source and the hall's answers; raises RuntimeError for a question that is not closed."""
    if not rules.is_closed(question.position, place=now.place):
        raise RuntimeError("a question that is open has no answer yet")
    version = QuestionVersion
    names = [f"{field}_{language}" for field in ("explanation", "source") for language in ("hans", "hant", "en")]
    query = db.select(*(getattr(version, name) for name in names)).where(version.id == question.version_id)
    words = dict(db.session.execute(query).mappings().one())
    _kind, key = keys_of([question.version_id])[question.version_id]
    return Told(key, words, _tallies(now.id, [question])[question.position])


def results(now: Standing) -> list[tuple[Asked, Tally]]:
    """Every closed question with what the hall answered."""
    closed = [n for n in range(1, now.place.position + 1) if rules.is_closed(n, place=now.place)]
    questions = [question for n in closed if (question := asked(now, n)) is not None]
    tallies = _tallies(now.id, questions)
    return [(question, tallies[question.position]) for question in questions]


def _tallies(round_id: int, questions: Sequence[Asked]) -> dict[int, Tally]:
    keys = keys_of([question.version_id for question in questions])
    text = db.cast(LiveAnswer.answer, db.Text)
    query = (
        db.select(LiveAnswer.position, text.label("answer"), db.func.count().label("n"))
        .where(LiveAnswer.round_id == round_id, LiveAnswer.position.in_([q.position for q in questions]))
        .group_by(LiveAnswer.position, text)
    )
    groups: dict[int, list[tuple[list[str], int]]] = {}
    for position, answer, n in db.session.execute(query):
        groups.setdefault(position, []).append((json.loads(answer), n))
    found = {}
    for question in questions:
        kind, key = keys[question.version_id]
        rows = [(ids, n, is_right(kind, ids, key=key)) for ids, n in groups.get(question.position, [])]
        found[question.position] = rules.tally(rows, offered=question.order)
    return found


def own_answer(round_id: int, position: int, *, phone: str) -> list[str]:
    """What this phone answered; empty before."""
    query = db.select(LiveAnswer.answer).where(
        LiveAnswer.round_id == round_id, LiveAnswer.position == position, LiveAnswer.phone == phone
    )
    return list(db.session.execute(query).scalar() or [])


def own_score(now: Standing, *, phone: str) -> tuple[int, int]:
    """(right answers of this phone, closed questions that count)."""
    query = db.select(LiveAnswer.position, LiveAnswer.answer).where(
        LiveAnswer.round_id == now.id, LiveAnswer.phone == phone
    )
    mine: dict[int, list[str]] = {row.position: row.answer for row in db.session.execute(query)}
    closed = [n for n in range(1, now.place.position + 1) if rules.is_closed(n, place=now.place)]
    questions = [question for n in closed if (question := asked(now, n)) is not None]
    keys = keys_of([question.version_id for question in questions])
    found = [is_right(keys[q.version_id][0], mine.get(q.position), key=keys[q.version_id][1]) for q in questions]
    return sum(bool(result) for result in found), sum(result is not None for result in found)


def counts(now: Standing) -> tuple[int, int]:
    """(phones that are in, phones that have answered the present question)."""
    here = db.select(db.func.count(LiveAnswer.phone.distinct())).where(LiveAnswer.round_id == now.id)
    mine = db.select(db.func.count()).where(
        LiveAnswer.round_id == now.id, LiveAnswer.position == now.place.position, LiveAnswer.position > CAME_IN
    )
    row = db.session.execute(db.select(here.scalar_subquery(), mine.scalar_subquery())).one()
    return int(row[0]), int(row[1])


def took_part(round_id: int) -> int:
    """Phones that answered at least one question."""
    query = db.select(db.func.count(LiveAnswer.phone.distinct())).where(
        LiveAnswer.round_id == round_id, LiveAnswer.position > CAME_IN
    )
    return int(db.session.execute(query).scalar_one())


def picked(codes: Sequence[str]) -> dict[str, int]:
    """Code → the version of it that may be asked today; codes without one are left out."""
    ready = {candidate.version_id for candidate in stock(clock.today())}
    query = (
        db.select(BankQuestion.code, QuestionVersion.id)
        .join(QuestionVersion, QuestionVersion.question_id == BankQuestion.id)
        .where(db.func.upper(BankQuestion.code).in_(codes))
    )
    return {code.upper(): id_ for code, id_ in db.session.execute(query) if id_ in ready}


def code_is_free(code: str, now: datetime) -> bool:
    """Whether no round that goes on, or ended a short while ago, has this code."""
    query = db.select(LiveRound.id).where(
        LiveRound.code == code,
        db.or_(LiveRound.ended_at.is_(None), LiveRound.ended_at > now - rules.AFTERWARDS),
    )
    return db.session.execute(query.limit(1)).first() is None


def forgotten(now: datetime, *, most: int) -> list[int]:
    """Ids of rounds that go on although their time is over, the oldest first."""
    query = db.select(LiveRound.id).where(LiveRound.state != LiveState.ENDED, LiveRound.created_at <= now - rules.LIFE)
    return list(db.session.execute(query.order_by(LiveRound.id).limit(most)).scalars())
