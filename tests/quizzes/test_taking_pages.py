"""Taking a quiz by page, without scripts: every step in words, nothing told too early, nobody at somebody else's attempt."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import Attempt, AttemptItem, KeyCorrection, Quiz
from citizen.quizzes.rules.attempts import FEWEST_COMPARED, STARTS
from citizen.quizzes.rules.quizzes import Feedback, QuizKind, QuizState
from tests import county
from tests.client import PageClient
from tests.quizzes.making import bank, done, items, key_of, make_quiz, visitor, wrong_for
from tests.volunteers.making import statements

pytestmark = pytest.mark.usefixtures("people")


class Walk:
    """Somebody with a browser who takes a quiz."""

    def __init__(self, client: Any, quiz: Quiz) -> None:
        self.client, self.quiz = client, quiz.id
        self.client.get("/help?lang=en")
        self.here = ""

    def start(self) -> Walk:
        """Press the start button of the quiz's own page."""
        page = f"/quizzes/{self.quiz}"
        answer = self.client.submit(f"{page}/start", page=page)
        assert answer.status_code == 303, answer.get_data(as_text=True)[-2000:]
        self.here = answer.headers["Location"]
        return self

    @property
    def token(self) -> str:
        """The attempt's name in addresses."""
        return self.here.split("/")[3]

    def row(self) -> Attempt:
        """The attempt as it stands."""
        query = db.select(Attempt).where(Attempt.token == self.token).execution_options(populate_existing=True)
        found: Attempt = db.session.execute(query).scalar_one()
        return found

    def address(self, end: str | int) -> str:
        """An address of the attempt."""
        return f"/quizzes/attempts/{self.token}/{end}"

    def page(self, end: str | int = "") -> str:
        """The words of the page where one is, or of another page of the attempt."""
        answer = self.client.get(self.address(end) if end else self.here)
        assert answer.status_code == 200, answer.headers.get("Location")
        return str(answer.get_data(as_text=True))

    def send(self, go: str = "next", *, right: bool = True, chosen: list[str] | None = None) -> Any:
        """Answer the question where one is and press a button."""
        item = items(self.row())[int(self.here.rsplit("/", 1)[1]) - 1]
        choice = chosen if chosen is not None else key_of(item) if right else wrong_for(item)
        answer = self.client.submit(self.here, {"choice": choice, "go": go})
        if answer.status_code == 303:
            self.here = answer.headers["Location"]
        return answer

    def hand_in(self) -> str:
        """Hand in from the overview; the words of the result."""
        answer = self.client.submit(self.address("hand-in"), page=self.address("check"))
        assert (answer.status_code, answer.headers["Location"]) == (303, self.address("result"))
        return self.page("result")

    def all(self, *, right: int) -> Walk:
        """Answer every question, the first ``right`` of them rightly."""
        for position in range(1, self.row().size + 1):
            assert self.here == self.address(position)
            self.send(right=position <= right)
        assert self.here == self.address("check")
        return self


@pytest.fixture
def quiz() -> Callable[..., Quiz]:
    """Makes a quiz over a bank of six questions."""
    bank()

    def make(**more: Any) -> Quiz:
        with transaction():
            return make_quiz(**more)

    return make


@pytest.fixture
def walk(client: FlaskClient, quiz: Callable[..., Quiz]) -> Callable[..., Walk]:
    """Somebody in front of a new quiz."""
    return lambda **more: Walk(client, quiz(**more))


def other_browser(app: Flask) -> Any:
    """A second browser, without the first one's session."""
    app.test_client_class = PageClient
    return app.test_client()


def test_an_attempt_carries_a_pseudonym_of_address_and_browser(walk: Callable[..., Walk], app: Flask) -> None:
    me = walk(size=2).start()
    same, another = (Walk(other_browser(app), SimpleNamespace(id=me.quiz)) for _ in range(2))  # type: ignore[arg-type]
    another.client.environ_base["HTTP_USER_AGENT"] = "Another/1.0"
    devices = [one.row().device for one in (me, same.start(), another.start())]
    assert len(devices[0]) == 24 and devices[0] == devices[1] != devices[2]


@pytest.mark.both_databases
def test_from_the_first_question_to_the_result(walk: Callable[..., Walk]) -> None:
    me = walk(size=4, pass_mark=3).start()
    first = me.page()
    assert "Question 1 of 4" in first and "Previous question" not in first
    me.send()
    assert me.send("previous").status_code == 303 and me.here == me.address(1)
    assert " checked" in me.page(), "the answer is still chosen"
    me.all(right=2)
    overview = me.page()
    assert overview.count("Change<span") == 4 and "still empty" not in overview
    result = me.hand_in()
    assert "4 questions, 2 right" in result and "Not passed this time; 3 were needed." in result
    assert result.count("Because of reason") == 4 and result.count("Source: Source") == 4
    before, folded = result.split("<details", 1)
    assert before.count("your answer") + before.count("right, and yours") >= 2 and "The 2 you had right" in folded
    assert me.client.get(me.address(2)).headers["Location"] == me.address("result")
    assert me.client.get(me.address("check")).headers["Location"] == me.address("result")


def test_nothing_of_an_attempt_is_cached_or_indexed(walk: Callable[..., Walk]) -> None:
    me = walk(size=3).start()
    me.send()
    for end in (1, "check", "result", 99):
        headers = me.client.get(me.address(end)).headers
        assert headers["Cache-Control"] == "no-store" and headers["X-Robots-Tag"].startswith("noindex"), end
    for address in ("/quizzes/", f"/quizzes/{me.quiz}"):
        assert me.client.get(address).headers["Cache-Control"] == "no-store", "what I have begun stands there"


def test_a_choice_is_asked_for_unless_one_leaves_it(walk: Callable[..., Walk]) -> None:
    me = walk(size=3).start()
    refused = me.send("next", chosen=[])
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422 and "Choose an answer, or leave" in page and "<title>Error:" in page
    me.send("skip", chosen=[])
    assert me.here == me.address(2)
    me.send("skip")
    me.send("overview", chosen=[])
    overview = me.page()
    assert "2 questions are still empty" in overview and overview.count("still empty</span>") == 2
    assert f'href="{me.address(1)}"' in overview
    me.here = me.address(1)
    assert 'value="overview"' in me.page().split("<fieldset")[1].split("</button>")[0], "the main button leads back"
    me.send("overview")
    assert me.here == me.address("check") and "1 question is still empty" in me.page()


@pytest.mark.parametrize("chosen", [["nothing"], ["true", "false"], ["x" * 5000] * 30])
def test_what_was_not_offered_is_refused(walk: Callable[..., Walk], chosen: list[str]) -> None:
    me = walk(size=3).start()
    answer = me.client.submit(me.here, {"choice": chosen, "go": "next"})
    assert answer.status_code == 422 and items(me.row())[0].answer is None


def test_starting_again_goes_on_where_one_was(walk: Callable[..., Walk]) -> None:
    me = walk(size=3).start()
    me.send()
    token = me.token
    assert me.start().here == f"/quizzes/attempts/{token}/2"
    assert "Go on where you were" in me.client.get(f"/quizzes/{me.quiz}").get_data(as_text=True)
    index = me.client.get("/quizzes/").get_data(as_text=True)
    assert f'href="/quizzes/attempts/{token}/2"' in index and "question 2 of 3" in index
    me.send()
    me.send()
    assert me.start().here == f"/quizzes/attempts/{token}/check"
    assert me.client.get(f"/quizzes/{me.quiz}/start").headers["Location"] == f"/quizzes/{me.quiz}"


@pytest.mark.both_databases
def test_starts_pressed_at_once_are_one_attempt(walk: Callable[..., Walk], app: Flask) -> None:
    me = walk(size=3)
    page = f"/quizzes/{me.quiz}"
    data = {"csrf_token": me.client.token(page)}
    me.client.post("/quizzes/987654/start", data=data)  # the session learns who takes quizzes here
    browsers = [other_browser(app) for _tab in range(6)]
    for browser in browsers:
        browser.set_cookie("session", me.client.get_cookie("session").value)
    barrier = Barrier(len(browsers))

    def press(browser: Any) -> tuple[int, str]:
        barrier.wait()
        answer = browser.post(f"{page}/start", data=data)
        return answer.status_code, answer.headers["Location"]

    with ThreadPoolExecutor(len(browsers)) as pool:
        answers = set(pool.map(press, browsers))
    query = db.select(Attempt.token).where(Attempt.quiz_id == me.quiz)
    token = db.session.execute(query).scalar_one()
    assert answers == {(303, f"/quizzes/attempts/{token}/1")}


def test_nobody_finds_somebody_elses_attempt(walk: Callable[..., Walk], app: Flask) -> None:
    me = walk(size=3).start()
    stranger = other_browser(app)
    csrf = stranger.token(f"/quizzes/{me.quiz}")
    signed_in = other_browser(app).sign_in("resident@demo.invalid")
    for browser, token in ((stranger, csrf), (signed_in, signed_in.token("/account/"))):
        for end in (1, "check", "result"):
            assert browser.get(me.address(end)).status_code == 404
        for end in (1, "hand-in", "extend"):
            assert browser.post(me.address(end), data={"csrf_token": token, "choice": "true"}).status_code == 404
    for address in ("/quizzes/attempts/zzzz/1", me.address(0), me.address(4), me.address(10**30), "/quizzes/987654"):
        assert me.client.get(address).status_code == 404, address
    data = {"csrf_token": me.client.token(me.here)}
    for end in (0, 4, 10**30):
        assert me.client.post(me.address(end), data=data).status_code == 404
    assert me.client.post(me.address(1)).status_code == 400, "no token, no answer"
    assert me.row().state == "open" and items(me.row())[0].answer is None


def test_who_signs_in_midway_keeps_the_attempt(walk: Callable[..., Walk]) -> None:
    me = walk(size=3).start()
    me.send()
    me.client.sign_in("resident@demo.invalid")
    me.send()
    me.send()
    assert "3 questions, 3 right" in me.hand_in()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"state": QuizState.CLOSED}, "This quiz is over"),
        ({"opens_at": timedelta(days=1)}, "has not opened yet"),
        ({"account_needed": True}, "needs an account"),
        ({"size": 50}, "not enough questions"),
    ],
)
def test_what_cannot_be_begun_says_why(walk: Callable[..., Walk], more: dict[str, Any], words: str) -> None:
    shift = {name: clock.now() + value for name, value in more.items() if isinstance(value, timedelta)}
    me = walk(**{"size": 3, **more, **shift})
    page = f"/quizzes/{me.quiz}"
    answer = me.client.submit(f"{page}/start", page="/account/sign-in")
    assert answer.status_code == 409 and words in answer.get_data(as_text=True)
    shown = me.client.get(page).get_data(as_text=True)
    assert ("account/sign-in?next=/quizzes/" in shown.split("<main")[1]) == ("account_needed" in more)


def test_hidden_quizzes_do_not_exist(walk: Callable[..., Walk]) -> None:
    for more in ({"state": QuizState.DRAFT}, {"kind": QuizKind.REVIEW}):
        me = walk(**more)
        assert me.client.get(f"/quizzes/{me.quiz}").status_code == 404
        assert me.client.submit(f"/quizzes/{me.quiz}/start", page="/account/sign-in").status_code == 404


def test_a_challenge_says_its_rules_and_counts_attempts(client: FlaskClient, quiz: Callable[..., Quiz]) -> None:
    made = quiz(
        kind=QuizKind.CHALLENGE, account_needed=True, attempts_allowed=2, pass_mark=2, limit_seconds=600, board=True,
        closes_at=clock.now() + timedelta(days=3), feedback=Feedback.CLOSE,
    )  # fmt: skip
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    me = Walk(client, made)
    about = client.get(f"/quizzes/{made.id}").get_data(as_text=True)
    for words in ("2 of 2 left", "2 right answers", "10 minutes; you can ask for more", "until ", "nickname"):
        assert words in about, words
    assert "Closes " in client.get("/quizzes/").get_data(as_text=True)
    result = me.start().all(right=3).hand_in()
    assert "You passed; 2 were needed." in result and "Others are still answering" in result
    assert "Because of reason" not in result and "Question number" not in result, "nothing before the closing"
    me.start().all(right=0).hand_in()
    about = client.get(f"/quizzes/{made.id}").get_data(as_text=True)
    assert "You have used all your attempts" in about and "3 of 3 right" in about
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        assert "Because of reason" in me.page("result")


def test_the_daily_quiz_is_done_for_today(walk: Callable[..., Walk]) -> None:
    me = walk(kind=QuizKind.DAILY, size=5)
    assert "5 quiz questions, the same for everybody" in me.client.get("/quizzes/").get_data(as_text=True)
    me.start().all(right=4).hand_in()
    index = me.client.get("/quizzes/").get_data(as_text=True)
    assert "Done today: 4 of 5 right" in index and f'href="{me.address("result")}"' in index
    about = me.client.get(f"/quizzes/{me.quiz}").get_data(as_text=True)
    assert "New ones come tomorrow." in about and "/start" not in about.split("<main")[1]


def test_each_question_is_explained_once_it_is_closed(walk: Callable[..., Walk]) -> None:
    me = walk(size=3, feedback=Feedback.EACH).start()
    assert "Because of reason" not in me.page()
    assert me.send("close", chosen=[]).status_code == 422
    me.send("close", right=False)
    page = me.page()
    assert me.here == me.address(1) and page.count("Because of reason") == 1 and "Not right." in page
    assert f'href="{me.address(2)}"' in page and 'name="choice"' not in page
    assert "Because of reason" not in me.page(2) and "Because of reason" not in me.page("check")
    csrf = me.client.token(me.address(2))
    late = me.client.post(me.address(1), data={"csrf_token": csrf, "choice": key_of(items(me.row())[0])})
    assert (late.status_code, late.headers["Location"]) == (303, me.address(1))
    assert "its explanation has been shown" in me.page(1)
    me.here = me.address(2)
    me.send("close")
    assert "Right." in me.page()


def test_only_a_quiz_that_explains_each_closes_one(walk: Callable[..., Walk]) -> None:
    me = walk(size=3).start()
    me.send("close")
    assert me.here == me.address(2) and not any(item.closed for item in items(me.row()))
    with transaction():
        db.session.execute(db.update(AttemptItem).values(closed=True))
    assert "Because of reason" not in me.page(1)


def autosave(me: Walk, chosen: list[str]) -> Any:
    data = {"csrf_token": me.client.token(me.address("check")), "choice": chosen}
    return me.client.post(me.here, data=data, headers={"X-Autosave": "1"})


def test_a_script_saves_without_going_on(walk: Callable[..., Walk]) -> None:
    me = walk(size=3).start()
    item = items(me.row())[0]
    assert autosave(me, wrong_for(item)).get_json() == {"saved": True}
    assert items(me.row())[0].answer == wrong_for(item)
    refused = autosave(me, ["nothing"])
    assert (refused.status_code, refused.get_json()) == (422, {"saved": False})
    csrf = me.client.token(me.here)
    me.hand_in()
    late = me.client.post(me.here, data={"csrf_token": csrf, "choice": []}, headers={"X-Autosave": "1"})
    assert (late.status_code, late.get_json()) == (409, {"saved": False, "go": me.address("result")})


def test_an_answer_after_handing_in_leads_to_the_result(walk: Callable[..., Walk]) -> None:
    me = walk(size=3).start()
    csrf = me.client.token(me.here)
    me.hand_in()
    for end in (1, "hand-in"):
        answer = me.client.post(me.address(end), data={"csrf_token": csrf, "choice": "true"})
        assert (answer.status_code, answer.headers["Location"]) == (303, me.address("result"))
    assert "has been handed in already" in me.page("result") and me.row().score == 0
    assert me.client.submit(me.address("extend"), page=f"/quizzes/{me.quiz}").status_code == 303


def test_a_limit_is_said_and_lengthened_once(walk: Callable[..., Walk]) -> None:
    me = walk(size=3, limit_seconds=360).start()
    with time_machine.travel(me.row().started_at + timedelta(seconds=10), tick=False):
        page = me.page()
        assert "5 minutes</b>" in page and "notice--plain" in page and "60 minutes in all" in page
        assert "<details open" not in page
        assert re.search(r'class="more no-print" open', me.client.get(f"{me.here}?mode=elder").get_data(as_text=True))
    with time_machine.travel(me.row().started_at + timedelta(seconds=90), tick=False):
        assert "4 minutes</b>" in me.page() and "notice--waiting" in me.page()
        for words in ("You have more time now.", "There is no more time to give"):
            answer = me.client.submit(me.address("extend"), {"at": "2"}, page=me.address("check"))
            assert (answer.status_code, answer.headers["Location"]) == (303, me.address(2))
            assert words in me.page(2)
        assert "58 minutes</b>" in me.page() and "I need more time" not in me.page()


def test_out_of_time_it_is_handed_in_by_itself(walk: Callable[..., Walk]) -> None:
    me = walk(size=3, limit_seconds=60).start()
    me.send()
    csrf = me.client.token(me.here)
    with time_machine.travel(me.row().ends_at + timedelta(seconds=1), tick=False):
        assert me.client.get(me.here).headers["Location"] == me.address("check")
        over = me.page("check")
        assert "The time is over" in over and "Change<span" not in over and "See the result" in over
        assert me.row().state == "open", "looking changes nothing"
        answer = me.client.post(me.here, data={"csrf_token": csrf, "choice": key_of(items(me.row())[1])})
        assert answer.headers["Location"] == me.address("result")
        result = me.page("result")
        assert "What you had answered was handed in." in result and "Handed in by itself" in result
        assert "3 questions, 1 right" in result
    assert (me.row().state, me.row().score) == ("expired", 1)


def test_a_page_that_hands_in_at_the_end_of_the_limit_says_so(walk: Callable[..., Walk]) -> None:
    me = walk(size=3, limit_seconds=60).start()
    with time_machine.travel(me.row().started_at + timedelta(seconds=61), tick=False):
        assert "Handed in by itself" in me.hand_in()


@pytest.mark.both_databases
def test_a_correction_is_told_with_its_reason(walk: Callable[..., Walk]) -> None:
    me = walk(size=3).start().all(right=3)
    me.hand_in()
    moment = clock.now() + timedelta(minutes=5)
    with transaction():
        db.session.add(
            KeyCorrection(
                version_id=items(me.row())[0].version_id, key=[], reason="法条已修订", attempts=1, changed=1,
                decided_by=county.people()["leader"].id, decided_at=moment,
            )
        )  # fmt: skip
        me.row().score, me.row().counted = 2, 2
    result = me.page("result")
    assert "Your result was corrected" in result and "法条已修订" in result and "counts for nobody" in result
    assert "2 questions, 2 right" in result


def test_everybody_is_shown_with_their_number_or_not_at_all(walk: Callable[..., Walk]) -> None:
    me = walk(size=3)
    quiz = db.session.get_one(Quiz, me.quiz)
    for n in range(FEWEST_COMPARED - 2):
        done(quiz, visitor(str(n)), right=3)
    me.start().all(right=0)
    assert "Everybody on average" not in me.hand_in()
    done(db.session.get_one(Quiz, me.quiz), visitor("last"), right=0)
    result = me.page("result")
    assert "80<small>%" in result and f"{FEWEST_COMPARED} people, first attempts" in result


def test_what_the_office_set_aside_has_no_score(walk: Callable[..., Walk]) -> None:
    me = walk(size=3).start().all(right=3)
    me.hand_in()
    with transaction():
        me.row().state = "void"
    result = me.page("result")
    assert "This attempt does not count" in result and "3 right" not in result and "Because" not in result


def test_few_statements_a_page(walk: Callable[..., Walk], client: FlaskClient) -> None:
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    me = walk(size=5, attempts_allowed=3, limit_seconds=600, feedback=Feedback.EACH).start()
    me.send("close")
    with transaction():
        make_quiz(kind=QuizKind.DAILY, size=5)
    counted: dict[str, int] = {}

    def count(address: str) -> None:
        with statements() as seen:
            assert client.get(address).status_code == 200
        counted[address] = len(seen)

    for address in (me.address(1), me.address(2), me.address("check"), "/quizzes/", f"/quizzes/{me.quiz}"):
        count(address)
    me.hand_in()
    count(me.address("result"))
    assert max(counted.values()) <= 6, counted


def test_a_flood_of_beginnings_from_one_address_is_stopped(
    walk: Callable[..., Walk], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert STARTS == "1000/hour", "a hall of phones shares one address"
    monkeypatch.setattr("citizen.quizzes.views.index.STARTS", "1/hour")
    me = walk(size=3).start()
    page = f"/quizzes/{me.quiz}"
    assert me.client.submit(f"{page}/start", page=page).status_code == 429


def test_an_empty_site_says_so(client: FlaskClient) -> None:
    assert "There is no quiz open right now" in client.get("/quizzes/?lang=en").get_data(as_text=True)


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_each_language_has_its_own_words(walk: Callable[..., Walk], language: str) -> None:
    me = walk(size=3).start()
    words = {"zh-Hans": "个问题", "zh-Hant": "個問題", "en": "Question number"}
    page = me.client.get(f"{me.here}?lang={language}").get_data(as_text=True)
    assert [tag for tag, text in words.items() if text in page] == [language]
