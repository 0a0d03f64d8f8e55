"""Two tabs of one browser, an author in the office, midnight: over HTTP there is one attempt, and it stays what it was."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, QuestionVersion
from citizen.quizzes.rules.attempts import AttemptState
from citizen.quizzes.rules.quizzes import QuizKind
from citizen.quizzes.services import bank as authors
from citizen.quizzes.services import reviewing
from citizen.quizzes.views import taker as taker_views
from tests.client import PageClient
from tests.quizzes.making import bank, items, key_of, make_quiz, some_content, words, wrong_for
from tests.quizzes.test_bank import in_use, who

pytestmark = pytest.mark.usefixtures("people")

TABS = 20
#: Requests that are in hand at the same moment, as in one process of the server; each may need two connections of its ten.
IN_HAND = threading.BoundedSemaphore(5)


class Tabs:
    """One browser with many tabs: every one of them sends the same session."""

    def __init__(self, app: Flask, quiz_id: int) -> None:
        app.test_client_class = PageClient
        self.app, self.quiz = app, f"/quizzes/{quiz_id}"
        first: Any = app.test_client()
        self.csrf = first.token(f"{self.quiz}?lang=en")
        cookie = first.get_cookie("session")
        assert cookie is not None
        self.session = cookie.value

    def tab(self) -> PageClient:
        """A tab of its own."""
        client: Any = self.app.test_client()
        client.set_cookie("session", self.session)
        client.set_cookie("lang", "en")
        return client

    def post(self, path: str, **values: Any) -> str:
        """Press a button in a new tab; the status and where it leads."""
        with IN_HAND:
            answer = self.tab().post(path, data={"csrf_token": self.csrf, **values})
        return f"{answer.status_code} {answer.headers.get('Location')}"

    def page(self, path: str) -> str:
        """The words at an address."""
        answer = self.tab().get(path)
        assert answer.status_code == 200, answer.headers.get("Location")
        return str(answer.get_data(as_text=True))

    def start(self) -> str:
        """Press the start button; the attempt's address."""
        found = re.fullmatch(r"303 (/quizzes/attempts/\w{16})/(\d+|check)", self.post(f"{self.quiz}/start"))
        assert found
        return found[1]


def at_once(acts: Sequence[Callable[[], str]]) -> Counter[str]:
    """Run every act in a thread of its own, all at the same moment; what came of them."""
    gate = threading.Barrier(len(acts))

    def one(act: Callable[[], str]) -> str:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        found = Counter(pool.map(one, acts))
    db.session.rollback()
    return found


def attempts() -> list[Attempt]:
    query = db.select(Attempt).order_by(Attempt.id).execution_options(populate_existing=True)
    return list(db.session.execute(query).scalars())


def a_quiz(**more: Any) -> int:
    bank()
    with transaction():
        return make_quiz(**more).id


@pytest.mark.both_databases
def test_twenty_tabs_of_a_new_visitor_begin_one_attempt(app: Flask) -> None:
    me = Tabs(app, a_quiz())
    assert len(at_once([me.start] * TABS)) == 1
    rows = attempts()
    assert [(row.no, row.first, row.state) for row in rows] == [(1, True, AttemptState.OPEN)]
    assert db.session.execute(db.select(db.func.count()).select_from(AttemptItem)).scalar() == 3
    assert "Question 1 of 3" in me.page(f"/quizzes/attempts/{rows[0].token}/1"), "and the session knows it afterwards"


def test_with_an_id_at_random_the_tabs_would_be_several_people(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: no constraint of the database knows that two unknown visitors are one browser."""
    me, names = Tabs(app, a_quiz()), iter(range(TABS))
    monkeypatch.setattr(taker_views, "_new_id", lambda _source: f"visitor {next(names)}")
    assert len(at_once([me.start] * TABS)) > 1


def test_two_browsers_are_two_people(app: Flask) -> None:
    quiz_id = a_quiz()
    assert Tabs(app, quiz_id).start() != Tabs(app, quiz_id).start()


@pytest.mark.both_databases
def test_every_tab_has_its_own_question_and_no_answer_is_lost(app: Flask) -> None:
    me = Tabs(app, a_quiz(size=6))
    address = me.start()
    chosen = {item.position: key_of(item) for item in items(attempts()[0])}
    found = at_once(
        [
            lambda position=position: me.post(f"{address}/{position}", choice=chosen[position])  # type: ignore[misc]
            for position in chosen
        ]
    )
    assert found == Counter(f"303 {address}/{place}" for place in (2, 3, 4, 5, 6, "check"))
    assert {item.position: item.answer for item in items(attempts()[0])} == chosen


@pytest.mark.both_databases
def test_handing_in_twice_while_answers_arrive_is_one_result(app: Flask) -> None:
    me = Tabs(app, a_quiz(size=3))
    address = me.start()
    first = items(attempts()[0])[0]
    right, wrong = key_of(first), wrong_for(first)
    acts: list[Callable[[], str]] = [lambda: me.post(f"{address}/hand-in")] * 4
    acts += [lambda: me.post(f"{address}/1", choice=right), lambda: me.post(f"{address}/1", choice=wrong)] * 4
    found = at_once(acts)
    assert set(found) <= {f"303 {address}/result", f"303 {address}/2"} and found[f"303 {address}/result"] >= 4
    (attempt,) = attempts()
    kept = items(attempt)[0]
    assert (attempt.state, attempt.score) == (AttemptState.SUBMITTED, int(kept.answer == right))
    assert kept.right == (kept.answer == right), "what was marked is what is stored"
    before = (attempt.score, attempt.submitted_at, kept.answer)
    assert me.post(f"{address}/1", choice=right) == me.post(f"{address}/hand-in") == f"303 {address}/result"
    (attempt,) = attempts()
    assert (attempt.score, attempt.submitted_at, items(attempt)[0].answer) == before


# ---- midnight ----

#: Midnight in the county.
MIDNIGHT = datetime(2026, 9, 3, 16, 0, tzinfo=UTC)
BLINK = timedelta(microseconds=1)


@pytest.mark.both_databases
def test_tabs_on_both_sides_of_midnight_begin_one_attempt(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(MIDNIGHT - timedelta(hours=1), tick=False):
        me = Tabs(app, a_quiz(kind=QuizKind.DAILY, size=5))
    here = threading.local()
    monkeypatch.setattr(clock, "now", lambda: getattr(here, "moment", MIDNIGHT))

    def start(moment: datetime) -> str:
        here.moment = moment
        return me.start()

    found = at_once([lambda moment=moment: start(moment) for moment in (MIDNIGHT - BLINK, MIDNIGHT) * 5])  # type: ignore[misc]
    assert len(found) == 1
    (attempt,) = attempts()
    assert attempt.no in (clock.today().toordinal() - 1, clock.today().toordinal())


def test_a_daily_quiz_goes_on_after_midnight_and_todays_comes_next(app: Flask) -> None:
    with time_machine.travel(MIDNIGHT - BLINK, tick=False) as traveller:
        me = Tabs(app, a_quiz(kind=QuizKind.DAILY, size=5))
        address = me.start()
        asked = [item.version_id for item in items(attempts()[0])]
        traveller.move_to(MIDNIGHT, tick=False)
        assert me.start() == address, "yesterday's goes on in a tab that begins today"
        for item in items(attempts()[0]):
            me.post(f"{address}/{item.position}", choice=key_of(item))
        assert me.post(f"{address}/hand-in") == f"303 {address}/result"
        new = me.start()
        old, today = attempts()
        assert new != address and (old.score, today.no - old.no) == (5, 1)
        assert [item.version_id for item in items(old)] == asked
        me.post(f"{new}/hand-in")
        assert me.post(f"{me.quiz}/start").startswith("409"), "and today's is one as well"


# ---- the bank changes meanwhile ----


def next_version(old: QuestionVersion, **more: Any) -> QuestionVersion:
    """Another wording of a question, written, reviewed and brought into use."""
    with transaction():
        draft = authors.next_version(old.question_id, author_id=who())
        draft = authors.rewrite(draft.id, some_content(**more), seen=draft.version, author_id=who())
        reviewed = reviewing.hand_in(draft.id, seen=draft.version, by=who())
        return reviewing.approve(reviewed.id, seen=reviewed.version, by=who("leader"))


def option_of(version: QuestionVersion, english: str) -> str:
    return next(str(option["id"]) for option in version.options if option["en"] == english)


@pytest.mark.both_databases
def test_what_was_begun_keeps_its_words_and_its_key(app: Flask) -> None:
    old = in_use(stem=words("旧题", "The old question"), explanation=words("旧解", "The old reason"))
    with transaction():
        quiz_id = make_quiz(size=1).id
    me = Tabs(app, quiz_id)
    address = me.start()
    right_then = option_of(old, "en 不可以")
    new = next_version(
        old,
        stem=words("新题", "The new question"),
        explanation=words("新解", "The new reason"),
        key=frozenset({"b"}),
    )
    assert option_of(new, "en 不可以") not in new.key, "what was right is wrong now"
    page = me.page(f"{address}/1")
    assert "The old question" in page and "The new question" not in page and right_then in page
    assert me.post(f"{address}/1", choice=right_then) == f"303 {address}/check"
    assert "The old question" in me.page(f"{address}/check")
    me.post(f"{address}/hand-in")
    result = me.page(f"{address}/result")
    assert "1 question, 1 right" in result and "The old reason" in result and "The new" not in result
    assert attempts()[0].score == 1
    again = me.start()
    assert "The new question" in me.page(f"{again}/1"), "whoever begins now is asked in the new words"


@pytest.mark.both_databases
def test_a_question_taken_out_of_use_stays_in_what_was_begun(app: Flask) -> None:
    old = in_use(stem=words("旧题", "The old question"))
    with transaction():
        quiz_id = make_quiz(size=1).id
    me = Tabs(app, quiz_id)
    address = me.start()
    with transaction():
        reviewing.retire(old.id, "法律改了", seen=old.version, by=who("leader"))
    assert "The old question" in me.page(f"{address}/1")
    assert me.post(f"{address}/1", choice=sorted(old.key)) == f"303 {address}/check"
    me.post(f"{address}/hand-in")
    assert "1 question, 1 right" in me.page(f"{address}/result")
    assert me.post(f"{me.quiz}/start").startswith("409"), "nobody is asked it any more"
