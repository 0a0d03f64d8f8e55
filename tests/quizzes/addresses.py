"""Addresses of quizzes and surveys that name a thing, found in a loaded demonstration; each with whoever may open it."""

from __future__ import annotations

from citizen.accounts.models import Person
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import Attempt, BankQuestion, LiveRound, QuestionVersion, Quiz, ReviewCard
from citizen.quizzes.services import attempts
from citizen.surveys.models import Measure, MeasureItem, Wave
from tests.quizzes.making import answered, taker
from tests.volunteers.addresses import first


def me() -> int:
    """The id of the demonstration's volunteer."""
    return int(first(Person.id, Person.email == "volunteer@demo.invalid"))


def public_addresses() -> list[str]:
    """What everybody may open."""
    over, going = (
        first(Quiz.id, Quiz.state == "closed"),
        first(Quiz.id, Quiz.kind == "challenge", Quiz.state == "published"),
    )
    return [
        "/",
        "/quizzes/",
        f"/quizzes/{first(Quiz.id, Quiz.kind == 'daily')}",
        f"/quizzes/{first(Quiz.id, Quiz.kind == 'practice')}",
        f"/quizzes/{going}",
        f"/quizzes/{over}",
        f"/quizzes/{over}/board",
        f"/quizzes/{going}/board",
        "/quizzes/live/",
        "/surveys/",
        *(
            f"/surveys/{id_}"
            for id_ in db.session.execute(db.select(Wave.id).where(Wave.state == "released")).scalars()
        ),
        "/surveys/answer",
        "/surveys/answer/thanks",
        "/surveys/answer/declined",
    ]


def learner_addresses() -> list[str]:
    """What the demonstration's volunteer may open; one attempt is begun and one is handed in for it."""
    person = me()
    practice, other = db.session.execute(
        db.select(Quiz.id).where(Quiz.kind == "practice").order_by(Quiz.id).limit(2)
    ).scalars()
    who = taker(person)
    with transaction():
        going = attempts.start(practice, who).token
    with transaction():
        done = attempts.start(other, who)
    answered(done, who, right=2)
    with transaction():
        attempts.hand_in(done.token, who)
    passed = (
        db.select(Attempt.token)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(Quiz.certificate, Attempt.person_id == person)
    )
    best = db.session.execute(passed.order_by(Attempt.score.desc()).limit(1)).scalar_one()
    return [
        f"/quizzes/attempts/{going}/1",
        f"/quizzes/attempts/{going}/check",
        f"/quizzes/attempts/{done.token}/result",
        f"/quizzes/attempts/{best}/result",
        f"/quizzes/attempts/{done.token}/share",
        "/quizzes/mine",
        "/quizzes/mine/wrong",
        f"/quizzes/mine/wrong/{first(ReviewCard.id, ReviewCard.person_id == person)}/remove",
        "/quizzes/mine/name",
        "/quizzes/mine/name/leave",
    ]


def office_addresses() -> list[str]:
    """What the shift leader may open."""
    version = first(QuestionVersion.id, QuestionVersion.state == "ready")
    code = first(BankQuestion.code)
    closed, open_ = first(Wave.id, Wave.state == "closed"), first(Wave.id, Wave.state == "open")
    quiz = first(Quiz.id, Quiz.kind == "challenge", Quiz.state == "published")
    measure = db.session.get_one(Wave, closed).measure_id
    topic = first(MeasureItem.topic, MeasureItem.measure_id == measure, MeasureItem.topic.is_not(None))
    return [
        "/office/questions/",
        "/office/questions/new",
        *(f"/office/questions/{code}{part}" for part in ("", "/preview", "/retire")),
        "/office/questions/import/",
        "/office/questions/export.xlsx",
        "/office/questions/export.gift",
        "/office/quizzes/",
        "/office/quizzes/new",
        *(f"/office/quizzes/{quiz}{part}" for part in ("", "/edit", "/close", "/statistics")),
        "/office/quizzes/statistics",
        f"/office/quizzes/statistics/{version}",
        f"/office/quizzes/remark/{version}",
        "/office/quizzes/flags/",
        f"/office/quizzes/attempts/{first(Attempt.id, Attempt.quiz_id == quiz)}",
        "/office/rounds/",
        "/office/rounds/new",
        f"/office/rounds/{first(LiveRound.id)}/screen",
        "/office/measures/",
        "/office/measures/new",
        f"/office/measures/{first(Measure.id)}",
        "/office/waves/",
        "/office/waves/new",
        *(f"/office/waves/{id_}" for id_ in (closed, open_)),
        f"/office/waves/{open_}/table",
        f"/office/waves/{open_}/invitations",
        f"/office/waves/{closed}/results",
        f"/office/waves/{closed}/notes/A1/{topic}",
        "/office/interviews/",
        f"/office/interviews/{open_}",
    ]


def counts() -> dict[str, int]:
    """How many of each there are: an empty table would make a walk say nothing."""
    models = (QuestionVersion, Quiz, Attempt, ReviewCard, LiveRound, Measure, Wave)
    return {
        model.__tablename__: db.session.execute(db.select(db.func.count()).select_from(model)).scalar_one()
        for model in models
    }
