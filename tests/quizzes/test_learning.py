"""What was wrong comes back, and the pages of one's own learning tell what they know and nothing that is secret."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, Forbidden, NotFound
from citizen.extensions import db
from citizen.quizzes.models import Attempt, KeyCorrection, QuestionVersion, Quiz, ReviewCard
from citizen.quizzes.queries import learning as queries
from citizen.quizzes.rules.attempts import Taker
from citizen.quizzes.rules.learning import days_in_a_row, last_days, scheduled
from citizen.quizzes.rules.questions import VersionState
from citizen.quizzes.rules.quizzes import Feedback, QuizKind, QuizState
from citizen.quizzes.services import attempts
from citizen.quizzes.services import learning as services
from tests.quizzes.making import answered, bank, begun, done, items, key_of, make_quiz, make_version, taker, visitor

NOON = datetime(2026, 8, 3, 4, tzinfo=UTC)


@pytest.fixture
def me(people: dict[str, Person]) -> Taker:
    """The demonstration's resident as a taker."""
    return taker(people["resident"].id)


def a_quiz(**more: Any) -> Quiz:
    with transaction():
        return make_quiz(**more)


def enter(client: FlaskClient) -> None:
    """Sign the resident in, reading English."""
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    client.get("/account/?lang=en")


def cards(who: Taker) -> list[ReviewCard]:
    query = db.select(ReviewCard).where(ReviewCard.person_id == who.person_id).order_by(ReviewCard.id)
    return list(db.session.execute(query.execution_options(populate_existing=True)).scalars())


def test_the_schedule_is_that_of_fsrs_in_whole_days() -> None:
    day, card, gaps = NOON, None, []
    for right in (False, True, True, True, False, True):
        found = scheduled(card, right=right, day_begins=day, number=7)
        gaps.append((found.due_at - day).days)
        assert found.due_at - day == timedelta(days=gaps[-1])
        day, card = found.due_at, found.card
    assert gaps == [1, 2, 6, 17, 2, 4]
    assert card is not None and card["card_id"] == 7
    # An answer of an earlier day, handed in late by the clock, does not turn time back.
    late = scheduled(card, right=False, day_begins=NOON, number=7)
    assert datetime.fromisoformat(late.card["last_review"]) == datetime.fromisoformat(card["last_review"])


@pytest.mark.parametrize(
    ("days", "row"),
    [((), 0), ((0,), 1), ((1,), 1), ((0, 1, 2), 3), ((1, 2, 4), 2), ((2, 3), 0)],
)
def test_a_row_of_days_ends_today_or_yesterday(days: tuple[int, ...], row: int) -> None:
    today = date(2026, 8, 3)
    assert days_in_a_row({today - timedelta(days=back) for back in days}, today) == row
    assert len(last_days(today)) == 30 and last_days(today)[-1] == today


@pytest.mark.both_databases
def test_a_wrong_answer_makes_a_card_and_a_right_one_moves_it(me: Taker) -> None:
    bank(4)
    quiz = a_quiz(size=4)
    with time_machine.travel(NOON, tick=False):
        done(quiz, me, right=1)
        wrong = cards(me)
        assert [(card.times_wrong, card.right_since) for card in wrong] == [(1, 0)] * 3
        assert {card.due_at for card in wrong} == {datetime(2026, 8, 3, 16, tzinfo=UTC)}, "due when tomorrow begins"
        assert queries.due_count(me.person_id or 0) == 0
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert queries.due_count(me.person_id or 0) == 3
        done(quiz, me, right=4)
        assert [(card.times_wrong, card.right_since) for card in cards(me)] == [(1, 1)] * 3
        assert queries.due_count(me.person_id or 0) == 0
        done(quiz, me, right=0)
        assert sorted((card.times_wrong, card.right_since) for card in cards(me)) == [(1, 0), (2, 0), (2, 0), (2, 0)]


def test_visitors_and_what_counts_for_nobody_leave_no_trace(me: Taker) -> None:
    versions = bank(3)
    quiz = a_quiz(size=3)
    done(quiz, visitor(), right=0)
    attempt = begun(quiz, me)
    answered(attempt, me, right=0)
    with transaction() as session:  # from then on nobody is asked it any more
        values = {"reason": "x", "attempts": 0, "changed": 0, "decided_by": me.person_id, "decided_at": clock.now()}
        session.add(KeyCorrection(version_id=versions[0].id, key=[], **values))
    with transaction():
        attempts.hand_in(attempt.token, me)
    assert {card.question_id for card in cards(me)} == {version.question_id for version in versions[1:]}
    assert db.session.execute(db.select(db.func.count()).select_from(ReviewCard)).scalar() == 2


def test_what_the_clock_hands_in_unseen_is_not_wrong(me: Taker) -> None:
    bank(3)
    attempt = begun(a_quiz(size=3, limit_seconds=60), me)
    with transaction():
        attempts.answer(attempt.token, me, given=attempts.Answer(2, [], clock.now()))
    with time_machine.travel(attempt.ends_at + timedelta(seconds=1), tick=False), transaction():
        attempts.expire(attempt.id)
    seen = db.session.get_one(QuestionVersion, items(attempt)[1].version_id)
    assert [card.question_id for card in cards(me)] == [seen.question_id]


@pytest.mark.both_databases
def test_two_attempts_that_end_at_once_write_one_card_each_question(app: Flask, me: Taker) -> None:
    bank(6)
    open_ones = [begun(a_quiz(size=6), me) for _quiz in range(4)]
    for attempt in open_ones:
        answered(attempt, me, right=0)
    tokens, failures = [attempt.token for attempt in open_ones], []
    db.session.rollback()
    gate = threading.Barrier(len(tokens))

    def hand_in(token: str) -> None:
        with app.app_context():
            try:
                gate.wait()
                with transaction():
                    attempts.hand_in(token, me)
            except Exception as error:  # judged below
                failures.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=hand_in, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [card.times_wrong for card in cards(me)] == [4] * 6


@pytest.mark.both_databases
def test_a_review_asks_what_is_due_and_goes_on_when_open(me: Taker) -> None:
    bank(12)
    quiz = a_quiz(size=12)
    with time_machine.travel(NOON, tick=False):
        done(quiz, me, right=0)
        with pytest.raises(Conflict), transaction():
            services.begin_review(me)
    with pytest.raises(Forbidden), transaction():
        services.begin_review(visitor())
    retired = cards(me)[0]
    with transaction():
        version = db.session.execute(
            db.select(QuestionVersion).where(QuestionVersion.question_id == retired.question_id)
        ).scalar_one()
        version.state = VersionState.RETIRED
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        with transaction():
            first = services.begin_review(me)
        with transaction():
            assert services.begin_review(me).id == first.id
        asked = {item.version_id for item in items(first)}
        assert first.size == 10 and version.id not in asked
        answered(first, me, right=10)
        with transaction():
            attempts.hand_in(first.token, me)
        with transaction():
            second = services.begin_review(me)
        assert second.size == 1 and second.quiz_id == first.quiz_id and second.no == 2
    kinds = db.session.execute(db.select(db.func.count()).where(Quiz.kind == QuizKind.REVIEW)).scalar()
    assert kinds == 1 and db.session.get_one(Quiz, first.quiz_id).feedback == Feedback.EACH


@pytest.mark.both_databases
def test_the_review_quiz_is_made_once_however_many_ask(app: Flask) -> None:
    gate, found = threading.Barrier(6), []
    db.session.rollback()

    def ask() -> None:
        with app.app_context():
            gate.wait()
            with transaction():
                found.append(services.review_quiz().id)
            db.session.remove()

    threads = [threading.Thread(target=ask) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1
    assert db.session.execute(db.select(db.func.count()).where(Quiz.kind == QuizKind.REVIEW)).scalar() == 1


def test_the_page_shows_days_results_and_what_is_due(client: FlaskClient, me: Taker) -> None:
    enter(client)
    empty = client.get("/quizzes/mine").get_data(as_text=True)
    assert "No result yet" in empty and "on 0 of the last 30 days" in empty and "Nothing is due today" in empty
    bank(3)
    quiz = a_quiz(size=3, pass_mark=1)
    now = clock.now()
    for back in (2, 1, 0):
        with time_machine.travel(now - timedelta(days=back), tick=False):
            attempt = done(quiz, me, right=1)
    with transaction():
        db.session.get_one(Attempt, attempt.id).state = "void"
    page = client.get("/quizzes/mine").get_data(as_text=True)
    assert "on 2 of the last 30 days" in page and "2 days in a row" in page
    assert page.count("1 of 3") == 2 and "Does not count" in page and page.count(">Passed<") == 2
    for word in ("lost", "broken", "missed", "don&#39;t lose", "keep your streak"):
        assert word not in page.lower(), "a streak puts nobody under pressure"


def test_the_review_button_leads_to_the_first_question(client: FlaskClient, me: Taker) -> None:
    bank(3)
    with time_machine.travel(clock.now() - timedelta(days=2), tick=False):
        done(a_quiz(size=3), me, right=0)
    enter(client)
    assert "3 questions that you once got wrong" in client.get("/quizzes/mine").get_data(as_text=True)
    first = client.submit("/quizzes/mine/review", page="/quizzes/mine")  # type: ignore[attr-defined]
    assert first.status_code == 303 and first.headers["Location"].endswith("/1")
    assert client.get(first.headers["Location"]).status_code == 200
    again = client.submit("/quizzes/mine/review", page="/quizzes/mine")  # type: ignore[attr-defined]
    assert again.headers["Location"] == first.headers["Location"]


def test_the_book_explains_until_three_right_in_a_row(
    client: FlaskClient, me: Taker, people: dict[str, Person]
) -> None:
    with transaction():
        version = make_version(topic="waste")
        make_version(topic="traffic")
        quiz = make_quiz(size=2, topic=None)
    done(quiz, me, right=0)
    enter(client)
    page = client.get("/quizzes/mine/wrong").get_data(as_text=True)
    assert page.count("<article") == 2 and version.explanation_en in page and version.source_en in page
    assert "Sorting waste" in page and "Next time: tomorrow" in page and "Wrong 1 time" in page
    only = client.get("/quizzes/mine/wrong?topic=waste").get_data(as_text=True)
    assert only.count("<article") == 1 and version.stem_en in only
    assert client.get("/quizzes/mine/wrong?topic=<script>&page=٣&show=x").status_code == 200
    for _turn in range(3):
        done(quiz, me, right=2)
    assert "The book is empty" in client.get("/quizzes/mine/wrong").get_data(as_text=True)
    left = client.get("/quizzes/mine/wrong?show=learned").get_data(as_text=True)
    assert left.count("<article") == 2 and "Right 3 times in a row" in left
    done(quiz, me, right=0)
    assert client.get("/quizzes/mine/wrong").get_data(as_text=True).count("<article") == 2


def test_the_book_keeps_the_answers_of_open_attempts_and_of_quizzes_that_tell_at_the_end(
    client: FlaskClient, me: Taker
) -> None:
    version = bank(1)[0]
    secret = (version.explanation_en, version.source_en, version.options[0]["en"])
    practice = a_quiz(size=1)
    done(practice, me, right=0)
    enter(client)
    assert all(word in client.get("/quizzes/mine/wrong").get_data(as_text=True) for word in secret)
    challenge = a_quiz(size=1, feedback=Feedback.CLOSE, closes_at=clock.now() + timedelta(days=9))
    attempt = begun(challenge, me)
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        page = client.get("/quizzes/mine/wrong").get_data(as_text=True)
        assert version.stem_en in page and not any(word in page for word in secret)
        assert queries.due_count(me.person_id or 0) == 0, "a review would tell the answer"
        answered(attempt, me, right=0)
        with transaction():
            attempts.hand_in(attempt.token, me)
        page = client.get("/quizzes/mine/wrong").get_data(as_text=True)
        assert version.stem_en not in page and "when it has closed" in page
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        assert queries.due_count(me.person_id or 0) == 0
        with transaction():
            quiz = db.session.get_one(Quiz, challenge.id)
            quiz.state, quiz.closes_at = QuizState.CLOSED, clock.now() - timedelta(minutes=1)
        assert queries.due_count(me.person_id or 0) == 1
        assert all(word in client.get("/quizzes/mine/wrong").get_data(as_text=True) for word in secret)


def test_a_card_is_taken_out_by_its_owner_only(client: FlaskClient, me: Taker, people: dict[str, Person]) -> None:
    bank(1)
    quiz = a_quiz(size=1)
    done(quiz, me, right=0)
    done(quiz, taker(people["volunteer"].id), right=0)
    mine, theirs = db.session.execute(db.select(ReviewCard.id).order_by(ReviewCard.id)).scalars().all()
    enter(client)
    for number in (theirs, 2**31):
        assert client.get(f"/quizzes/mine/wrong/{number}/remove").status_code == 404
    with pytest.raises(NotFound), transaction():
        services.forget(me.person_id or 0, theirs)
    answer = client.submit(f"/quizzes/mine/wrong/{mine}/remove")  # type: ignore[attr-defined]
    assert answer.status_code == 303 and not cards(me)
    done(quiz, me, right=0)
    assert [card.times_wrong for card in cards(me)] == [1]


def test_a_corrected_key_is_what_the_book_calls_right(client: FlaskClient, me: Taker) -> None:
    with transaction():
        version = make_version()
        quiz = make_quiz(size=1)
    attempt = begun(quiz, me)
    assert key_of(items(attempt)[0]) == [version.options[0]["id"]]
    answered(attempt, me, right=0)
    with transaction():
        attempts.hand_in(attempt.token, me)
    with transaction() as session:
        values = {"reason": "x", "attempts": 0, "changed": 0, "decided_by": me.person_id, "decided_at": clock.now()}
        session.add(KeyCorrection(version_id=version.id, key=[version.options[3]["id"]], **values))
    enter(client)
    page = client.get("/quizzes/mine/wrong").get_data(as_text=True)
    assert version.options[3]["en"] in page and version.options[0]["en"] not in page
