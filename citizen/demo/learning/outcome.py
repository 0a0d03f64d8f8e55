"""What came of the attempts: the board of the challenge that is over, statistics of every question, cards of two accounts."""

from __future__ import annotations

from datetime import datetime

from citizen.accounts.models import Person
from citizen.extensions import db
from citizen.quizzes.models import Attempt, QuestionVersion, Quiz
from citizen.quizzes.rules.quizzes import QuizState
from citizen.quizzes.services.boards import freeze
from citizen.quizzes.services.learning import remember
from citizen.quizzes.services.statistics import recompute

#: The accounts that people sign in with; their book of wrong answers is full from the first day.
ACCOUNTS = ("resident@demo.invalid", "volunteer@demo.invalid")


def settle(quizzes: list[Quiz], now: datetime) -> None:
    """Close what is over and write down what the attempts teach, in the order of time."""
    for quiz in quizzes:
        if quiz.closes_at is not None and quiz.closes_at <= now:
            quiz.state, quiz.changed_at = QuizState.CLOSED, quiz.closes_at
            db.session.flush()
            freeze(quiz)
    recompute(db.session.execute(db.select(QuestionVersion.id).order_by(QuestionVersion.id)).scalars().all())
    people = db.select(Person.id).where(Person.email.in_(ACCOUNTS))
    mine = db.select(Attempt).where(Attempt.person_id.in_(people)).order_by(Attempt.submitted_at)
    for attempt in db.session.execute(mine).scalars():
        remember(attempt)
