"""What a quiz may draw from today, and how long its clock forgives."""

from __future__ import annotations

from datetime import date, timedelta

from citizen.core.content import content
from citizen.extensions import db
from citizen.quizzes.models import QuestionVersion
from citizen.quizzes.queries.keys import voided
from citizen.quizzes.rules.questions import VersionState
from citizen.quizzes.rules.quizzes import Candidate


def stock(day: date, topics: frozenset[str] | None = None) -> list[Candidate]:
    """Every version that is ready, valid on ``day`` and counts, in the order of ids; of ``topics`` only, unless None."""
    version = QuestionVersion
    query = db.select(version.id, version.topic, version.difficulty).where(
        version.state == VersionState.READY,
        db.or_(version.valid_from.is_(None), version.valid_from <= day),
        db.or_(version.valid_to.is_(None), version.valid_to >= day),
        version.id.not_in(voided()),
    )
    if topics is not None:
        query = query.where(version.topic.in_(sorted(topics)))
    return [Candidate(*row) for row in db.session.execute(query.order_by(version.id))]


def grace() -> timedelta:
    """How late an answer that was sent in time may arrive; the county's file says it."""
    return timedelta(seconds=int(content().yaml("quiz_topics.yaml")["grace_seconds"]))
