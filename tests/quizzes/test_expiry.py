"""What time does to attempts by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.jobs import attempts as jobs
from citizen.quizzes.models import Attempt, AttemptItem
from citizen.quizzes.rules.attempts import KEEP_ANONYMOUS, LONGEST
from citizen.quizzes.services import attempts as service
from tests import county
from tests.quizzes.making import answered, bank, begun, done, make_quiz, taker, visitor

pytestmark = pytest.mark.usefixtures("people")


def states() -> dict[str, str]:
    """The state of every attempt by its taker."""
    db.session.rollback()
    return {row.taker: row.state for row in db.session.execute(db.select(Attempt.taker, Attempt.state))}


@pytest.mark.both_databases
def test_overdue_attempts_are_handed_in_with_what_they_have() -> None:
    bank()
    with transaction():
        short, long = make_quiz(limit_seconds=60), make_quiz()
    late, slow = begun(short, visitor("late")), begun(long, visitor("slow"))
    answered(late, visitor("late"), right=2)
    ends = late.ends_at
    with time_machine.travel(ends, tick=False):
        jobs.expire_attempts({})
        assert states() == {"vlate": "open", "vslow": "open"}, "the last moment belongs to the taker"
    with time_machine.travel(ends + timedelta(seconds=1), tick=False):
        for _turn in range(2):
            jobs.expire_attempts({})
        assert states() == {"vlate": "expired", "vslow": "open"}
    ended = db.session.get_one(Attempt, late.id)
    assert (ended.score, ended.submitted_at) == (2, ends)
    with time_machine.travel(slow.started_at + LONGEST + timedelta(seconds=1), tick=False):
        jobs.expire_attempts({})
        assert states()["vslow"] == "expired"


def test_one_that_cannot_be_marked_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    bank()
    with transaction():
        quiz = make_quiz(limit_seconds=60)
    bad, good = begun(quiz, visitor("bad")), begun(quiz, visitor("good"))
    id_, ends = bad.id, good.ends_at

    def refuses(attempt: Attempt) -> None:
        if attempt.id == id_:
            raise ValueError("broken")

    with service.attempt_marked.connected_to(refuses), time_machine.travel(ends + timedelta(seconds=1), tick=False):
        with pytest.raises(ValueError, match="broken"):
            jobs.expire_attempts({})
        assert states() == {"vbad": "open", "vgood": "expired"}


def test_strangers_are_forgotten_and_accounts_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    bank()
    with transaction():
        quiz = make_quiz()
    person = county.people()["resident"].id
    for who in (visitor("a"), visitor("b"), visitor("c"), taker(person)):
        done(quiz, who, right=1)
    start = clock.now()
    with time_machine.travel(start + KEEP_ANONYMOUS - timedelta(minutes=1), tick=False):
        fresh = begun(quiz, visitor("open")).id
        jobs.forget_strangers({})
        assert len(states()) == 5
    with time_machine.travel(start + KEEP_ANONYMOUS + timedelta(minutes=1), tick=False):
        jobs.forget_strangers({})
        assert states() == {f"p{person}": "submitted", "vopen": "open"}
    kept = db.session.execute(db.select(AttemptItem.attempt_id).distinct()).scalars().all()
    assert len(kept) == 2 and fresh in kept
