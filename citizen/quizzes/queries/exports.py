"""The questions that an export holds."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func

from citizen.extensions import db
from citizen.quizzes.formats.draft import Draft, from_content
from citizen.quizzes.models import BankQuestion, QuestionVersion
from citizen.quizzes.queries.bank import content_of
from citizen.quizzes.queries.bank_list import Wanted, matching


def exported(wanted: Wanted, *, today: date) -> list[Draft]:
    """The versions of the view, one at most of each question, by topic and code; ``wanted`` must name a state."""
    query = matching(wanted, today, QuestionVersion, BankQuestion.code).order_by(
        QuestionVersion.topic, BankQuestion.code
    )
    return [from_content(content_of(version), code=code) for version, code in db.session.execute(query)]


def how_many(wanted: Wanted, *, today: date) -> int:
    """How many there are."""
    return int(db.session.execute(matching(wanted, today, func.count())).scalar_one())
