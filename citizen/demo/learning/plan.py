"""The order in which the demonstration learns: the bank first, then what is drawn from it, then what came of it."""

from __future__ import annotations

from datetime import datetime

from citizen.accounts.models import Person
from citizen.core.database import transaction
from citizen.demo.learning.attempts import Course
from citizen.demo.learning.hall import tell_round
from citizen.demo.learning.learners import add_learners
from citizen.demo.learning.outcome import settle
from citizen.demo.learning.quizzes import add_quizzes
from citizen.demo.learning.surveys import tell_surveys
from citizen.extensions import db
from citizen.quizzes.models import Quiz
from citizen.quizzes.services.importing import take_over_county


def tell_learning(now: datetime) -> None:
    """Load the bank, the quizzes with what people did in the sixty days before ``now``, and the surveys; all of it or nothing.

    Doing it again changes nothing, so that a load which was cut off between its parts is mended by the next one.
    """
    with transaction():
        if db.session.execute(db.select(Quiz.id).limit(1)).first() is not None:
            return
        staff = _staff()
        take_over_county(staff["moderator"], staff["leader"])
        quizzes = add_quizzes(now, made_by=staff["publisher"])
        learners = add_learners(now)
        course = Course(now, learners)
        for quiz in quizzes:
            course.take(quiz)
        settle(quizzes, now)
        tell_round(now, host_id=staff["moderator"])
        tell_surveys(now, made_by=staff["leader"], released_by=staff["head"])


def _staff() -> dict[str, int]:
    """The ids of the demonstration's accounts by the word before their @."""
    rows = db.session.execute(db.select(Person.email, Person.id).where(Person.email.like("%@demo.invalid")))
    return {email.split("@")[0]: id_ for email, id_ in rows}
