"""The share picture of an attempt: named by a random id of its own, made when its taker asks and gone when they say so."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l

from citizen.core.database import locked
from citizen.core.errors import Conflict, NotFound
from citizen.core.numbers import random_code
from citizen.extensions import db
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.rules.attempts import MARKED
from citizen.quizzes.rules.quizzes import QuizKind

#: 80 random bits; nobody finds a picture by trying.
SHARE_LENGTH = 16


def share(token: str, takers: Collection[str]) -> str:
    """The id of the attempt's picture, the same each time until it is taken back; ``takers`` are the caller's keys.

    Raises NotFound for another's attempt and for a review, Conflict before there is a result.
    """
    attempt = _own(token, takers)
    kind = db.session.execute(db.select(Quiz.kind).where(Quiz.id == attempt.quiz_id)).scalar_one()
    if kind == QuizKind.REVIEW:
        raise NotFound()
    if attempt.state not in MARKED:
        raise Conflict(_l("There is no result to share."))
    if attempt.share_id is None:
        attempt.share_id = random_code(SHARE_LENGTH).lower()
        db.session.flush()
    return attempt.share_id


def take_back(token: str, takers: Collection[str]) -> None:
    """From now on nobody finds the picture, whoever has its address; a new one gets another address."""
    _own(token, takers).share_id = None
    db.session.flush()


def _own(token: str, takers: Collection[str]) -> Attempt:
    attempt = locked(Attempt, Attempt.token == token, Attempt.taker.in_(takers))
    if attempt is None:
        raise NotFound()
    return attempt
