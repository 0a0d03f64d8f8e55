"""The life of an attempt: begun, answered, handed in by its taker or by the clock; each change under the attempt's lock."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from blinker import Namespace
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import defer

from citizen.core import clock
from citizen.core.database import constraint_means, insert_now, locked, locked_by, to_lock
from citizen.core.errors import Conflict, NotFound
from citizen.core.numbers import random_code
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion, Quiz
from citizen.quizzes.queries import taking
from citizen.quizzes.queries.drawing import grace, stock
from citizen.quizzes.queries.taking import Made
from citizen.quizzes.rules import attempts as rules
from citizen.quizzes.rules.attempts import AttemptState, Taker
from citizen.quizzes.rules.questions import FALSE, TRUE, Kind
from citizen.quizzes.rules.quizzes import (
    MAX_SIZE,
    Feedback,
    Part,
    QuizKind,
    draw,
    draw_of_day,
    ensure_open,
    is_first,
    rank_of_day,
    standing,
)
from citizen.quizzes.services.marking import mark

#: Sent inside the transaction in which an attempt gets its result; the sender is the `Attempt`.
attempt_marked = Namespace().signal("attempt-marked")

TOKEN_LENGTH = 16


class AlreadyBegun(Conflict):
    """The taker has an open attempt at this quiz: it goes on instead of a second one beginning."""


for _name in (
    "ux_attempts_open",
    "attempts.quiz_id, attempts.taker",
    "uq_attempts_quiz_id_taker_no",
    "attempts.quiz_id, attempts.taker, attempts.no",
):
    constraint_means(_name, lambda: AlreadyBegun(_l("You have begun this quiz already; it goes on where you were.")))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page sent for one question; ``arrived`` is when the request came, before anything waited for a lock."""

    position: int
    chosen: Collection[str]
    arrived: datetime
    #: Hand this question in by itself; only with feedback after each question.
    close: bool = False


def start(quiz_id: int, taker: Taker, *, area_code: str | None = None) -> Attempt:
    """Begin an attempt, or give back the one that the taker has open.

    Raises NotFound for a hidden quiz, Conflict when it is not open, when all attempts are used up or when the bank
    cannot fill it today, `AlreadyBegun` when another tab was faster.
    """
    quiz = _shared(quiz_id)
    if quiz is None or quiz.kind == QuizKind.REVIEW:
        raise NotFound()
    going_on = taking.open_attempt(quiz.id, taker)
    if going_on is not None:
        return going_on
    now = clock.now()
    found = standing(quiz.state, quiz.opens_at, closes_at=quiz.closes_at, now=now)
    if found == "hidden":
        raise NotFound()
    ensure_open(found)
    if quiz.account_needed and taker.person_id is None:
        raise Conflict(_l("This quiz needs an account: its results stand on the board."))
    made = taking.made(quiz.id, taker)
    number = _next_number(quiz, made)
    return begin(quiz, taker, versions=_drawn(quiz), number=number, made=made.many, area_code=area_code)


#: Everybody who begins asks this; built once.
_SHARED = (
    db.select(Quiz)
    .where(Quiz.id == db.bindparam("quiz"))
    .options(defer(Quiz.frozen_board))
    .with_for_update(read=True)
    .execution_options(populate_existing=True)
)


def _shared(quiz_id: int) -> Quiz | None:
    """The quiz as it is now. Whoever closes it waits until this attempt has begun, or this attempt until it is closed."""
    return db.session.execute(_SHARED, {"quiz": quiz_id}).scalar_one_or_none()


def begin(
    quiz: Quiz, taker: Taker, *, versions: list[int], number: int, made: int, area_code: str | None = None
) -> Attempt:
    """Write the attempt with its questions, in this order, their options shuffled; ``made`` others came before it."""
    now = clock.now()
    limit = timedelta(seconds=quiz.limit_seconds) if quiz.limit_seconds else None
    times = rules.times(now, limit=limit, grace=grace(), closes_at=quiz.closes_at)
    attempt = Attempt(
        token=random_code(TOKEN_LENGTH).lower(),
        quiz_id=quiz.id,
        taker=taker.key,
        person_id=taker.person_id,
        no=number,
        state=AttemptState.OPEN,
        size=len(versions),
        started_at=now,
        limit_at=times.limit_at,
        ends_at=times.ends_at,
        first=is_first(quiz.kind, made=made),
        area_code=area_code,
        device=taker.device,
    )
    insert_now(attempt)
    db.session.connection().execute(_ITEM, _items(attempt.id, versions))
    return attempt


def _next_number(quiz: Quiz, made: Made) -> int:
    if quiz.kind == QuizKind.DAILY:
        today = clock.today().toordinal()
        if made.last >= today:
            raise Conflict(_l("You have done today's questions. New ones come tomorrow."))
        return today
    if quiz.attempts_allowed is not None and made.many >= quiz.attempts_allowed:
        raise Conflict(_l("You have used all your attempts at this quiz."))
    return made.last + 1


def _drawn(quiz: Quiz) -> list[int]:
    parts = [Part(part["topic"], part["difficulty"], part["n"]) for part in quiz.blueprint]
    named = {part.topic for part in parts}
    topics = None if None in named else frozenset(topic for topic in named if topic)
    today = clock.today()
    if quiz.kind == QuizKind.DAILY:
        rank = rank_of_day(current_app.config["SETTINGS"].secret_bytes, quiz.id, day=today)
        asked = taking.asked_on(today.toordinal(), quiz.id)
        drawn = draw_of_day(parts, stock(today, topics), rank=rank, asked=asked)
    else:
        drawn = draw(parts, stock(today, topics), chance=random.SystemRandom())
    if drawn is None:
        raise Conflict(_l("There are not enough questions for this quiz right now. Please try another one."))
    return drawn


def _items(attempt_id: int, versions: list[int]) -> list[dict[str, Any]]:
    """Rows for the questions; a true/false question keeps its order, since people expect "right" first."""
    chance = random.SystemRandom()
    query = db.select(QuestionVersion.id, QuestionVersion.kind, QuestionVersion.options).where(
        QuestionVersion.id.in_(versions)
    )
    orders: dict[int, list[str]] = {}
    for id_, kind, options in db.session.execute(query):
        ids = [option["id"] for option in options]
        chance.shuffle(ids)
        orders[id_] = [TRUE, FALSE] if kind == Kind.TRUE_FALSE else ids
    return [
        {"attempt_id": attempt_id, "position": position, "version_id": id_, "order": orders[id_], "closed": False}
        for position, id_ in enumerate(versions, start=1)
    ]


#: Answering is what the site does most of all in a quiz: plain statements, built once, without the mapper's work.
_ATTEMPTS, _ITEMS = Attempt.__table__, AttemptItem.__table__
_ITEM = db.insert(_ITEMS)
#: When the attempt's last answer came. Of two answers that come in the same instant, the one that waits may not see the
#: other's; for the same question it does, since that row is locked and read again.
_ANSWERED = db.select(db.func.max(_ITEMS.c.answered_at)).where(_ITEMS.c.attempt_id == _ATTEMPTS.c.id)
_LATEST = _ANSWERED.correlate(_ATTEMPTS).scalar_subquery().label("latest")
#: The attempt with one question, both locked, so that both are read as they are once nobody else holds them.
_ASKED = (
    db.select(Attempt.id, Attempt.state, Attempt.ends_at, Attempt.started_at, Attempt.size, _LATEST)
    .add_columns(AttemptItem.order, AttemptItem.closed, AttemptItem.seconds, AttemptItem.answered_at)
    .add_columns(QuestionVersion.kind, Quiz.feedback)
    .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
    .join(QuestionVersion, QuestionVersion.id == AttemptItem.version_id)
    .join(Quiz, Quiz.id == Attempt.quiz_id)
    .where(Attempt.token == db.bindparam("token"), Attempt.taker.in_(db.bindparam("takers", expanding=True)))
    .where(AttemptItem.position == db.bindparam("position"))
    .with_for_update(of=(Attempt, AttemptItem))
)
_STORE = (
    db.update(_ITEMS)
    .where(_ITEMS.c.attempt_id == db.bindparam("attempt"), _ITEMS.c.position == db.bindparam("place"))
    .values({name: db.bindparam(name) for name in ("answer", "seconds", "closed", "answered_at")})
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an answer: the attempt's number of questions, and whether the question was handed in by itself."""

    size: int
    closed: bool


def answer(token: str, *takers: Taker, given: Answer) -> Stored:
    """Store an answer of one of ``takers``; sending it again, or another one, replaces it until the attempt is handed in.

    Raises NotFound for another's attempt or a question that it has not, Conflict when it is over or the question is
    closed, InvalidInput for what was not offered.
    """
    if not takers or not 1 <= given.position <= MAX_SIZE:
        raise NotFound()
    connection = db.session.connection()
    asked = {"token": token, "takers": [taker.key for taker in takers], "position": given.position}
    found = connection.execute(_ASKED, asked).first()
    if found is None:
        raise NotFound()
    rules.ensure_takes_answers(found.state, found.ends_at, arrived=given.arrived)
    if found.closed:
        raise Conflict(_l("This question is answered; its explanation has been shown."))
    since = max(filter(None, (found.started_at, found.latest, found.answered_at)))
    close = given.close and found.feedback == Feedback.EACH
    values = {
        "answer": rules.ensure_answer(found.kind, given.chosen, offered=found.order),
        # A second look adds to the time of the question instead of replacing it.
        "seconds": min(rules.LONGEST_SECONDS, (found.seconds or 0) + rules.seconds_spent(since, given.arrived)),
        "closed": close,
    }
    moment = {"answered_at": given.arrived}
    connection.execute(_STORE, {"attempt": found.id, "place": given.position, **values, **moment})
    return Stored(found.size, close)


def hand_in(token: str, *takers: Taker) -> Attempt:
    """End the attempt of one of ``takers`` and mark it; handing in twice is one result, after the end the clock's.

    Raises NotFound for another's attempt.
    """
    attempt = _own(token, takers)
    if attempt.state == AttemptState.OPEN:
        _end(attempt, "expire" if clock.now() > attempt.ends_at else "hand_in")
    return attempt


def expire(attempt_id: int) -> bool:
    """Hand in an attempt whose time is over, with the answers it has; False when somebody was faster."""
    attempt = locked(Attempt, Attempt.id == attempt_id)
    if attempt is None or attempt.state != AttemptState.OPEN or attempt.ends_at >= clock.now():
        return False
    _end(attempt, "expire")
    return True


def extend(token: str, *takers: Taker) -> None:
    """Lengthen the limit, once, to ten times itself; raises Conflict where there is none or it was used."""
    attempt = _own(token, takers)
    rules.ensure_takes_answers(attempt.state, attempt.ends_at, arrived=clock.now())
    quiz = db.session.get_one(Quiz, attempt.quiz_id)
    if quiz.limit_seconds is None or attempt.extended:
        raise Conflict(_l("There is no more time to give for this quiz."))
    limit = timedelta(seconds=quiz.limit_seconds)
    times = rules.extended(attempt.started_at, limit, grace=grace(), closes_at=quiz.closes_at)
    attempt.limit_at, attempt.ends_at, attempt.extended = times.limit_at, times.ends_at, True
    db.session.flush()


_OWN = to_lock(
    Attempt,
    Attempt.token == db.bindparam("token"),
    Attempt.taker.in_(db.bindparam("takers", expanding=True)),
)


def _own(token: str, takers: Sequence[Taker]) -> Attempt:
    attempt = locked_by(_OWN, {"token": token, "takers": [taker.key for taker in takers]}) if takers else None
    if attempt is None:
        raise NotFound()
    return attempt


def _end(attempt: Attempt, verb: str) -> None:
    """What was answered counts; an attempt that ends by the clock ended when the clock said so."""
    state = rules.ensure_transition(verb, attempt.state)
    mark(attempt)
    attempt.state, attempt.submitted_at = state, min(clock.now(), attempt.ends_at)
    db.session.flush()
    attempt_marked.send(attempt)
