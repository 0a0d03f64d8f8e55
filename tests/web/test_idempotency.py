"""The same form sent twice leads to the same place once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.extensions import db
from citizen.web.idempotency import StoredAnswer, fingerprint, new_key, store_answer, stored_answer, sweep


@pytest.fixture(autouse=True)
def _in_a_request(app: Flask) -> None:
    app.test_request_context("/").push()


def once(key: str, content: str, answer: str, scope: str = "test") -> str:
    with transaction():
        known = stored_answer(scope, key, content=content)
        if known is None:
            store_answer(scope, key, content=content, answer=answer)
        return known or answer


def test_a_repetition_gets_the_first_answer() -> None:
    key = new_key()
    assert once(key, "c", "/first") == "/first"
    assert once(key, "c", "/second") == "/first"
    assert once(key, "c", "/other", scope="elsewhere") == "/other", "control: scopes are apart"
    assert once(new_key(), "c", "/third") == "/third"


def test_other_content_under_the_same_key_is_refused() -> None:
    key = new_key()
    once(key, "c", "/first")
    with pytest.raises(InvalidInput):
        once(key, "d", "/second")


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 65, "0123456789abcde-", "０" * 20, "' OR 1=1 --aaaaaaa", "\x00" * 20]
)
def test_malformed_keys(key: str) -> None:
    with pytest.raises(InvalidInput):
        once(key, "c", "/x")


def test_fingerprints_keep_parts_apart() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint("\ud800")


@pytest.mark.both_databases
def test_parallel_sends_store_one_answer(app: Flask) -> None:
    key, answers = new_key(), []
    start = threading.Barrier(4)

    def send(number: int) -> None:
        with app.test_request_context("/"):
            start.wait()
            try:
                answers.append(once(key, "c", f"/{number}"))
            except IntegrityError:
                answers.append("again")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = db.session.execute(db.select(StoredAnswer.answer).where(StoredAnswer.key == key)).scalars().all()
    assert len(stored) == 1
    assert set(answers) <= {stored[0], "again"}


def test_old_answers_are_forgotten_after_thirty_days() -> None:
    once(new_key(), "c", "/x")
    for age, left in ((timedelta(days=29), 1), (timedelta(days=31), 0)):
        with transaction():
            sweep(clock.now() + age)
        assert db.session.execute(db.select(db.func.count()).select_from(StoredAnswer)).scalar() == left
