"""Corrected keys: the look changes nothing, the act changes every result once, and boards that are final stay."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from citizen.core import clock, outbox
from citizen.core.audit import Event
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.jobs.remarking import remark_batch
from citizen.quizzes.models import Attempt, KeyCorrection, QuestionVersion, Quiz
from citizen.quizzes.rules import remarking as rules
from citizen.quizzes.rules.questions import Kind
from citizen.quizzes.rules.remarking import Effect, Held
from citizen.quizzes.services import remarking
from citizen.quizzes.services.remarking import Wanted
from tests import county
from tests.client import PageClient
from tests.quizzes.making import bank, begun, done, items, make_quiz, visitor

REASON = "2026年起条例改了，两个答案都对"


def held(**more: Any) -> Held:
    return Held(
        **{"answer": ["b"], "right": False, "score": 2, "counted": 4, "size": 4, "passed": False, "pass_mark": 3} | more
    )


@pytest.mark.parametrize(
    ("before", "right", "after"),
    [
        (held(), True, (3, 4, True)),
        (held(), False, (2, 4, False)),
        (held(), None, (2, 3, False)),  # 3 of 4 needed becomes 3 of 3
        (held(score=3, right=True, passed=True), False, (2, 4, False)),
        (held(score=3, right=True, passed=True), None, (2, 3, False)),
        (held(right=None, counted=3), True, (3, 4, True)),
        (held(right=None, counted=3), False, (2, 4, False)),
        (held(pass_mark=None, passed=None), True, (3, 4, None)),
        (held(score=0, counted=1, size=1, pass_mark=1), None, (0, 0, False)),
    ],
)
def test_one_answer_judged_anew(before: Held, right: bool | None, after: tuple[int, int, bool | None]) -> None:
    found = rules.after(before, right)
    assert (found.score, found.counted, found.passed) == after


def test_the_effect_counts_results_and_not_answers() -> None:
    rows = [held(), held(answer=["c"]), held(answer=["a"], right=True, score=3, passed=True)]
    assert rules.effect(rows, kind=Kind.SINGLE, key=["a", "b"]) == Effect(3, 1, 1, 0)
    assert rules.effect(rows, kind=Kind.SINGLE, key=["b"]) == Effect(3, 2, 1, 1)
    assert rules.effect(rows, kind=Kind.SINGLE, key=[]) == Effect(3, 3, 0, 1)


@pytest.mark.parametrize(
    ("kind", "key", "ok"),
    [
        (Kind.SINGLE, ["a", "b"], True), (Kind.SINGLE, [], True), (Kind.SINGLE, ["a"], False), (Kind.SINGLE, ["x"], False),
        (Kind.SINGLE, ["a", "b", "c"], False), (Kind.MULTIPLE, ["a", "b", "c"], True),
    ],
)  # fmt: skip
def test_which_keys_can_count(kind: Kind, key: list[str], ok: bool) -> None:
    if ok:
        assert rules.ensure_key(kind, key, options=["a", "b", "c"], counting=["a"]) == key
        return
    with pytest.raises(InvalidInput):
        rules.ensure_key(kind, key, options=["a", "b", "c"], counting=["a"])


@pytest.fixture
def single(people: dict[str, Any]) -> QuestionVersion:
    """A single choice that every attempt at a quiz of one question holds."""
    return bank(1, kind=Kind.SINGLE)[0]


def one_question(**more: Any) -> Quiz:
    with transaction():
        return make_quiz(size=1, pass_mark=1, **more)


def other(version: QuestionVersion) -> str:
    """What `wrong_for` answers: the first wrong option."""
    return next(option["id"] for option in version.options if option["id"] not in version.key)


def wanted(version: QuestionVersion, key: list[str], **more: Any) -> Wanted:
    now = clock.now()
    found = remarking.look(version.id, key, until=now)
    values = {
        "key": key,
        "reason": REASON,
        "last": 0,
        "looked_at": now,
        "attempts": found.attempts,
        "changed": found.changed,
    }
    return Wanted(**{**values, **more})


def correct(version: QuestionVersion, asked: Wanted) -> KeyCorrection:
    with transaction():
        return remarking.correct(version.id, asked, by=county.people()["publisher"].id)


def results() -> list[tuple[Any, ...]]:
    query = db.select(Attempt.score, Attempt.counted, Attempt.passed).order_by(Attempt.id)
    return [tuple(row) for row in db.session.execute(query)]


def run_jobs() -> int:
    query = db.select(outbox.Job).where(outbox.Job.kind == remarking.JOB, outbox.Job.state == outbox.JobState.READY)
    ran = 0
    while jobs := db.session.execute(query.order_by(outbox.Job.id)).scalars().all():
        found = [(job.id, dict(job.payload)) for job in jobs]
        db.session.rollback()
        for id_, payload in found:
            remark_batch(payload)
            with transaction():
                db.session.get_one(outbox.Job, id_).state = outbox.JobState.DONE
            ran += 1
    return ran


@pytest.mark.both_databases
def test_everybody_who_met_the_question_is_marked_again(single: QuestionVersion) -> None:
    quiz = one_question()
    for name, right in (("a", 1), ("b", 0)):
        done(quiz, visitor(name), right=right)
    going_on, wrong = begun(quiz, visitor("c")), other(single)
    aside = done(quiz, visitor("d"), right=0)
    with transaction():
        db.session.get_one(Attempt, aside.id).state = "void"
    assert results() == [(1, 1, True), (0, 1, False), (None, None, None), (0, 1, False)]
    row = correct(single, wanted(single, [*single.key, wrong]))
    assert (row.attempts, row.changed, row.reason) == (2, 1, REASON)
    assert results() == [(1, 1, True), (1, 1, True), (None, None, None), (0, 1, False)]
    assert [
        items(attempt)[0].right for attempt in db.session.execute(db.select(Attempt).order_by(Attempt.id)).scalars()
    ][:2] == [True, True]
    event = db.session.execute(db.select(Event).where(Event.action == "question.remarked")).scalar_one()
    assert (event.subject_id, event.detail["changed"]) == (single.question_id, 1)
    assert going_on.id and run_jobs() == 1  # once more for those who handed in at that very moment
    assert results() == [(1, 1, True), (1, 1, True), (None, None, None), (0, 1, False)]


def test_a_question_can_count_for_nobody_and_again_for_somebody(single: QuestionVersion) -> None:
    quiz = one_question()
    done(quiz, visitor(), right=0)
    first = correct(single, wanted(single, []))
    assert results() == [(0, 0, False)]
    correct(single, wanted(single, [other(single)], last=first.id))
    assert results() == [(1, 1, True)]


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"reason": "错了"}, InvalidInput), ({"last": 7}, Conflict), ({"attempts": 9}, Conflict), ({"changed": 0}, Conflict),
        ({"key": ["nonsense"]}, InvalidInput),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(single: QuestionVersion, more: dict[str, Any], error: type[Exception]) -> None:
    done(one_question(), visitor(), right=0)
    asked = wanted(single, [other(single)])
    changed = Wanted(**{name: more.get(name, getattr(asked, name)) for name in Wanted.__slots__})
    with pytest.raises(error):
        correct(single, changed)
    assert results() == [(0, 1, False)] and db.session.execute(db.select(KeyCorrection)).first() is None
    with pytest.raises(NotFound):
        remarking.look(7777, [], until=clock.now())


def test_who_hands_in_after_the_look_does_not_stop_it_and_is_judged_by_the_new_key(single: QuestionVersion) -> None:
    quiz = one_question()
    done(quiz, visitor("a"), right=0)
    asked = wanted(single, [other(single)])
    with time_machine.travel(clock.now() + timedelta(seconds=5), tick=False):
        done(quiz, visitor("b"), right=0)
        row = correct(single, asked)
    assert (row.attempts, row.changed) == (2, 2) and results() == [(1, 1, True)] * 2


def test_many_attempts_are_marked_in_the_background_in_batches(
    single: QuestionVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "AT_ONCE", 3)
    monkeypatch.setattr(remarking.remark, "__kwdefaults__", {"most": 2, "late": False})
    quiz = one_question()
    for name in "abcde":
        done(quiz, visitor(name), right=0)
    correct(single, wanted(single, [other(single)]))
    assert results() == [(0, 1, False)] * 5
    assert run_jobs() == 3 + 3  # two, two and one; and once more for late ones
    assert results() == [(1, 1, True)] * 5


def test_a_final_board_stays(single: QuestionVersion) -> None:
    board = {"at": "2026-09-01", "people": [{"score": 0}], "areas": []}
    quiz = one_question(frozen_board=board, board=True)
    done(quiz, visitor(), right=0)
    correct(single, wanted(single, [other(single)]))
    assert results() == [(1, 1, True)]
    assert db.session.get_one(Quiz, quiz.id, populate_existing=True).frozen_board == board


# --- pages -----------------------------------------------------------------------------------------------------------


def hidden(page: str) -> dict[str, str]:
    form = page[page.index('method="post" action="/office/quizzes/remark') :].split("</form>", maxsplit=1)[0]
    found = dict(re.findall(r'name="([a-z_]+)"[^>]*value="([^"]*)"', form))
    return {name: value for name, value in found.items() if name != "csrf_token"}


def test_the_page_looks_first_and_confirms_what_was_seen(single: QuestionVersion, client: PageClient) -> None:
    client.sign_in("publisher@demo.invalid")
    quiz, path = one_question(), f"/office/quizzes/remark/{single.id}"
    done(quiz, visitor("a"), right=0)
    for query in ({"reason": REASON}, {"key": other(single), "reason": "短"}, {"key": single.key[0], "reason": REASON}):
        assert client.get(path, query_string=query).status_code == 422, query
    page = client.get(path, query_string={"key": other(single), "reason": REASON, "lang": "en"}).get_data(as_text=True)
    assert "1 attempt held this question" in page and "1 result changes" in page
    assert results() == [(0, 1, False)]
    data = hidden(page)
    assert client.submit(path, {**data, "version": ""}, page=f"{path}?lang=en&{query_of(data)}").status_code == 422
    stale = client.submit(path, {**data, "changed": "5"}, page=f"{path}?{query_of(data)}")
    assert stale.status_code == 409 and REASON in stale.get_data(as_text=True)
    assert results() == [(0, 1, False)]
    answers = [client.submit(path, data, page=f"{path}?{query_of(data)}").status_code for _turn in range(2)]
    assert answers[0] == 303 and results() == [(1, 1, True)]
    assert db.session.execute(db.select(db.func.count()).select_from(KeyCorrection)).scalar() == 1
    assert client.get("/office/quizzes/remark/7777").status_code == 404


def query_of(data: dict[str, str]) -> str:
    return f"key={data['key']}&reason={data['reason']}"
