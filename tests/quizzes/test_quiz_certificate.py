"""A certificate for a quiz that was passed: one, with the name that was typed, whatever is pressed twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.certificates.models import Certificate
from citizen.certificates.services import check, revoke
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.rules.attempts import AttemptState
from citizen.quizzes.services.certificates import certify
from tests.quizzes.making import bank, begun, done, make_quiz, taker, visitor


@pytest.fixture
def quiz(people: dict[str, Person]) -> Quiz:
    """A quiz of three that two pass."""
    bank(3)
    with transaction():
        return make_quiz(size=3, pass_mark=2, certificate=True)


@pytest.fixture
def attempt(quiz: Quiz, people: dict[str, Person]) -> Attempt:
    """The resident's, passed."""
    return done(quiz, taker(people["resident"].id), right=2)


def issued() -> int:
    return int(db.session.execute(db.select(db.func.count()).select_from(Certificate)).scalar_one())


@pytest.mark.both_databases
def test_the_same_attempt_gives_the_same_certificate(attempt: Attempt, people: dict[str, Person]) -> None:
    me = people["resident"].id
    with transaction():
        first = certify(attempt.token, me, holder="林知禾")
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False), transaction():
        again = certify(attempt.token, me, holder="另一个名字")
    assert (again.number, again.holder, issued()) == (first.number, "林知禾", 1)
    assert check(first) and db.session.get_one(Attempt, attempt.id).certificate == first.number
    day = clock.local(attempt.submitted_at or clock.now()).date().isoformat()
    facts = {name: first.snapshot[name] for name in ("right", "questions", "first_day", "last_day")}
    assert facts == {"right": 2, "questions": 3, "first_day": day, "last_day": day}
    assert first.snapshot["subject"]["hans"] == "走路骑车"
    with transaction():
        revoke(first.id, "名字有误", by_id=people["head"].id)
    with transaction():
        assert certify(attempt.token, me, holder="林知禾").number == first.number, "what was revoked stays revoked"


def test_there_is_none_without_a_pass_an_account_or_for_somebody_else(quiz: Quiz, people: dict[str, Person]) -> None:
    me, other = people["resident"].id, people["volunteer"].id
    failed, passed = done(quiz, taker(me), right=1), done(quiz, taker(me), right=3)
    with pytest.raises(Conflict), transaction():
        certify(failed.token, me, holder="林知禾")
    for token, person_id in ((passed.token, other), ("none", me), (done(quiz, visitor(), right=3).token, me)):
        with pytest.raises(NotFound), transaction():
            certify(token, person_id, holder="林知禾")
    unfinished = begun(quiz, taker(me))
    with pytest.raises(NotFound), transaction():
        certify(unfinished.token, other, holder="林知禾")
    with pytest.raises(Conflict), transaction():
        certify(unfinished.token, me, holder="林知禾")
    for holder in ("", " \u200b ", "字" * 61):
        with pytest.raises(InvalidInput) as refused, transaction():
            certify(passed.token, me, holder=holder)
        assert refused.value.field == "holder"
    with transaction():
        db.session.get_one(Attempt, passed.id).state = AttemptState.VOID
    with pytest.raises(Conflict), transaction():
        certify(passed.token, me, holder="林知禾")
    with transaction():
        db.session.get_one(Quiz, quiz.id).certificate = False
    with pytest.raises(NotFound), transaction():
        certify(passed.token, me, holder="林知禾")
    assert issued() == 0


def test_the_page_asks_once_keeps_what_was_typed_and_leads_to_the_certificate(
    client: FlaskClient, attempt: Attempt, people: dict[str, Person]
) -> None:
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    address = f"/quizzes/attempts/{attempt.token}/certificate"
    result = f"/quizzes/attempts/{attempt.token}/result"
    assert f'href="{address}"' in client.get(f"{result}?lang=en").get_data(as_text=True)
    assert f'value="{people["resident"].name}"' in client.get(address).get_data(as_text=True)
    typed = "林" * 61
    wrong = client.submit(address, {"holder": typed})  # type: ignore[attr-defined]
    assert wrong.status_code == 422 and typed in wrong.get_data(as_text=True) and issued() == 0
    assert client.submit(address, {"holder": " "}).status_code == 422  # type: ignore[attr-defined]
    token = client.token(address)  # type: ignore[attr-defined]
    places = set()
    for holder in ("林知禾", "林知禾", ""):
        answer = client.post(
            address, data={"csrf_token": token, "holder": holder}, headers={"Sec-Fetch-Site": "same-origin"}
        )
        assert answer.status_code == 303
        places.add(answer.headers["Location"])
    assert len(places) == 1 and issued() == 1
    page = client.get(places.pop()).get_data(as_text=True)
    assert "林知禾" in page and "Walking and riding" in page and "2 of 3" in page
    assert client.get(address).status_code == 303
    assert "My certificate" in client.get(result).get_data(as_text=True)
    with transaction():
        db.session.get_one(Attempt, attempt.id).state = AttemptState.VOID
    assert "before it was set aside" in client.get(result).get_data(as_text=True)


def test_a_stranger_finds_no_form(client: FlaskClient, attempt: Attempt) -> None:
    address = f"/quizzes/attempts/{attempt.token}/certificate"
    assert client.get(address).status_code == 303  # to the sign-in
    client.sign_in("volunteer@demo.invalid")  # type: ignore[attr-defined]
    assert client.get(address).status_code == 404
    assert client.submit(address, {"holder": "林知禾"}, page="/account/").status_code == 404  # type: ignore[attr-defined]
