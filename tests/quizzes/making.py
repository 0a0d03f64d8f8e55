"""Questions, quizzes and takers for tests, written as rows: what a test needs, nothing else."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import Any

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.content import Words
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, BankQuestion, QuestionVersion, Quiz
from citizen.quizzes.rules.attempts import Taker
from citizen.quizzes.rules.questions import FALSE, TRUE, Content, Kind, Option, VersionState, new_option_id
from citizen.quizzes.rules.quizzes import Feedback, QuizKind, QuizState
from citizen.quizzes.services import attempts

_numbers = itertools.count(1)


def make_version(
    *,
    kind: Kind = Kind.SINGLE,
    topic: str = "traffic",
    difficulty: int = 1,
    state: VersionState = VersionState.READY,
    question: BankQuestion | None = None,
    **more: Any,
) -> QuestionVersion:
    """A version with four options (two right ones for a multiple choice); call it inside a transaction."""
    n = next(_numbers)
    author, reviewer = _authors()
    if question is None:
        question = BankQuestion(code=f"T{n:05d}", created_at=clock.now())
        db.session.add(question)
        db.session.flush()
    ids = [new_option_id() for _letter in "ABCD"]
    key = {Kind.SINGLE: ids[:1], Kind.MULTIPLE: sorted(ids[:2]), Kind.TRUE_FALSE: [TRUE]}[kind]
    values: dict[str, Any] = {
        "question_id": question.id,
        "number": 1,
        "state": state,
        "kind": kind,
        "topic": topic,
        "difficulty": difficulty,
        "tags": [],
        "options": []
        if kind == Kind.TRUE_FALSE
        else [{"id": id_, "hans": f"选项{n}{id_}", "hant": f"選項{n}{id_}", "en": f"option {n} {id_}"} for id_ in ids],
        "key": key,
        "author_id": author,
        "reviewer_id": reviewer if state in (VersionState.READY, VersionState.RETIRED) else None,
        "fingerprint": f"{n:064d}",
        "created_at": clock.now(),
        "changed_at": clock.now(),
        "stem_hans": f"第{n}个问题？",
        "stem_hant": f"第{n}個問題？",
        "stem_en": f"Question number {n}?",
        "explanation_hans": f"解析{n}",
        "explanation_hant": f"解析{n}",
        "explanation_en": f"Because of reason {n}",
        "source_hans": f"依据{n}",
        "source_hant": f"依據{n}",
        "source_en": f"Source {n}",
    }
    version = QuestionVersion(**{**values, **more})
    db.session.add(version)
    db.session.flush()
    return version


def _authors() -> tuple[int, int]:
    """The ids of a moderator and of the leader."""
    query = db.select(Person.id).where(Person.email.in_(["moderator@demo.invalid", "leader@demo.invalid"]))
    first, second = db.session.execute(query).scalars()
    return first, second


def words(hans: str, en: str | None = None) -> Words:
    """A text in both written languages, without its Traditional form."""
    return Words(hans, "", f"en {hans}" if en is None else en)


def some_content(**more: Any) -> Content:
    """A whole question as its author writes it: nothing is lacking."""
    values: dict[str, Any] = {
        "kind": Kind.SINGLE,
        "topic": "traffic",
        "difficulty": 1,
        "stem": words("红灯亮时可以过马路吗？"),
        "options": (Option("a", words("不可以")), Option("b", words("没有车就可以")), Option("c", words("跑着过"))),
        "key": frozenset({"a"}),
        "explanation": words("红灯亮时一律停下。"),
        "source": words("道路交通安全法第三十八条"),
    }
    return Content(**{**values, **more})


def make_quiz(*, size: int = 3, topic: str | None = "traffic", **more: Any) -> Quiz:
    """A published practice quiz that draws ``size`` questions of ``topic``; call it inside a transaction."""
    values: dict[str, Any] = {
        "kind": QuizKind.PRACTICE,
        "state": QuizState.PUBLISHED,
        "title_hans": "走路骑车",
        "title_hant": "走路騎車",
        "title_en": "Walking and riding",
        "blueprint": [{"topic": topic, "difficulty": None, "n": size}],
        "size": size,
        "feedback": Feedback.SUBMIT,
        "created_at": clock.now(),
        "changed_at": clock.now(),
    }
    quiz = Quiz(**{**values, **more})
    db.session.add(quiz)
    db.session.flush()
    return quiz


def bank(n: int = 6, **more: Any) -> list[QuestionVersion]:
    """``n`` ready versions, single, multiple and true/false in turn."""
    kinds = itertools.cycle(Kind)
    with transaction():
        return [make_version(**{"kind": next(kinds), **more}) for _number in range(n)]


def visitor(name: str = "a") -> Taker:
    """Somebody without an account."""
    return Taker(f"v{name}", None, device=f"device-{name}")


def taker(person_id: int) -> Taker:
    """Somebody with an account."""
    return Taker(f"p{person_id}", person_id, device=f"device-{person_id}")


def begun(quiz: Quiz, who: Taker) -> Attempt:
    """An open attempt."""
    with transaction():
        return attempts.start(quiz.id, who)


def items(attempt: Attempt) -> list[AttemptItem]:
    """The attempt's questions in order."""
    query = db.select(AttemptItem).where(AttemptItem.attempt_id == attempt.id).order_by(AttemptItem.position)
    return list(db.session.execute(query.execution_options(populate_existing=True)).scalars())


def key_of(item: AttemptItem) -> list[str]:
    """What is right."""
    return list(db.session.get_one(QuestionVersion, item.version_id).key)


def wrong_for(item: AttemptItem) -> list[str]:
    """An allowed answer that is wrong."""
    version = db.session.get_one(QuestionVersion, item.version_id)
    ids = [TRUE, FALSE] if version.kind == Kind.TRUE_FALSE else [option["id"] for option in version.options]
    return [next(id_ for id_ in ids if id_ not in version.key)]


def answered(attempt: Attempt, who: Taker, *, right: int, at: datetime | None = None) -> None:
    """Answer every question, the first ``right`` of them correctly, ten seconds each."""
    moment = at or attempt.started_at
    for item in items(attempt):
        moment += timedelta(seconds=10)
        chosen = key_of(item) if item.position <= right else wrong_for(item)
        with transaction():
            attempts.answer(attempt.token, who, given=attempts.Answer(item.position, chosen, moment))


def done(quiz: Quiz, who: Taker, *, right: int) -> Attempt:
    """A whole attempt with ``right`` right answers, handed in."""
    attempt = begun(quiz, who)
    answered(attempt, who, right=right)
    with transaction():
        return attempts.hand_in(attempt.token, who)


def today() -> date:
    """The county's day."""
    return clock.today()
