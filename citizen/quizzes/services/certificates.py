"""The certificate of a quiz that was passed."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.certificates import queries as known
from citizen.certificates import services as certificates
from citizen.certificates.models import Certificate
from citizen.certificates.rules import Kind, Statement
from citizen.core import clock
from citizen.core.content import Words
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.text import is_blank
from citizen.extensions import db
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.rules.attempts import MARKED


def certify(token: str, person_id: int, *, holder: str) -> Certificate:
    """The certificate of a passed attempt in the account that took it, with ``holder`` printed on it.

    Asking again gives the same one, whatever name comes along: what is issued is fixed. Raises NotFound for another's attempt
    and for a quiz without certificates, Conflict where nothing was passed, InvalidInput at ``holder`` for a name that cannot
    be printed.
    """
    attempt = locked(Attempt, Attempt.token == token, Attempt.person_id == person_id)
    quiz = db.session.get(Quiz, attempt.quiz_id) if attempt is not None else None
    if attempt is None or quiz is None or not quiz.certificate:
        raise NotFound()
    issued = known.owned_by(person_id, attempt.certificate)
    if issued is not None:
        return issued
    if attempt.state not in MARKED or not attempt.passed or attempt.submitted_at is None:
        raise Conflict(_l("There is a certificate only for a quiz that was passed."))
    if is_blank(holder):
        raise InvalidInput(_l("Enter the name that is printed on the certificate"), "holder")
    day = clock.local(attempt.submitted_at).date()
    statement = Statement(
        kind=Kind.QUIZ,
        holder=holder,
        subject=Words(quiz.title_hans, quiz.title_hant or quiz.title_hans, quiz.title_en or quiz.title_hans),
        period=(day, day),
        score=(attempt.score or 0, attempt.counted or 0),
    )
    certificate = certificates.issue(statement, person_id=person_id, dedupe_key=f"quiz:{attempt.id}")
    attempt.certificate = certificate.number
    db.session.flush()
    return certificate
