"""Odd attempts: what is found and what is not, that a flag decides nothing, and how an attempt is set aside."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.jobs.flags import look_at_challenges
from citizen.quizzes.models import Attempt, AttemptFlag, AttemptItem, Quiz
from citizen.quizzes.queries.flags import why_set_aside
from citizen.quizzes.rules import flags as rules
from citizen.quizzes.rules.attempts import Taker
from citizen.quizzes.rules.flags import Sheet
from citizen.quizzes.rules.quizzes import QuizKind
from tests.client import PageClient
from tests.quizzes.making import answered, attempts, bank, begun, done, make_quiz, visitor

DESK = "/office/quizzes/"


@pytest.mark.parametrize(
    ("seconds", "size", "score", "found"),
    [
        ([1, 1, 1, 1, 1], 5, 4, 1.0),
        ([1, 1, 1, 9, 9], 5, 5, 1.0),
        ([1, 1, 2, 9, 9], 5, 5, None),
        ([1, 1, 1, 1, 1], 5, 3, None),
        ([1, 1, 1, 1], 4, 4, None),
        ([0, 0, 0], 10, 9, None),
    ],
)
def test_speed(seconds: list[int], size: int, score: int, found: float | None) -> None:
    assert rules.too_fast(seconds, size=size, score=score, counted=size) == found


def by_enumeration(wanted: int, chances: list[float]) -> float:
    total = 0.0
    for outcome in itertools.product((0, 1), repeat=len(chances)):
        if sum(outcome) >= wanted:
            product = 1.0
            for happened, chance in zip(outcome, chances, strict=True):
                product *= chance if happened else 1 - chance
            total += product
    return total


@pytest.mark.parametrize("wanted", [0, 1, 3, 6, 7])
def test_the_chance_of_agreement_equals_the_sum_over_all_outcomes(wanted: int) -> None:
    chances = [0.03, 0.2, 0.5, 0.01, 0.3, 0.9]
    assert rules.at_least(wanted, chances) == pytest.approx(by_enumeration(wanted, chances))


def test_rates_by_hand() -> None:
    """Seven right, two chose b, one chose c: (2+1)/(10+3+1) and (1+1)/14, squared and added."""
    assert rules.agreement({("a",): 7, ("b",): 2, ("c",): 1}, [("b",), ("c",)]) == pytest.approx((9 + 4) / 196)
    assert rules.agreement({("a",): 5}, []) == 0


def sheet(number: int, wrong: dict[int, str], *, size: int = 10, taker: str = "") -> Sheet:
    answers = {n: ((wrong[n],), False) if n in wrong else (("a",), True) for n in range(size)}
    return Sheet(number, taker or f"p{number}", answers)


def test_the_same_wrong_answers_are_found_among_many() -> None:
    honest = [sheet(n, {n % 10: "b", (n + 3) % 10: "c"}) for n in range(40)]
    copied = {0: "b", 1: "c", 2: "d", 3: "b", 4: "c", 5: "d"}
    pairs = rules.same_wrong_answers([*honest, sheet(100, copied), sheet(101, copied)])
    assert [(pair.first, pair.second, pair.same) for pair in pairs] == [(100, 101, 6)] and pairs[0].chance < 1e-4
    fewer = dict.fromkeys(range(5), "b")
    assert rules.same_wrong_answers([*honest, sheet(100, fewer), sheet(101, fewer)]) == []
    assert rules.same_wrong_answers([*honest, sheet(100, copied, taker="p"), sheet(101, copied, taker="p")]) == []


def test_what_everybody_gets_wrong_proves_nothing() -> None:
    """When most choose the same wrong answers, two who do are no oddity."""
    common = dict.fromkeys(range(7), "b")
    assert rules.same_wrong_answers([sheet(n, common) for n in range(20)]) == []


# --- finding ---------------------------------------------------------------------------------------------------------


def challenge(**more: Any) -> Quiz:
    bank(5)
    with transaction():
        return make_quiz(size=5, **{"kind": QuizKind.CHALLENGE, **more})


def flags() -> list[tuple[int, str, str]]:
    query = db.select(AttemptFlag.attempt_id, AttemptFlag.kind, AttemptFlag.state).order_by(AttemptFlag.id)
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def fast(quiz: Quiz, name: str = "a") -> Attempt:
    """Everything right, a second each."""
    attempt = done(quiz, visitor(name), right=5)
    with transaction():
        db.session.execute(db.update(AttemptItem).where(AttemptItem.attempt_id == attempt.id).values(seconds=1))
    return attempt


def rows(attempt: Attempt) -> tuple[Any, ...]:
    row = db.session.get_one(Attempt, attempt.id, populate_existing=True)
    return tuple(getattr(row, column.name) for column in Attempt.__table__.columns)


@pytest.mark.both_databases
@pytest.mark.usefixtures("people")
def test_flags_are_found_once_and_change_nothing() -> None:
    quiz = challenge(pass_mark=4)
    attempt, slow = fast(quiz), done(quiz, visitor("b"), right=5)
    before = rows(attempt), rows(slow)
    for _turn in range(2):
        look_at_challenges({})
    assert flags() == [(attempt.id, "speed", "open")]
    assert (rows(attempt), rows(slow)) == before
    with transaction():
        db.session.execute(db.update(AttemptFlag).values(state="dismissed"))
    look_at_challenges({})
    assert flags() == [(attempt.id, "speed", "dismissed")] and rows(attempt) == before[0]


@pytest.mark.usefixtures("people")
def test_only_challenges_of_the_last_day_are_looked_at() -> None:
    fast(challenge(kind=QuizKind.PRACTICE))
    old = fast(challenge())
    with time_machine.travel(clock.now() + timedelta(hours=26), tick=False):
        look_at_challenges({})
        assert flags() == []
    look_at_challenges({})
    assert flags() == [(old.id, "speed", "open")]


@pytest.mark.usefixtures("people")
def test_five_people_on_one_device_are_a_crowd() -> None:
    quiz = challenge()
    made = []
    for n in range(6):
        who = Taker(f"v{n}", None, device="one-device" if n < 5 else "another")
        attempt = begun(quiz, who)
        answered(attempt, who, right=2)
        with transaction():
            attempts.hand_in(attempt.token, who)
        made.append(attempt.id)
        look_at_challenges({})
        assert len(flags()) == (0 if n < 4 else 5)
    assert [row[0] for row in flags()] == made[:5]
    detail = db.session.execute(db.select(AttemptFlag.detail)).scalars().first()
    assert detail == {"people": 5, "attempts": made[:5]}


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


@pytest.mark.parametrize(("verdict", "state"), [("dismiss", "dismissed"), ("confirm", "confirmed")])
def test_a_person_decides_with_a_note_and_the_attempt_stays(desk: PageClient, verdict: str, state: str) -> None:
    attempt = fast(challenge(pass_mark=4))
    look_at_challenges({})
    before, flag_id = rows(attempt), db.session.execute(db.select(AttemptFlag.id)).scalar_one()
    path = f"{DESK}flags/{flag_id}"
    assert "Impossible speed" in text_of(desk, "flags/")
    page = text_of(desk, f"flags/{flag_id}")
    assert "at most 1.0 seconds each" in page
    data = {"version": version_on(page), "note": "练过很多遍", "verdict": verdict}
    for wrong in ({"note": ""}, {"verdict": "void"}, {"version": ""}):
        assert desk.submit(path, {**data, **wrong}).status_code == 422, wrong
    assert flags() == [(attempt.id, "speed", "open")]
    assert desk.submit(path, data).status_code == 303
    assert flags() == [(attempt.id, "speed", state)] and rows(attempt) == before
    assert desk.submit(path, data, page=f"{DESK}flags/").status_code == 409
    assert "练过很多遍" in text_of(desk, f"flags/{flag_id}")
    event = db.session.execute(db.select(Event).where(Event.action == f"flag.{verdict}")).scalar_one()
    assert (event.subject, event.subject_id) == ("attempt", attempt.id)


def test_setting_aside_is_asked_twice_written_down_and_told(desk: PageClient) -> None:
    board = {"at": "2026-09-01", "people": [], "areas": []}
    quiz = challenge(pass_mark=4, board=True, frozen_board=board)
    attempt = fast(quiz)
    path = f"{DESK}attempts/{attempt.id}/set-aside"
    assert desk.get(path, query_string={"reason": "短"}).status_code == 422
    sure = desk.get(path, query_string={"reason": "两人共用了同一份答案", "lang": "en"}).get_data(as_text=True)
    assert "Yes, set it aside" in sure and rows(attempt)[6] == "submitted"
    data = {"version": version_on(sure), "reason": "两人共用了同一份答案"}
    page = f"{path}?reason=two-of-them"
    for wrong, status in (({"reason": "短"}, 422), ({"version": ""}, 422), ({"version": "expired"}, 409)):
        assert desk.submit(path, {**data, **wrong}, page=page).status_code == status
    assert desk.submit(path, data, page=page).status_code == 303
    row = db.session.get_one(Attempt, attempt.id)
    assert (row.state, row.score, row.passed) == ("void", 5, True)
    assert why_set_aside(attempt.id) == "两人共用了同一份答案"
    assert db.session.get_one(Quiz, quiz.id).frozen_board == board
    event = db.session.execute(db.select(Event).where(Event.action == "attempt.set_aside")).scalar_one()
    assert (event.from_state, event.to_state) == ("submitted", "void")
    assert "两人共用了同一份答案" in text_of(desk, f"attempts/{attempt.id}")
    assert desk.submit(path, data, page=f"{DESK}flags/").status_code in (400, 409)


def test_pages_name_nobody_and_unknown_ones_are_not_there(desk: PageClient, people: dict[str, Any]) -> None:
    quiz = challenge()
    resident = people["resident"]
    who = Taker(f"p{resident.id}", resident.id, device="d")
    attempt = begun(quiz, who)
    for path in ("", "/set-aside"):  # it goes on: no key is shown
        assert desk.get(f"{DESK}attempts/{attempt.id}{path}").status_code == 404
    answered(attempt, who, right=3)
    with transaction():
        attempts.hand_in(attempt.token, who)
    page = text_of(desk, f"attempts/{attempt.id}")
    assert resident.name not in page and who.key not in page and attempt.token not in page
    for path in ("flags/7777", "flags/99999999999999", "attempts/7777", "attempts/7777/set-aside"):
        assert desk.get(f"{DESK}{path}").status_code == 404
