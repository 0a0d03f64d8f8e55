"""The questions that an export holds."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func

from citizen.extensions import db
from citizen.quizzes.formats.draft import Draft, from_content
from citizen.quizzes.models import BankQuestion, QuestionVersion
from citizen.quizzes.queries.bank_list import Wanted, matching
from citizen.quizzes.queries.keys import contents_of


def exported(wanted: Wanted, *, today: date) -> list[Draft]:
    """The versions of the view with the keys that count now, one at most of each question, by topic and code.

    ``wanted`` must name a state. A version that counts for nobody has no key.
    """
    query = matching(wanted, today, QuestionVersion, BankQuestion.code).order_by(
        QuestionVersion.topic, BankQuestion.code
    )
    rows = db.session.execute(query).all()
    contents = contents_of(version for version, _code in rows)
    return [from_content(contents[version.id], code=code) for version, code in rows]


def how_many(wanted: Wanted, *, today: date) -> int:
    """How many there are."""
    return int(db.session.execute(matching(wanted, today, func.count())).scalar_one())
