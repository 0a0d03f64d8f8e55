"""The life of an attempt: one beginning, answers until the last moment, one result."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.quizzes.queries import taking
from citizen.quizzes.rules.attempts import AttemptState
from citizen.quizzes.rules.quizzes import QuizKind, QuizState
from citizen.quizzes.services import attempts
from citizen.quizzes.services.attempts import Answer
from tests.quizzes.making import answered, bank, begun, done, items, key_of, make_quiz, visitor, wrong_for

pytestmark = pytest.mark.usefixtures("people")


@pytest.mark.both_databases
def test_a_whole_attempt_is_marked_once() -> None:
    bank()
    with transaction():
        quiz = make_quiz(size=4, pass_mark=3)
    attempt = done(quiz, visitor(), right=3)
    assert (attempt.score, attempt.counted, attempt.passed, attempt.state) == (3, 4, True, AttemptState.SUBMITTED)
    moment = attempt.submitted_at
    with transaction():
        again = attempts.hand_in(attempt.token, visitor())
    assert (again.score, again.submitted_at) == (3, moment)
    assert [item.right for item in items(attempt)] == [True, True, True, False]
    assert [item.seconds for item in items(attempt)] == [10, 10, 10, 10]


@pytest.mark.both_databases
def test_each_answer_is_timed_from_the_one_before_whichever_question_it_was() -> None:
    bank()
    with transaction():
        quiz = make_quiz(size=3)
    attempt = begun(quiz, visitor())
    start = attempt.started_at
    for position, moment in ((1, 10), (2, 15), (1, 18), (1, 20), (3, 21)):
        given = Answer(position, key_of(items(attempt)[position - 1]), start + timedelta(seconds=moment))
        with transaction():
            attempts.answer(attempt.token, visitor(), given=given)
    assert [item.seconds for item in items(attempt)] == [10 + 3 + 2, 5, 1]


@pytest.mark.both_databases
def test_what_was_read_before_handing_in_shows_the_marks_afterwards() -> None:
    """The marks are written past the mapper; whoever holds the questions sees them in the same transaction."""
    bank()
    with transaction():
        quiz = make_quiz(size=4, pass_mark=3)
    attempt = begun(quiz, visitor())
    answered(attempt, visitor(), right=3)
    with transaction():
        held = items(attempt)
        assert [item.right for item in held] == [None] * 4
        attempts.hand_in(attempt.token, visitor())
        assert [item.right for item in held] == [True, True, True, False]


def test_beginning_again_goes_on_where_one_was() -> None:
    bank()
    with transaction():
        quiz = make_quiz()
    first = begun(quiz, visitor())
    order = [(item.version_id, item.order) for item in items(first)]
    with transaction():
        attempts.answer(first.token, visitor(), given=Answer(1, key_of(items(first)[0]), clock.now()))
    second = begun(quiz, visitor())
    assert second.id == first.id
    assert [(item.version_id, item.order) for item in items(second)] == order
    assert taking.first_unanswered(second) == 2
    assert begun(quiz, visitor("b")).id != first.id


@pytest.mark.parametrize("late", [-1, 0, 29, 31])
def test_the_last_second_counts_and_grace_forgives_the_network(late: int) -> None:
    bank()
    with transaction():
        quiz = make_quiz(limit_seconds=60)
    attempt = begun(quiz, visitor())
    assert attempt.limit_at is not None
    moment = attempt.limit_at + timedelta(seconds=late)
    chosen = key_of(items(attempt)[0])
    if late <= 30:
        with transaction():
            attempts.answer(attempt.token, visitor(), given=Answer(1, chosen, moment))
    else:
        with pytest.raises(Conflict), transaction():
            attempts.answer(attempt.token, visitor(), given=Answer(1, chosen, moment))
    with time_machine.travel(attempt.ends_at + timedelta(seconds=1), tick=False), transaction():
        assert taking.overdue(clock.now(), most=10) == [attempt.id]
        assert attempts.expire(attempt.id)
        assert not attempts.expire(attempt.id)
    assert (attempt.state, attempt.score) == (AttemptState.EXPIRED, 1 if late <= 30 else 0)
    assert attempt.submitted_at == attempt.ends_at


def test_an_extension_is_given_once_and_is_ten_times_the_limit() -> None:
    bank()
    with transaction():
        quiz = make_quiz(limit_seconds=60)
    attempt = begun(quiz, visitor())
    with transaction():
        attempts.extend(attempt.token, visitor())
    assert attempt.limit_at == attempt.started_at + timedelta(seconds=600)
    with pytest.raises(Conflict), transaction():
        attempts.extend(attempt.token, visitor())


def test_only_what_was_offered_is_an_answer_and_only_to_its_taker() -> None:
    bank()
    with transaction():
        quiz = make_quiz(size=6)
    attempt, now = begun(quiz, visitor()), clock.now()
    single = next(item for item in items(attempt) if len(item.order) == 4 and len(key_of(item)) == 1)
    for chosen in (["nothing"], key_of(single) + wrong_for(single)):
        with pytest.raises(InvalidInput), transaction():
            attempts.answer(attempt.token, visitor(), given=Answer(single.position, chosen, now))
    for token, position, who in (
        (attempt.token, 1, visitor("b")),
        (attempt.token, 7, visitor()),
        ("none", 1, visitor()),
    ):
        with pytest.raises(NotFound), transaction():
            attempts.answer(token, who, given=Answer(position, [], now))
    with transaction():
        attempts.hand_in(attempt.token, visitor())
    with pytest.raises(Conflict), transaction():
        attempts.answer(attempt.token, visitor(), given=Answer(1, [], now))


def test_a_daily_quiz_asks_everybody_the_same_once_a_day() -> None:
    bank(12)
    with transaction():
        quiz = make_quiz(kind=QuizKind.DAILY, size=5)
    mine, theirs = begun(quiz, visitor()), begun(quiz, visitor("b"))
    assert [item.version_id for item in items(mine)] == [item.version_id for item in items(theirs)]
    answered(mine, visitor(), right=5)
    with transaction():
        attempts.hand_in(mine.token, visitor())
    with pytest.raises(Conflict), transaction():
        attempts.start(quiz.id, visitor())
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        assert begun(quiz, visitor()).no == mine.no + 1


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"state": QuizState.DRAFT}, NotFound),
        ({"state": QuizState.CLOSED}, Conflict),
        ({"account_needed": True}, Conflict),
        ({"size": 50}, Conflict),
        ({"kind": QuizKind.REVIEW}, NotFound),
    ],
)
def test_what_cannot_be_begun(more: dict[str, object], error: type[Exception]) -> None:
    bank()
    with transaction():
        quiz = make_quiz(**{"size": 3, **more})
    with pytest.raises(error), transaction():
        attempts.start(quiz.id, visitor())


def test_attempts_are_counted() -> None:
    bank()
    with transaction():
        quiz = make_quiz(attempts_allowed=2)
    assert [done(quiz, visitor(), right=0).first for _turn in range(2)] == [True, False]
    with pytest.raises(Conflict), transaction():
        attempts.start(quiz.id, visitor())
