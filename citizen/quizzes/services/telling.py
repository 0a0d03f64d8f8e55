"""What people are told when a result of theirs was changed by the office: once for each thing that happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from citizen.accounts.models import Person
from citizen.core.content import Words
from citizen.core.outbox import enqueue
from citizen.extensions import db
from citizen.notifications.services import Reader, tell
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.rules.quizzes import QuizKind

JOB = "quizzes.corrected"
EVENT = "quiz_corrected"
#: People who are written to in one transaction.
BATCH = 50


def say_corrected(attempt_ids: Sequence[int], *, reason: str, key: str) -> None:
    """Let the people of these attempts be told why their results changed, each of them once for each ``key``.

    Written down in the current transaction; the worker puts it into the readers' languages.
    """
    for start in range(0, len(attempt_ids), BATCH):
        payload: dict[str, Any] = {"attempts": list(attempt_ids[start : start + BATCH]), "reason": reason, "key": key}
        enqueue(JOB, payload)


def deliver(payload: dict[str, Any]) -> None:
    """Write the messages that `say_corrected` announced, in the current transaction; written twice they are sent once.

    Visitors left no address; a review is practice and no result that anybody waits for.
    """
    query = (
        db.select(Person, Quiz.title_hans, Quiz.title_hant, Quiz.title_en)
        .join(Attempt, Attempt.person_id == Person.id)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Attempt.id.in_(payload["attempts"]), Quiz.kind != QuizKind.REVIEW)
        .order_by(Attempt.id)
    )
    for person, hans, hant, english in db.session.execute(query):
        if person.is_active:
            reader = Reader(language=person.language or "zh-Hans", email=person.email, phone=person.phone)
            values = {"quiz": Words(hans, hant or hans, english or hans), "words": payload["reason"]}
            tell(EVENT, reader, values=values, key=f"{EVENT}:{payload['key']}:{person.id}")
