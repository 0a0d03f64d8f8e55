"""What a taker may see of an open attempt: an allow-list of columns. No key, no explanation, no source is ever read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion, Quiz
from citizen.quizzes.rules.attempts import AttemptState, Taker
from citizen.quizzes.rules.questions import Kind

#: Everything of a version that reaches a page before the attempt is handed in.
SEEN = (
    QuestionVersion.kind,
    QuestionVersion.stem_hans,
    QuestionVersion.stem_hant,
    QuestionVersion.stem_en,
    QuestionVersion.options,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as its taker sees it. ``words`` has stem_hans, stem_hant, stem_en for `localised`."""

    position: int
    kind: Kind
    words: Mapping[str, str]
    #: {"id", "hans", "hant", "en"} in the attempt's order; empty for true/false.
    options: Sequence[Mapping[str, str]]
    #: Chosen ids; None before the first answer.
    answer: Sequence[str] | None
    closed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One question in the overview: whether it has an answer."""

    position: int
    answered: bool


def attempt_of(token: str, taker: Taker) -> Attempt | None:
    """The attempt behind an address, for nobody but its taker."""
    query = db.select(Attempt).where(Attempt.token == token, Attempt.taker == taker.key)
    return db.session.execute(query).scalar_one_or_none()


_OPEN = (
    db.select(Attempt)
    .where(Attempt.quiz_id == db.bindparam("quiz"), Attempt.taker.in_(db.bindparam("keys", expanding=True)))
    .where(Attempt.state == AttemptState.OPEN)
    .order_by((Attempt.taker == db.bindparam("key")).desc(), Attempt.id.desc())
    .limit(1)
)
_MADE = db.select(db.func.count(), db.func.max(Attempt.no)).where(
    Attempt.quiz_id == db.bindparam("quiz"), Attempt.taker.in_(db.bindparam("keys", expanding=True))
)


def open_attempt(quiz_id: int, taker: Taker) -> Attempt | None:
    """The attempt that this taker has begun and not handed in; else the one that waits from before signing in."""
    whose = {"quiz": quiz_id, "keys": list(taker.keys), "key": taker.key}
    return db.session.execute(_OPEN, whose).scalar_one_or_none()


def asked(attempt: Attempt, position: int) -> Asked | None:
    """The question at ``position``; None where the attempt has none."""
    item = AttemptItem
    query = (
        db.select(item.position, item.order, item.answer, item.closed, *SEEN)
        .join(QuestionVersion, QuestionVersion.id == item.version_id)
        .where(item.attempt_id == attempt.id, item.position == position)
    )
    row = db.session.execute(query).mappings().first()
    return _asked(row) if row else None


def all_asked(attempt: Attempt) -> list[Asked]:
    """Every question of the attempt, in its order, for the page before handing in."""
    item = AttemptItem
    query = (
        db.select(item.position, item.order, item.answer, item.closed, *SEEN)
        .join(QuestionVersion, QuestionVersion.id == item.version_id)
        .where(item.attempt_id == attempt.id)
        .order_by(item.position)
    )
    return [_asked(row) for row in db.session.execute(query).mappings()]


def _asked(row: Mapping[Any, Any]) -> Asked:
    by_id = {option["id"]: option for option in row["options"]}
    return Asked(
        position=row["position"],
        kind=Kind(row["kind"]),
        words={name: row[name] for name in ("stem_hans", "stem_hant", "stem_en")},
        options=[by_id[id_] for id_ in row["order"] if id_ in by_id],
        answer=row["answer"],
        closed=row["closed"],
    )


def steps(attempt: Attempt) -> list[Step]:
    """Which questions have an answer; one left empty on purpose has none."""
    query = (
        db.select(AttemptItem.position, AttemptItem.answer)
        .where(AttemptItem.attempt_id == attempt.id)
        .order_by(AttemptItem.position)
    )
    return [Step(position, bool(answer)) for position, answer in db.session.execute(query)]


def first_unanswered(attempt: Attempt) -> int:
    """Where a resumed attempt goes on: the first question that was never answered or skipped, else the last one."""
    query = db.select(db.func.min(AttemptItem.position)).where(
        AttemptItem.attempt_id == attempt.id, AttemptItem.answered_at.is_(None)
    )
    return int(db.session.execute(query).scalar() or attempt.size)


def begun(taker: Taker) -> list[tuple[Attempt, Quiz]]:
    """Attempts that wait for their taker, the latest first."""
    query = (
        db.select(Attempt, Quiz)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Attempt.taker.in_(taker.keys), Attempt.state == AttemptState.OPEN)
        .order_by(Attempt.id.desc())
    )
    return [(attempt, quiz) for attempt, quiz in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Made:
    """What a taker has begun at one quiz, whatever became of it and under whichever of their keys."""

    #: How many attempts; those that the office set aside count too.
    many: int
    #: The number of the last one; 0 before the first.
    last: int


def made(quiz_id: int, taker: Taker) -> Made:
    """How often the taker has begun the quiz, before signing in too."""
    many, last = db.session.execute(_MADE, {"quiz": quiz_id, "keys": list(taker.keys)}).one()
    return Made(many, last or 0)


def asked_on(day: int, quiz_id: int) -> list[int]:
    """The versions that the day's latest attempt at a daily quiz was given; ``day`` as an ordinal."""
    # From the newest attempt backwards the search ends at once. The index of the quiz would lead through all its days,
    # which the sum keeps databases from choosing.
    latest = (
        db.select(Attempt.id)
        .where(Attempt.quiz_id + 0 == quiz_id, Attempt.no == day)
        .order_by(Attempt.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = db.select(AttemptItem.version_id).where(AttemptItem.attempt_id == latest)
    return list(db.session.execute(query).scalars())


def overdue(now: datetime, *, most: int) -> list[int]:
    """Ids of open attempts whose time is over, the longest overdue first."""
    query = db.select(Attempt.id).where(Attempt.state == AttemptState.OPEN, Attempt.ends_at < now)
    return list(db.session.execute(query.order_by(Attempt.ends_at).limit(most)).scalars())
