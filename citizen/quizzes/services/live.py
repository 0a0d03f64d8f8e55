"""A round in a hall: opened, moved on by its host, answered by phones that nobody knows, ended and forgotten."""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite

from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import after_commit, constraint_means, locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.models import LiveAnswer, LiveItem, LiveRound, QuestionVersion
from citizen.quizzes.queries import live
from citizen.quizzes.queries.drawing import stock
from citizen.quizzes.queries.live import CAME_IN, Standing
from citizen.quizzes.rules import live as rules
from citizen.quizzes.rules.attempts import ensure_answer
from citizen.quizzes.rules.live import LiveState, Place, Verb
from citizen.quizzes.rules.questions import FALSE, TRUE, Kind
from citizen.quizzes.rules.quizzes import MAX_SIZE, Part, draw, ensure_blueprint

#: Codes that are tried; with half of all codes in use, one opening in a quadrillion would fail.
TRIES = 50
_ANSWERS: Any = LiveAnswer.__table__
#: The first half of the gate's number on PostgreSQL; the second is the round.
_GATE = 0x4C495645

for _name in ("ux_live_rounds_code", "live_rounds.code"):
    constraint_means(_name, lambda: Conflict(_l("Another round took the same code. Please send it once more.")))


@dataclass(frozen=True, slots=True)
class Draft:
    """What a host asks for: questions by their codes, in that order, or drawn by a blueprint."""

    title: str
    seconds: int | None
    codes: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What a phone sent; ``arrived`` is when the request came, before anything waited for a lock."""

    position: int
    chosen: Collection[str]
    arrived: datetime


def open_round(draft: Draft, *, by: int) -> LiveRound:
    """A new round that waits for its phones, its questions and the order of their options fixed for everybody.

    Raises InvalidInput for codes that cannot be asked today and for a blueprint that the bank cannot fill.
    """
    rules.ensure_seconds(draft.seconds)
    versions = _picked(draft.codes) if draft.codes else _drawn(draft.parts)
    now = clock.now()
    round_ = LiveRound(
        code=_free_code(now),
        title=draft.title,
        host_id=by,
        state=LiveState.WAITING,
        position=0,
        size=len(versions),
        seconds=draft.seconds,
        created_at=now,
    )
    db.session.add(round_)
    db.session.flush()
    db.session.execute(db.insert(LiveItem), _items(round_.id, versions))
    record(
        "round.open",
        "round",
        subject_id=round_.id,
        actor=(by, "staff"),
        states=(None, LiveState.WAITING.value),
        detail={"questions": len(versions)},
    )
    return round_


def step(round_id: int, verb: Verb, *, seen: int, by: int) -> bool:
    """Move the round on from what was ``seen`` of it (its version); False when it has moved meanwhile: nothing happens.

    Raises NotFound, and Conflict for a step that is not possible from where the round stands.
    """
    _pass_gate(round_id, alone=True)
    round_ = locked(LiveRound, LiveRound.id == round_id)
    if round_ is None:
        raise NotFound()
    if round_.version != seen:
        return False
    _move(round_, verb, actor=(by, "staff"))
    return True


def expire(round_id: int) -> bool:
    """End a round that nobody ended; False when somebody did meanwhile."""
    _pass_gate(round_id, alone=True)
    round_ = locked(LiveRound, LiveRound.id == round_id)
    if round_ is None or round_.state == LiveState.ENDED or clock.now() - round_.created_at < rules.LIFE:
        return False
    _move(round_, Verb.END, actor=(None, "system"))
    return True


def delete_old(now: datetime) -> int:
    """Delete rounds that are older than `rules.KEEP`, with their questions and answers; returns how many."""
    old = db.select(LiveRound.id).where(LiveRound.created_at < now - rules.KEEP)
    ids = list(db.session.execute(old).scalars())
    for model in (LiveAnswer, LiveItem):
        db.session.execute(db.delete(model).where(model.round_id.in_(ids)))
    db.session.execute(db.delete(LiveRound).where(LiveRound.id.in_(ids)))
    return len(ids)


def come_in(now: Standing, phone: str) -> None:
    """Count a phone as one that is there; counting it twice is counting it once."""
    values = {"round_id": now.id, "position": CAME_IN, "phone": phone, "answer": [], "answered_at": clock.now()}
    db.session.connection().execute(_insert().values(**values).on_conflict_do_nothing())


def answer(now: Standing, phone: str, *, given: Given) -> None:
    """Store a phone's answer over its earlier one, in one statement that finds the question open or does nothing.

    Raises NotFound for a question that the round has not, InvalidInput for what was not offered, Conflict once the
    question is closed or its time is over.
    """
    question = live.asked(now, given.position)
    if question is None:
        raise NotFound()
    closed = Conflict(_l("This question is closed. What you had sent before counts."))
    in_time = rules.takes_answers(now.place.state, now.until, arrived=given.arrived)
    if now.place.position != given.position or not in_time:
        raise closed
    chosen = ensure_answer(question.kind, given.chosen, offered=question.order)
    if not chosen:
        raise InvalidInput(_l("Choose an answer"), "choice")
    if not _stored(now.id, phone, given=given, chosen=chosen):
        raise closed


def _stored(round_id: int, phone: str, *, given: Given, chosen: list[str]) -> bool:
    """Whether the question was still open; of two answers on their way at once the later one stays."""
    is_open = (LiveRound.id == round_id, LiveRound.state == LiveState.ASKING, LiveRound.position == given.position)
    _pass_gate(round_id, alone=False)
    values = {
        name: literal(value, _ANSWERS.c[name].type)
        for name, value in (
            ("round_id", round_id),
            ("position", given.position),
            ("phone", phone),
            ("answer", chosen),
            ("answered_at", given.arrived),
        )
    }
    source = db.select(*values.values()).select_from(LiveRound).where(*is_open)
    statement = _insert().from_select(list(values), source)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["round_id", "position", "phone"],
        set_={"answer": new.answer, "answered_at": new.answered_at},
        where=new.answered_at >= _ANSWERS.c.answered_at,
    ).returning(_ANSWERS.c.id)
    if db.session.connection().execute(statement).first() is not None:
        return True
    return db.session.execute(db.select(LiveRound.id).where(*is_open)).first() is not None


def _pass_gate(round_id: int, *, alone: bool) -> None:
    """Answers go through side by side; the host alone, after those that came before and ahead of those that come after.

    A shared lock on the round's row would let new answers overtake a host who waits, for as long as any are on their way.
    Writers of SQLite are alone anyway.
    """
    if db.engine.dialect.name == "postgresql":
        gate = db.func.pg_advisory_xact_lock if alone else db.func.pg_advisory_xact_lock_shared
        db.session.execute(db.select(gate(_GATE, round_id)))


def _insert() -> Any:
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(_ANSWERS)


def _move(round_: LiveRound, verb: Verb, *, actor: tuple[int | None, str]) -> None:
    before = LiveState(round_.state)
    place = rules.step(verb, Place(before, round_.position, round_.size))
    now = clock.now()
    round_.state, round_.position = place.state, place.position
    round_.version += 1
    if place.state is LiveState.ASKING:
        round_.asked_at = now
    if place.state is LiveState.ENDED:
        round_.ended_at = now
        record("round.end", "round", subject_id=round_.id, actor=actor, states=(before.value, place.state.value))
    db.session.flush()
    code = round_.code
    after_commit(lambda: live.forget(code))


def _free_code(now: datetime) -> str:
    """Six digits from the system's random source: no code tells of another."""
    for _try in range(TRIES):
        code = f"{secrets.randbelow(10**rules.CODE_LENGTH):0{rules.CODE_LENGTH}d}"
        if live.code_is_free(code, now):
            return code
    raise Conflict(_l("Another round took the same code. Please send it once more."))


def _picked(codes: tuple[str, ...]) -> list[int]:
    wanted = list(dict.fromkeys(codes))
    if len(wanted) > MAX_SIZE:
        raise InvalidInput(_l("A quiz has at most %(most)s questions", most=MAX_SIZE), "codes")
    found = live.picked(wanted)
    missing = [code for code in wanted if code not in found]
    if missing:
        named = "、".join(missing[:10])
        raise InvalidInput(_l("These questions do not exist or cannot be asked now: %(codes)s", codes=named), "codes")
    return [found[code] for code in wanted]


def _drawn(parts: tuple[Part, ...]) -> list[int]:
    ensure_blueprint(parts)
    drawn = draw(parts, stock(clock.today()), chance=random.SystemRandom())
    if drawn is None:
        raise InvalidInput(_l("The bank has not enough questions of this kind now. Ask for fewer."), "blueprint")
    return drawn


def _items(round_id: int, versions: list[int]) -> list[dict[str, Any]]:
    """Rows for the questions; a true/false question keeps its order, since people expect "right" first."""
    chance = random.SystemRandom()
    version = QuestionVersion
    query = db.select(version.id, version.kind, version.options).where(version.id.in_(versions))
    orders: dict[int, list[str]] = {}
    for id_, kind, options in db.session.execute(query):
        ids = [option["id"] for option in options]
        chance.shuffle(ids)
        orders[id_] = [TRUE, FALSE] if kind == Kind.TRUE_FALSE else ids
    return [
        {"round_id": round_id, "position": position, "version_id": id_, "order": orders[id_]}
        for position, id_ in enumerate(versions, start=1)
    ]
