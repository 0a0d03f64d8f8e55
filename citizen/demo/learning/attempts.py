"""Sixty days of attempts: who took which quiz, what they chose and how long it took; marked by the site's own rules."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import current_app

from citizen.core.clock import local
from citizen.core.numbers import ALPHABET
from citizen.demo.chance import pick, u, us
from citizen.demo.learning.learners import Somebody
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion, Quiz
from citizen.quizzes.queries.drawing import stock
from citizen.quizzes.rules import attempts as rules
from citizen.quizzes.rules.attempts import LONGEST, AttemptState
from citizen.quizzes.rules.questions import FALSE, TRUE, Kind
from citizen.quizzes.rules.quizzes import Part, QuizKind, draw, draw_of_day, rank_of_day

DAYS = 60
#: The share of right answers that somebody middling gives, by difficulty.
EASY = {1: 0.86, 2: 0.68, 3: 0.5}


@dataclass(frozen=True, slots=True)
class Version:
    """What of a version an answer depends on."""

    id: int
    kind: str
    difficulty: int
    options: tuple[str, ...]
    key: frozenset[str]


@dataclass(frozen=True, slots=True)
class Visit:
    """One attempt to be told: who, when, the how-manieth."""

    who: Somebody
    taker: str
    at: datetime
    no: int
    first: bool


class Course:
    """Everything that decides how attempts go."""

    def __init__(self, now: datetime, learners: list[Somebody]) -> None:
        self.now, self.learners = now, learners
        self.stock = stock(local(now).date())
        self.versions = {row.id: row for row in _versions()}

    def take(self, quiz: Quiz) -> None:
        """Write all attempts at ``quiz``."""
        visits = {QuizKind.DAILY: self._daily, QuizKind.CHALLENGE: self._challenge}.get(
            QuizKind(quiz.kind), self._practice
        )(quiz)
        told = [self._told(quiz, visit) for visit in visits]
        if not told:
            return
        query = db.insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True)
        ids = db.session.execute(query, [row for row, _items in told]).scalars().all()
        items = [{**item, "attempt_id": id_} for id_, (_row, rows) in zip(ids, told, strict=True) for item in rows]
        db.session.execute(db.insert(AttemptItem), items)

    def _daily(self, quiz: Quiz) -> Iterator[Visit]:
        for back in range(DAYS, -1, -1):
            for number, who in enumerate([*self.learners, *(_stranger(back, n) for n in range(6))]):
                taker = f"p{who.person_id}" if who.person_id else _visitor(f"daily {back} {number}")
                at = self._moment(back, f"daily {number}")
                if u("daily", back, number) < (0.1 if who.person_id else 0.7) and at < self.now:
                    yield Visit(who, taker, at, local(at).date().toordinal(), True)

    def _practice(self, quiz: Quiz) -> Iterator[Visit]:
        numbers: dict[str, int] = {}
        for back in range(DAYS, 0, -1):
            for number in range(int(u("practice", quiz.id, back) * 4)):
                known = u("practice", quiz.id, back, number, "known") < 0.5 and bool(self.learners)
                who = pick(self.learners, quiz.id, back, number) if known else _stranger(quiz.id, back, number)
                taker = f"p{who.person_id}" if who.person_id else _visitor(f"{quiz.id} {back} {number}")
                numbers[taker] = numbers.get(taker, 0) + 1
                yield Visit(who, taker, self._moment(back, f"{quiz.id} {number}"), numbers[taker], numbers[taker] == 1)

    def _challenge(self, quiz: Quiz) -> Iterator[Visit]:
        if quiz.opens_at is None or quiz.closes_at is None:
            return
        last = min(quiz.closes_at, self.now) - timedelta(hours=1)
        for who in self.learners:
            times = int(u("challenge", quiz.title_en, who.person_id) * 3.2)
            for no in range(1, times + 1):
                share = (no - 1 + u("challenge", quiz.title_en, who.person_id, no)) / times
                yield Visit(who, f"p{who.person_id}", quiz.opens_at + share * (last - quiz.opens_at), no, no == 1)

    def _moment(self, back: int, key: str) -> datetime:
        """Between seven in the morning and ten at night."""
        midnight = local(self.now - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + timedelta(hours=7, seconds=int(u("moment", back, key) * 54_000))).astimezone(self.now.tzinfo)

    def _drawn(self, quiz: Quiz, visit: Visit, name: str) -> list[int] | None:
        parts = [Part(part["topic"], part["difficulty"], part["n"]) for part in quiz.blueprint]
        if quiz.kind == QuizKind.DAILY:
            rank = rank_of_day(current_app.config["SETTINGS"].secret_bytes, quiz.id, day=local(visit.at).date())
            return draw_of_day(parts, self.stock, rank=rank)
        # The same demonstration everywhere; nothing here is secret.
        return draw(parts, self.stock, chance=random.Random(name))  # noqa: S311

    def _told(self, quiz: Quiz, visit: Visit) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The rows of one attempt and its questions; both name every column that has no default."""
        name = f"{quiz.title_en}|{visit.taker}|{visit.no}"
        drawn = self._drawn(quiz, visit, name) or []
        items, at = [], visit.at
        for position, id_ in enumerate(drawn, start=1):
            item, at = _answered(self.versions[id_], visit.who.skill, name=f"{name}|{position}", since=at)
            items.append({**item, "position": position})
        row = {
            "token": _code(f"token {name}").lower(),
            "quiz_id": quiz.id,
            "taker": visit.taker,
            "person_id": visit.who.person_id,
            "no": visit.no,
            "state": AttemptState.SUBMITTED,
            "size": len(items),
            "started_at": visit.at,
            "ends_at": visit.at + LONGEST,
            "submitted_at": at + timedelta(seconds=4),
            "first": visit.first,
            "area_code": visit.who.area_code,
        }
        return {**row, **_result(quiz, items)}, items


def _result(quiz: Quiz, items: list[dict[str, Any]]) -> dict[str, Any]:
    found = rules.mark([item["right"] for item in items], pass_mark=quiz.pass_mark, size=len(items))
    return {"score": found.score, "counted": found.counted, "passed": found.passed}


def _answered(version: Version, skill: float, *, name: str, since: datetime) -> tuple[dict[str, Any], datetime]:
    chances = us("answer", name)
    wanted = min(0.97, max(0.05, EASY[version.difficulty] + 1.3 * (skill - 0.62)))
    order = sorted(version.options, key=lambda id_: u("order", name, id_))
    if version.kind == Kind.TRUE_FALSE:
        order = list(version.options)
    if chances[0] < wanted:
        chosen = sorted(version.key)
    else:
        wrong = [id_ for id_ in version.options if id_ not in version.key] or list(version.options)
        chosen = sorted({pick(wrong, "wrong", name), *([min(version.key)] if version.kind == Kind.MULTIPLE else [])})
    seconds = 5 + int(30 * chances[1] ** 2)
    at = since + timedelta(seconds=seconds)
    right = rules.is_right(version.kind, chosen, key=version.key)
    item = {"version_id": version.id, "order": order, "answer": chosen, "answered_at": at, "seconds": seconds}
    return {**item, "closed": False, "right": right}, at


def _versions() -> Iterator[Version]:
    version = QuestionVersion
    query = db.select(version.id, version.kind, version.difficulty, version.options, version.key)
    for id_, kind, difficulty, options, key in db.session.execute(query):
        ids = (TRUE, FALSE) if kind == Kind.TRUE_FALSE else tuple(option["id"] for option in options)
        yield Version(id_, kind, difficulty, ids, frozenset(key))


def _stranger(*keys: object) -> Somebody:
    """Somebody without an account, as able as chance has it."""
    return Somebody(None, None, 0.3 + 0.65 * u("stranger", *keys))


def _visitor(name: str) -> str:
    return "v" + sha256(f"demo visitor {name}".encode()).hexdigest()[:32]


def _code(name: str) -> str:
    """Sixteen characters that differ for each name and on each site."""
    secret = current_app.config["SETTINGS"].secret_bytes
    digest = sha256(secret + name.encode()).digest()
    return "".join(ALPHABET[byte % 32] for byte in digest[:16])
