"""What goes wrong when two true things meet: two attempts of one person, a closing and a beginning, a correction and
what was made of the result before."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Event as Signal
from typing import Any

import pytest
import time_machine
from flask import Flask

from citizen.accounts.models import Person
from citizen.certificates.models import Certificate
from citizen.certificates.services import revoke
from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.database import locked, transaction
from citizen.core.errors import Conflict
from citizen.core.outbox import Job
from citizen.extensions import db
from citizen.quizzes.jobs import closing as closing_job
from citizen.quizzes.jobs.closing import close_quizzes
from citizen.quizzes.jobs.remarking import tell_corrected
from citizen.quizzes.models import Attempt, Learner, QuestionVersion, Quiz, ReviewCard
from citizen.quizzes.queries import learning as learning_queries
from citizen.quizzes.queries.drawing import stock
from citizen.quizzes.queries.statistics import met_in, samples
from citizen.quizzes.rules.attempts import AttemptState
from citizen.quizzes.rules.boards import MOST_KEPT, Place, Result, rank_among
from citizen.quizzes.rules.questions import Kind, VersionState
from citizen.quizzes.rules.quizzes import Candidate, Feedback, Part, QuizKind, QuizState, draw_of_day, rank_of_day
from citizen.quizzes.services import attempts, closing, flags, remarking, telling
from citizen.quizzes.services.boards import freeze
from citizen.quizzes.services.certificates import certify
from citizen.quizzes.services.learning import begin_review
from citizen.quizzes.services.remarking import Wanted
from tests.client import PageClient
from tests.quizzes.making import answered, bank, begun, done, items, make_quiz, taker, visitor
from tests.quizzes.test_boards import cells, named, result
from tests.quizzes.test_taking_pages import Walk

pytestmark = pytest.mark.usefixtures("people")

HELD = "You are answering this question in an open quiz."
REASON = "2026年起条例改了，另一个答案才对"


def a_quiz(**more: Any) -> Quiz:
    with transaction():
        return make_quiz(**more)


def fresh(quiz: Quiz) -> Quiz:
    return db.session.get_one(Quiz, quiz.id, populate_existing=True)


# ---- what an open attempt asks is told nowhere ----


@pytest.mark.parametrize("way", ["again", "another quiz", "signed in meanwhile"])
def test_an_earlier_result_tells_nothing_that_an_open_attempt_asks(client: PageClient, way: str) -> None:
    versions = bank(3)
    quiz = a_quiz(attempts_allowed=2)
    me = Walk(client, quiz).start()
    me.hand_in()
    first = me.address("result")
    assert client.get(first).get_data(as_text=True).count("Because of reason") == 3
    if way == "another quiz":
        me.quiz = a_quiz().id
    if way == "signed in meanwhile":
        client.sign_in("resident@demo.invalid")
    me.start()
    page = client.get(first).get_data(as_text=True)
    secrets = [words for version in versions for words in (version.explanation_en, version.source_en)]
    secrets += [option["en"] for version in versions for option in version.options]
    assert not [words for words in secrets if words in page], "it would give away the open attempt"
    assert page.count(HELD) == 3 and all(version.stem_en in page for version in versions)
    assert "left this one empty" not in page and "Nothing was wrong" not in page
    me.hand_in()
    assert client.get(first).get_data(as_text=True).count("Because of reason") == 3


def test_a_question_closed_in_practice_tells_nothing_that_another_open_attempt_asks(client: PageClient) -> None:
    bank(1)
    challenge = Walk(client, a_quiz(size=1)).start()
    practice = Walk(client, a_quiz(size=1, feedback=Feedback.EACH)).start()
    practice.send("close", right=False)
    page = practice.page()
    assert HELD in page and "Because of reason" not in page and "Not right." not in page
    challenge.hand_in()
    assert "Because of reason" in practice.page() and "Not right." in practice.page()


def test_the_book_knows_what_one_began_before_signing_in(client: PageClient, people: dict[str, Person]) -> None:
    version = bank(1)[0]
    with time_machine.travel(clock.now() - timedelta(days=2), tick=False):
        done(a_quiz(size=1), taker(people["resident"].id), right=0)
    me = Walk(client, a_quiz(size=1)).start()
    client.sign_in("resident@demo.invalid")
    page = client.get("/quizzes/mine/wrong").get_data(as_text=True)
    assert version.stem_en in page and HELD in page and version.explanation_en not in page
    assert client.submit("/quizzes/mine/review", page="/quizzes/mine/wrong").status_code == 409
    me.hand_in()
    assert version.explanation_en in client.get("/quizzes/mine/wrong").get_data(as_text=True)


@pytest.mark.both_databases
def test_an_attempt_set_aside_opens_no_quiz_that_tells_at_its_closing(people: dict[str, Person]) -> None:
    bank(1)
    me, practice = people["resident"].id, a_quiz(size=1)
    with time_machine.travel(clock.now() - timedelta(days=2), tick=False):
        done(practice, taker(me), right=0)
    assert (learning_queries.due_count(me), learning_queries.has_sealed(me)) == (1, False)
    challenge = a_quiz(size=1, feedback=Feedback.CLOSE, closes_at=clock.now() + timedelta(days=9))
    attempt = done(challenge, taker(me), right=0)
    with transaction():
        flags.set_aside(attempt.id, seen=attempt.state, reason="两人共用了同一份答案", by=people["publisher"].id)
    assert learning_queries.has_sealed(me) and learning_queries.due_count(me) == 0
    assert learning_queries.book(me, learned=False)[0] == [], "others still answer the same question"


# ---- one person, one attempt ----


@pytest.mark.parametrize("more", [{"attempts_allowed": 1}, {"kind": QuizKind.DAILY}])
def test_signing_in_gives_no_second_attempt(client: PageClient, more: dict[str, Any]) -> None:
    bank(3)
    me = Walk(client, a_quiz(**more)).start()
    address, page = me.here, f"/quizzes/{me.quiz}"
    client.sign_in("resident@demo.invalid")
    assert me.start().here == address, "what was begun before signing in goes on"
    assert "Go on where you were" in client.get(page).get_data(as_text=True)
    assert f'href="{address}"' in client.get("/quizzes/").get_data(as_text=True)
    me.hand_in()
    assert client.submit(f"{page}/start", page="/account/").status_code == 409
    assert re.search("used all your attempts|done today", client.get(page).get_data(as_text=True))
    assert db.session.execute(db.select(db.func.count()).select_from(Attempt)).scalar() == 1


def test_the_attempt_after_signing_in_is_not_the_first(client: PageClient) -> None:
    bank(3)
    me = Walk(client, a_quiz(attempts_allowed=2)).start()
    me.hand_in()
    client.sign_in("resident@demo.invalid")
    me.start()
    assert [(row.no, row.first) for row in rows()] == [(1, True), (2, False)]


def rows() -> list[Attempt]:
    return list(db.session.execute(db.select(Attempt).order_by(Attempt.id)).scalars())


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_begins_while_the_quiz_is_closed_is_seen_or_refused(
    app: Flask, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment between looking whether a quiz is open and writing the attempt down."""
    bank(3)
    quiz_id, by = a_quiz(board=True).id, people["publisher"].id
    looked, closed = Signal(), Signal()

    def slow(*args: Any) -> Any:
        looked.set()
        closed.wait(0.5)
        return stock(*args)

    monkeypatch.setattr(attempts, "stock", slow)

    def begin() -> None:
        with app.app_context(), transaction():
            attempts.start(quiz_id, visitor())

    def close() -> None:
        looked.wait(5)
        with app.app_context(), transaction():
            quiz = locked(Quiz, Quiz.id == quiz_id)
            assert quiz is not None
            closing.close_now(quiz, by=by)
        closed.set()

    db.session.rollback()
    with ThreadPoolExecutor(2) as pool:
        for act in [pool.submit(begin), pool.submit(close)]:
            act.result()
    (attempt,) = rows()
    quiz = db.session.get_one(Quiz, quiz_id)
    counted = db.session.execute(db.select(Event.detail).where(Event.action == "quiz.closed")).scalar_one()
    assert counted == {"open_attempts": 1} and quiz.frozen_board is None, "the board waits for it"
    assert quiz.closes_at is not None and attempt.ends_at <= quiz.closes_at + timedelta(seconds=30)


# ---- what first attempts teach ----


@pytest.mark.both_databases
def test_a_review_teaches_nothing_of_its_questions(people: dict[str, Person]) -> None:
    version, me = bank(1)[0], taker(people["resident"].id)
    with time_machine.travel(clock.now() - timedelta(days=2), tick=False):
        done(a_quiz(size=1), me, right=0)
    with transaction():
        review = begin_review(me)
    answered(review, me, right=1)
    with transaction():
        attempts.hand_in(review.token, me)
    assert [sample.right for sample in samples(version.id)] == [False]


@pytest.mark.both_databases
def test_every_day_of_a_daily_quiz_teaches_until_a_question_comes_again() -> None:
    versions, quiz = bank(2), a_quiz(kind=QuizKind.DAILY, size=1)
    asked, start = [], clock.now()
    for back in range(40, 0, -1):
        with time_machine.travel(start - timedelta(days=back), tick=False):
            asked.append(items(done(quiz, visitor(), right=1))[0].version_id)
        if len(set(asked)) == 2 and len(asked) > 2:
            break
    met = {version.id: [sample.right for sample in samples(version.id)] for version in versions}
    assert met == {version.id: [True] for version in versions}, "once each, whichever day it was"
    assert {row.version_id: (row.n, row.right) for row in met_in(quiz.id)} == dict.fromkeys(met, (1, 1))
    with time_machine.travel(start, tick=False):
        done(quiz, visitor("b"), right=0)
    assert sum(len(samples(version.id)) for version in versions) == 3, "somebody else meets it for the first time"


# ---- the day's questions ----


def versions_of(attempt: Attempt) -> list[int]:
    return [item.version_id for item in items(attempt)]


@pytest.mark.both_databases
def test_what_comes_to_the_bank_changes_no_quiz_of_today() -> None:
    bank(8)
    quiz = a_quiz(kind=QuizKind.DAILY, size=5)
    first = versions_of(begun(quiz, visitor("a")))
    bank(12)
    assert versions_of(begun(quiz, visitor("b"))) == first
    with transaction():
        db.session.get_one(QuestionVersion, first[2]).state = VersionState.RETIRED
    later = [versions_of(begun(quiz, visitor(name))) for name in "cd"]
    bank(12)
    later.append(versions_of(begun(quiz, visitor("e"))))
    assert later[0] == later[1] == later[2]
    assert set(first) - set(later[0]) == {first[2]} and len(set(later[0])) == 5, "only what was retired is replaced"


def test_one_question_more_changes_one_at_most() -> None:
    parts = [Part(None, None, 5)]
    for number in range(40):
        rank = rank_of_day(b"secret", 1, day=date(2026, 9, 1) + timedelta(days=number))
        before, after = (
            draw_of_day(parts, [Candidate(id_, "traffic", 1) for id_ in range(n)], rank=rank) for n in (30, 31)
        )
        assert before and after and len(set(before) - set(after)) <= 1
    assert draw_of_day(parts, [], rank=rank) is None


def test_what_was_asked_stays_where_lines_overlap() -> None:
    """A matching over all of the bank would trade the second for the third."""
    parts = [Part(None, 1, 1), Part("traffic", None, 1)]
    there = [Candidate(1, "traffic", 1), Candidate(2, "traffic", 2), Candidate(3, "waste", 1)]
    drawn = draw_of_day(parts, there, rank=lambda id_: bytes([id_]), asked=[1, 2])
    assert sorted(drawn or []) == [1, 2]


# ---- corrected results ----

NOON = datetime(2026, 8, 3, 4, tzinfo=UTC)


def other(version: QuestionVersion) -> str:
    return next(option["id"] for option in version.options if option["id"] not in version.key)


def correct(version: QuestionVersion, key: list[str], by: int, *, last: int = 0) -> int:
    now = clock.now()
    with transaction():
        found = remarking.look(version.id, key, until=now)
        wanted = Wanted(key, REASON, last=last, looked_at=now, attempts=found.attempts, changed=found.changed)
        return remarking.correct(version.id, wanted, by=by).id


def told() -> list[dict[str, Any]]:
    """What goes out once the worker has put everything into words, twice."""
    jobs = db.session.execute(db.select(Job.payload).where(Job.kind == telling.JOB)).scalars().all()
    for payload in [*jobs, *jobs]:
        tell_corrected(payload)
    return list(db.session.execute(db.select(Job.payload).where(Job.kind == "notifications.send")).scalars())


@pytest.mark.both_databases
def test_a_corrected_key_is_told_once_to_everybody_whose_result_changed(people: dict[str, Person]) -> None:
    version, by = bank(1, kind=Kind.SINGLE)[0], people["publisher"].id
    quiz = a_quiz(size=1, title_hans="文明知识周")
    for _turn in range(2):
        done(quiz, taker(people["resident"].id), right=1)
    done(quiz, taker(people["volunteer"].id), right=1)
    done(quiz, visitor(), right=1)
    with transaction():
        db.session.get_one(Person, people["volunteer"].id).disabled_at = clock.now()
    done(quiz, taker(people["unit"].id), right=0)
    last = correct(version, [*version.key, other(version)], by)
    mails = told()
    assert [mail["to"] for mail in mails] == [people["unit"].email], "the others' results are the same"
    correct(version, [other(version)], by, last=last)
    mails = told()[1:]
    assert [(mail["to"], mail["channel"]) for mail in mails] == [(people["resident"].email, "mail")]
    assert "“文明知识周”" in mails[0]["subject"] and REASON in mails[0]["text"] and "{" not in mails[0]["text"]


def test_who_is_set_aside_is_told(people: dict[str, Person]) -> None:
    bank(1)
    attempt, reason = done(a_quiz(size=1), taker(people["resident"].id), right=1), "两人共用了同一份答案"
    with transaction():
        flags.set_aside(attempt.id, seen=attempt.state, reason=reason, by=people["publisher"].id)
    assert [(mail["to"], reason in mail["text"]) for mail in told()] == [(people["resident"].email, True)]


@pytest.mark.parametrize("way", ["key", "aside"])
def test_certificates_of_results_that_fell_are_named_until_they_are_revoked(
    client: PageClient, people: dict[str, Person], way: str
) -> None:
    version = bank(1, kind=Kind.SINGLE)[0]
    quiz, me = a_quiz(size=1, pass_mark=1, certificate=True), people["resident"].id
    attempts_ = [done(quiz, taker(id_), right=1) for id_ in (me, people["volunteer"].id)]
    with transaction():
        number = certify(attempts_[0].token, me, holder="林知禾").number
    if way == "key":
        correct(version, [other(version)], people["publisher"].id)
        page = f"/office/quizzes/remark/{version.id}"
    else:
        with transaction():
            flags.set_aside(attempts_[0].id, seen=attempts_[0].state, reason=REASON, by=people["publisher"].id)
        page = f"/office/quizzes/attempts/{attempts_[0].id}"
    link = f'href="/office/certificates/{number}"'
    client.sign_in("publisher@demo.invalid")
    seen = client.get(f"{page}?lang=en").get_data(as_text=True)
    assert number in seen and link not in seen and "A coordinator or the head" in seen
    head: Any = client.application.test_client()
    head.sign_in("head@demo.invalid")
    assert link in head.get(page).get_data(as_text=True)
    with transaction():
        certificate = db.session.execute(db.select(Certificate).where(Certificate.number == number)).scalar_one()
        revoke(certificate.id, "成绩已更正", by_id=people["head"].id)
    assert number not in head.get(page).get_data(as_text=True)


def cards(person_id: int) -> list[tuple[int, int, datetime]]:
    query = db.select(ReviewCard).where(ReviewCard.person_id == person_id).execution_options(populate_existing=True)
    return [(row.times_wrong, row.right_since, row.due_at) for row in db.session.execute(query).scalars()]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([0], None),  # wrong, and now right: nothing is left to learn
        ([1], [0]),
        ([0, 1, 0], [1, 0, 1]),
        ([1, 0, 0], [0, 1, 1]),
    ],
)
def test_the_book_follows_a_corrected_key(
    people: dict[str, Person], before: list[int], after: list[int] | None
) -> None:
    """What stands there afterwards is what would stand there had the key been right from the first."""
    version = bank(1, kind=Kind.SINGLE)[0]
    quiz, me, twin = a_quiz(size=1), people["resident"].id, people["volunteer"].id
    for day, right in enumerate(before):
        with time_machine.travel(NOON + timedelta(days=day), tick=False):
            done(quiz, taker(me), right=right)
            if after is not None:
                done(quiz, taker(twin), right=after[day])
    expected = cards(twin)
    with transaction():  # the twin, who answered the other way round, is not marked again
        db.session.execute(db.update(Attempt).where(Attempt.person_id == twin).values(state=AttemptState.VOID))
    with time_machine.travel(NOON + timedelta(days=9), tick=False):
        correct(version, [other(version)], people["publisher"].id)
    assert cards(me) == expected and len(expected) == (after is not None)


def test_a_question_taken_out_of_the_book_comes_back_by_a_wrong_answer_only(people: dict[str, Person]) -> None:
    version = bank(1, kind=Kind.SINGLE)[0]
    quiz, me = a_quiz(size=1), people["resident"].id
    done(quiz, taker(me), right=0)
    done(quiz, taker(me), right=0)
    with transaction():
        db.session.execute(db.delete(ReviewCard))
    correct(version, [*version.key, other(version)], people["publisher"].id)
    assert cards(me) == []


# ---- final boards ----


def test_my_own_row_of_a_final_board_is_what_was_kept(client: PageClient, people: dict[str, Person]) -> None:
    me = people["resident"].id
    with transaction():
        quiz = make_quiz(size=10, board=True, account_needed=True)
        for n in range(52):
            result(quiz, named(f"前{n}"), score=9, seconds=n)
        db.session.add(Learner(person_id=me, nickname="后来居上", changed_at=clock.now()))
        mine = result(quiz, me, score=3)
        freeze(quiz)
    with transaction():  # a key is corrected afterwards
        db.session.get_one(Attempt, mine.id).score = 10
    client.sign_in("resident@demo.invalid")
    page = f"/quizzes/{quiz.id}/board?lang=en"
    assert cells(client.get(page).get_data(as_text=True))[-1] == ("53", "后来居上 (you)", "3")


def test_a_rank_behind_a_full_list_is_not_known() -> None:
    moment = datetime(2026, 9, 1, tzinfo=UTC)
    places = [Place(n + 1, tied=False, result=Result(n, n, 9, moment)) for n in range(MOST_KEPT)]
    assert rank_among(places, Result(0, 0, 8, moment)) is None
    assert rank_among(places, Result(0, 0, 9, moment)) == 1
    assert rank_among(places[:7], Result(0, 0, 8, moment)) == 8


def test_a_quiz_that_cannot_be_closed_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    bank(3)
    closes = clock.now() + timedelta(minutes=5)
    broken, sound = a_quiz(closes_at=closes), a_quiz(closes_at=closes + timedelta(minutes=1))
    stuck, others = begun(broken, visitor()), [begun(sound, visitor()), begun(broken, visitor("b"))]

    def fails(attempt_id: int) -> bool:
        if attempt_id == stuck.id:
            raise Conflict("it cannot be marked")
        return attempts.expire(attempt_id)

    monkeypatch.setattr(closing_job, "expire", fails)
    with time_machine.travel(closes + timedelta(hours=1), tick=False), pytest.raises(Conflict):
        close_quizzes({})
    assert [fresh(quiz).state for quiz in (broken, sound)] == [QuizState.PUBLISHED, QuizState.CLOSED]
    assert [row.state for row in rows()] == ["open", *["expired"] * len(others)]
