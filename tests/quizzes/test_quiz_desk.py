"""The desk for quizzes: drafts, publishing what the bank can fill, what stays frozen, closing, copies."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.content import Words
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.quizzes.jobs.closing import close_quizzes
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.rules import publishing as rules
from citizen.quizzes.rules.publishing import Draft
from citizen.quizzes.rules.quizzes import Candidate, Feedback, Part, QuizKind, QuizState
from citizen.quizzes.services import attempts, closing, quizzes
from tests import county
from tests.client import PageClient
from tests.quizzes.making import bank, begun, done, make_quiz, taker, visitor

DESK = "/office/quizzes/"
NOW = datetime.fromisoformat("2026-09-01T00:00:00+00:00")
PARTS = (Part("traffic", None, 3),)


def draft(**more: Any) -> Draft:
    title, intro = Words("走路骑车", "", "Walking and riding"), Words("", "", "")
    return Draft(
        **{"kind": QuizKind.PRACTICE, "title": title, "intro": intro, "parts": PARTS, "feedback": Feedback.SUBMIT}
        | more
    )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, None),
        ({"kind": QuizKind.REVIEW}, "kind"),
        ({"title": Words("", "", "Only English")}, "title_hans"),
        ({"parts": ()}, "blueprint"),
        ({"parts": (Part(None, None, 51),)}, "blueprint"),
        ({"parts": tuple(Part(None, None, 1) for _line in range(16))}, "blueprint"),
        ({"limit_seconds": 30}, "limit_minutes"),
        ({"pass_mark": 4}, "pass_mark"),
        ({"pass_mark": 3}, None),
        ({"opens_at": NOW, "closes_at": NOW}, "closes_at"),
        ({"certificate": True}, "pass_mark"),
        ({"certificate": True, "pass_mark": 2}, None),
        ({"feedback": Feedback.CLOSE}, "closes_at"),
        ({"board": True}, "closes_at"),
        ({"board": True, "closes_at": NOW}, None),
    ],
)
def test_what_no_draft_may_be(more: dict[str, Any], field: str | None) -> None:
    if field is None:
        rules.ensure_draft(draft(**more))
        return
    with pytest.raises(InvalidInput) as caught:
        rules.ensure_draft(draft(**more))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("more", "account", "tries"),
    [
        ({"attempts_allowed": 3}, False, 3),
        ({"board": True}, True, None),
        ({"certificate": True}, True, None),
        ({"kind": QuizKind.DAILY, "attempts_allowed": 3}, False, None),
    ],
)
def test_what_follows_from_a_draft(more: dict[str, Any], account: bool, tries: int | None) -> None:
    found = rules.settled(draft(**more))
    assert (found.account_needed, found.attempts_allowed) == (account, tries)


LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("was", "wanted", "ok"),
    [(NOW, NOW, True), (LATER, LATER, True), (LATER, LATER + timedelta(hours=1), True), (None, None, True),
     (LATER, NOW, False), (LATER, None, False), (None, LATER, False), (NOW, LATER, False)],
)  # fmt: skip
def test_a_published_quiz_closes_later_only(was: Any, wanted: Any, ok: bool) -> None:
    if ok:
        rules.ensure_later(was, wanted, now=NOW)
        return
    with pytest.raises(InvalidInput):
        rules.ensure_later(was, wanted, now=NOW)


def test_a_bank_that_lacks_says_which_lines_and_how_many() -> None:
    stock = [Candidate(n, "traffic", 1 + n % 2) for n in range(4)]
    assert rules.short((Part("traffic", None, 3), Part(None, 2, 1)), stock) is None
    lacking = rules.short((Part("traffic", 1, 3), Part("waste", None, 2), Part(None, None, 1)), stock)
    assert lacking is not None and lacking.lines == [(Part("traffic", 1, 3), 2), (Part("waste", None, 2), 0)]
    together = rules.short((Part("traffic", None, 3), Part(None, None, 3)), stock)
    assert together is not None and together.lines == []


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: PageClient, people: dict[str, Any]) -> PageClient:
    return client.sign_in("publisher@demo.invalid")


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(f"{DESK}{path}", query_string={"lang": "en"})
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def version_on(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="([^"]*)"', page)
    assert found
    return found[1]


def typed(**more: Any) -> dict[str, Any]:
    values = {
        "title_hans": "走路骑车的规矩", "title_en": "Rules of the road", "intro_hans": "", "intro_en": "", "kind": "challenge",
        "blueprint_topic": ["traffic", ""], "blueprint_difficulty": ["", "1"], "blueprint_n": ["2", "1"], "limit_minutes": "10",
        "feedback": "submit", "pass_mark": "2", "attempts_allowed": "", "opens_at": "", "closes_at": "2099-12-31T18:00",
        "board": "y",
    }  # fmt: skip
    return {**values, **more}


def make(desk: PageClient, **more: Any) -> Quiz:
    assert desk.submit(f"{DESK}new", typed(once=secrets.token_hex(16), **more)).status_code == 303
    return db.session.execute(db.select(Quiz).order_by(Quiz.id.desc()).limit(1)).scalar_one()


@pytest.mark.parametrize("who", ["moderator", "coordinator", "resident"])
def test_others_are_kept_out(client: PageClient, people: dict[str, Any], who: str) -> None:
    with transaction():
        quiz = make_quiz()
    client.sign_in(f"{who}@demo.invalid")
    for path in ("", "new", f"{quiz.id}", f"{quiz.id}/edit", "statistics", "flags/", "remark/1", "statistics.xlsx"):
        assert client.get(f"{DESK}{path}").status_code == 403, path


def test_a_draft_is_made_once_with_what_follows_from_it(desk: PageClient) -> None:
    key = secrets.token_hex(16)
    answers = [desk.submit(f"{DESK}new", typed(once=key)) for _turn in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    quiz = db.session.execute(db.select(Quiz)).scalars().one()
    assert (quiz.state, quiz.title_hant, quiz.size, quiz.limit_seconds) == ("draft", "走路騎車的規矩", 3, 600)
    assert quiz.account_needed and quiz.board and quiz.attempts_allowed is None
    assert quiz.closes_at == datetime.fromisoformat("2099-12-31T18:00:00+08:00")
    assert [part["n"] for part in quiz.blueprint] == [2, 1] and quiz.blueprint[1]["topic"] is None
    page = text_of(desk, str(quiz.id))
    assert "all topics" in page and "account needed" in page
    assert "Rules of the road" in desk.get(f"{DESK}?state=draft&lang=en").get_data(as_text=True)


def test_rows_are_added_and_removed_without_losing_what_was_typed(desk: PageClient) -> None:
    for act, left in (("add", ["2", "1", ""]), ("remove-0", ["1"]), ("remove-1", ["2"])):
        answer = desk.submit(f"{DESK}new", typed(once=secrets.token_hex(16), act=act, title_en="Kept words"))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200 and "Kept words" in page
        assert re.findall(r'name="blueprint_n"[^>]*value="([^"]*)"', page) == left
    assert db.session.execute(db.select(Quiz)).first() is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"blueprint_n": ["2", "x"]}, "Line 2"),
        ({"title_hans": " "}, "Write the title in Chinese"),
        ({"closes_at": "2099-13-01T00:00"}, "Type day and time"),
        ({"closes_at": "", "board": "y"}, "A board needs a closing time"),
        ({"limit_minutes": "-3"}, "Type a number from 1"),
        ({"blueprint_topic": ["nonsense", ""]}, "Choose a topic"),
        ({"kind": "review"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_said_and_kept(desk: PageClient, more: dict[str, Any], words: str) -> None:
    answer = desk.submit(f"{DESK}new?lang=en", typed(once=secrets.token_hex(16), title_en="Kept words", **more))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and words in page and "Kept words" in page


def test_publishing_names_the_lines_that_lack(desk: PageClient) -> None:
    quiz = make(desk, blueprint_topic=["traffic", "waste"], blueprint_n=["2", "3"])
    path = f"{DESK}{quiz.id}"
    bank(2)
    assert desk.submit(f"{path}/publish", {}, page=path).status_code == 422  # without a version
    version = version_on(text_of(desk, str(quiz.id)))
    answer = desk.submit(f"{path}/publish?lang=en", {"version": version}, page=path)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "Sorting waste · 1 Easy: 3 wanted, 0 in the bank" in page
    assert "Walking and riding by the rules: " not in page
    bank(3, topic="waste")
    assert desk.submit(f"{path}/publish", {"version": "77"}, page=path).status_code == 409
    assert desk.submit(f"{path}/publish", {"version": version}, page=path).status_code == 303
    assert db.session.get_one(Quiz, quiz.id).state == QuizState.PUBLISHED
    assert desk.submit(f"{path}/publish", {"version": version}, page=path).status_code == 409


@pytest.mark.parametrize(
    ("more", "words"),
    [({"title_en": ""}, "title in English is missing"), ({"intro_hans": "请看"}, "introduction in English is missing")],
)
def test_publishing_needs_both_languages(desk: PageClient, more: dict[str, Any], words: str) -> None:
    bank(6)
    quiz = make(desk, **more)
    data = {"version": version_on(text_of(desk, str(quiz.id)))}
    answer = desk.submit(f"{DESK}{quiz.id}/publish?lang=en", data, page=f"{DESK}{quiz.id}")
    assert answer.status_code == 422 and words in answer.get_data(as_text=True)


def test_a_stale_edit_stands_beside_what_is_there_now_and_can_be_sent_again(desk: PageClient) -> None:
    quiz = make(desk)
    path = f"{DESK}{quiz.id}/edit"
    version = version_on(text_of(desk, f"{quiz.id}/edit"))
    assert desk.submit(path, typed(version=version, title_en="Theirs")).status_code == 303
    assert desk.submit(path, typed(title_en="Mine")).status_code == 422
    answer = desk.submit(f"{path}?lang=en", typed(version=version, title_en="Mine", blueprint_n=["4", "1"]))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "Theirs" in page and 'value="Mine"' in page
    assert "Walking and riding by the rules × 2" in page
    assert desk.submit(path, typed(version=version_on(page), title_en="Mine")).status_code == 303
    assert db.session.get_one(Quiz, quiz.id).title_en == "Mine"


def test_a_published_quiz_keeps_everything_but_its_texts(desk: PageClient) -> None:
    bank(6)
    with transaction():
        quiz = make_quiz(closes_at=clock.now() + timedelta(days=2))
    begun(quiz, visitor())
    page = text_of(desk, f"{quiz.id}/edit")
    assert "blueprint" not in page and "pass_mark" not in page
    data = typed(version=version_on(page), title_en="New title", pass_mark="1", closes_at="2099-12-31T18:00")
    assert desk.submit(f"{DESK}{quiz.id}/edit", data).status_code == 303
    row = db.session.get_one(Quiz, quiz.id)
    assert (row.title_en, row.pass_mark, row.size, row.board) == ("New title", None, 3, False)
    attempt = db.session.execute(db.select(Attempt)).scalar_one()
    assert attempt.ends_at == row.closes_at + timedelta(seconds=30)
    earlier = typed(version=version_on(text_of(desk, f"{quiz.id}/edit")), closes_at="2098-01-01T00:00")
    assert desk.submit(f"{DESK}{quiz.id}/edit", earlier).status_code == 422
    with pytest.raises(Conflict), transaction():
        locked = quizzes.locked_quiz(quiz.id, str(row.version))
        quizzes.rewrite(locked, draft(), by=1)


def test_taking_back_is_for_quizzes_that_nobody_began(desk: PageClient) -> None:
    bank(6)
    with transaction():
        quiz = make_quiz()
    path = f"{DESK}{quiz.id}"
    assert "Take back to draft" in text_of(desk, str(quiz.id))
    begun(quiz, visitor())
    assert "Take back to draft" not in text_of(desk, str(quiz.id))
    assert desk.submit(f"{path}/take-back", {"version": "1"}, page=path).status_code == 409


def test_a_copy_is_a_draft_without_window_and_results(desk: PageClient) -> None:
    bank(6)
    with transaction():
        quiz = make_quiz(board=True, account_needed=True, closes_at=clock.now() + timedelta(days=2))
    path, key = f"{DESK}{quiz.id}", secrets.token_hex(16)
    for _turn in range(2):
        answer = desk.submit(f"{path}/copy", {"once": key}, page=path)
        assert answer.status_code == 303
    copy = db.session.execute(db.select(Quiz).where(Quiz.id != quiz.id)).scalars().one()
    assert (copy.state, copy.title_hans, copy.title_en) == ("draft", "走路骑车（副本）", "Walking and riding (copy)")
    assert (copy.blueprint, copy.board, copy.closes_at, copy.frozen_board) == (quiz.blueprint, True, None, None)


# --- closing ---------------------------------------------------------------------------------------------------------


def challenge(**more: Any) -> Quiz:
    with transaction():
        return make_quiz(
            kind=QuizKind.CHALLENGE, board=True, account_needed=True, closes_at=clock.now() + timedelta(days=2), **more
        )


@pytest.mark.both_databases
@pytest.mark.usefixtures("people")
def test_the_clock_closes_after_the_grace_hands_in_and_freezes_the_board() -> None:
    bank(6)
    quiz = challenge()
    done(quiz, taker(county.people()["resident"].id), right=3)
    late = begun(quiz, taker(county.people()["volunteer"].id))
    assert quiz.closes_at is not None
    with time_machine.travel(quiz.closes_at + timedelta(seconds=10), tick=False):
        close_quizzes({})
        assert db.session.get_one(Quiz, quiz.id, populate_existing=True).state == QuizState.PUBLISHED
    with time_machine.travel(quiz.closes_at + timedelta(seconds=31), tick=False):
        close_quizzes({})
        close_quizzes({})
    row = db.session.get_one(Quiz, quiz.id, populate_existing=True)
    assert row.state == QuizState.CLOSED and row.frozen_board is not None
    assert db.session.get_one(Attempt, late.id, populate_existing=True).state == "expired"
    events = db.session.execute(db.select(Event.action).where(Event.subject == "quiz")).scalars().all()
    assert events == ["quiz.closed"]


@pytest.mark.usefixtures("people")
def test_closing_by_hand_waits_for_those_who_are_at_it() -> None:
    bank(6)
    quiz, me = challenge(), taker(county.people()["resident"].id)
    attempt = begun(quiz, me)
    with transaction():
        closing.close_now(quizzes.locked_quiz(quiz.id, "1"), by=county.people()["publisher"].id)
    row = db.session.get_one(Quiz, quiz.id, populate_existing=True)
    assert row.state == QuizState.CLOSED and row.frozen_board is None
    with pytest.raises(Conflict), transaction():
        attempts.start(quiz.id, taker(county.people()["volunteer"].id))
    with transaction():
        attempts.hand_in(attempt.token, me)
    with time_machine.travel(clock.now() + timedelta(seconds=40), tick=False):
        close_quizzes({})
    assert db.session.get_one(Quiz, quiz.id, populate_existing=True).frozen_board is not None


def test_closing_by_hand_asks_first_and_is_final_at_once_when_nobody_is_at_it(desk: PageClient) -> None:
    bank(6)
    quiz = challenge(opens_at=clock.now() + timedelta(days=1))
    path = f"{DESK}{quiz.id}/close"
    version = version_on(text_of(desk, f"{quiz.id}/close"))
    assert db.session.get_one(Quiz, quiz.id).state == QuizState.PUBLISHED
    assert desk.submit(path, {}).status_code == 422
    assert desk.submit(path, {"version": "9"}).status_code == 409
    assert desk.submit(path, {"version": version}).status_code == 303
    row = db.session.get_one(Quiz, quiz.id)
    assert row.state == QuizState.CLOSED and row.frozen_board is not None
    assert "The board is final" in text_of(desk, str(quiz.id))
    assert desk.submit(path, {"version": str(row.version)}).status_code == 409


def test_the_list_says_what_its_rates_are_of(desk: PageClient) -> None:
    bank(6)
    with transaction():
        quiz = make_quiz(pass_mark=2)
        make_quiz(title_en="Without a mark")
    for name, right in (("a", 3), ("b", 2), ("c", 0)):
        done(quiz, visitor(name), right=right)
    aside = done(quiz, visitor("d"), right=3)
    with transaction():
        db.session.get_one(Attempt, aside.id).state = "void"
    page = text_of(desk, "")
    assert "67% (2 of 3)" in page and "no pass mark" in page
    for path in ("?state=closed", "?state=nonsense&before=-1"):
        assert desk.get(f"{DESK}{path}").status_code == 200
    for path in ("99999999999999", "7777", "7777/edit", "7777/close"):
        assert desk.get(f"{DESK}{path}").status_code == 404
