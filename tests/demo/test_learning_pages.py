"""Every page of quizzes and surveys with something on it, in three languages, for whoever may open it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.database import transaction
from citizen.demo.learning.plan import tell_learning
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, Learner, LiveRound, Quiz
from citizen.quizzes.services.marking import mark
from citizen.surveys.models import Invitation, Response
from tests.demo.language_walk import mixed
from tests.pages.test_languages import LANGUAGES
from tests.quizzes.addresses import counts, learner_addresses, office_addresses, public_addresses

#: A Tuesday, nine o'clock in the county.
NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
PARTS = {
    "": public_addresses,
    "volunteer@demo.invalid": learner_addresses,
    "leader@demo.invalid": office_addresses,
}


@pytest.fixture
def learned(app: Flask, people: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with the demonstration's learning and nothing else."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    tell_learning(NOW)
    return app


@pytest.mark.parametrize("who", list(PARTS))
def test_no_page_of_learning_mixes_languages(learned: Flask, who: str) -> None:
    assert all(counts().values()), counts()
    own = own_words()
    languages = LANGUAGES if "leader" not in who else ("zh-Hans",)

    def excuse(text: str, _language: str) -> bool:
        return any(word in text for word in own)

    assert not mixed(learned, PARTS[who](), who=who, excuse=excuse, languages=languages)


def own_words() -> list[str]:
    """What people wrote themselves has one language and is shown as it is."""
    columns = (Learner.nickname, LiveRound.title)
    return [text for column in columns for text in db.session.execute(db.select(column)).scalars()]


@pytest.mark.both_databases
def test_the_demonstration_learns_by_the_sites_own_rules(learned: Flask) -> None:
    """What is loaded is what the services would have written: marking an attempt again changes nothing."""
    with transaction():
        rows = db.session.execute(db.select(Attempt).order_by(Attempt.id)).scalars().all()
        for attempt in rows[:: max(1, len(rows) // 60)]:
            before = (attempt.score, attempt.counted, attempt.passed)
            query = db.select(AttemptItem).where(AttemptItem.attempt_id == attempt.id)
            rights = {item.position: item.right for item in db.session.execute(query).scalars()}
            mark(attempt)
            assert before == (attempt.score, attempt.counted, attempt.passed)
            db.session.expire_all()
            assert rights == {item.position: item.right for item in db.session.execute(query).scalars()}
    daily = db.session.execute(db.select(Quiz.id).where(Quiz.kind == "daily")).scalar_one()
    doubled = db.select(Attempt.taker, Attempt.no).where(Attempt.quiz_id == daily).group_by(Attempt.taker, Attempt.no)
    assert db.session.execute(doubled.having(db.func.count() > 1)).first() is None
    answered = db.select(db.func.count()).where(Invitation.disposition == "answered")
    assert db.session.execute(answered).scalar() == db.session.execute(db.select(db.func.count(Response.id))).scalar()


def test_telling_it_twice_changes_nothing(learned: Flask) -> None:
    def numbers() -> tuple[object, ...]:
        return (*counts().values(), db.session.execute(db.select(db.func.count(Event.id))).scalar())

    before = numbers()
    tell_learning(NOW)
    assert numbers() == before
