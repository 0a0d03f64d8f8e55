"""Claims: one holder, a lease, nobody decides on what somebody else holds."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from citizen.accounts.models import Person
from citizen.app import create_app
from citizen.cases.models import Claim
from citizen.cases.services import claims, triage
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, DomainError, NotFound
from citizen.extensions import db
from tests import county
from tests.apart import at_once
from tests.factories import by, make_case

ids = tuple[int, int]


@pytest.fixture
def two(people: dict[str, Any]) -> ids:
    """Two moderators."""
    return people["moderator"].id, people["moderator2"].id


def _claim(number: str, person_id: int) -> None:
    with transaction():
        claims.claim(number, person_id=person_id)


@pytest.mark.both_databases
def test_one_holder_until_the_lease_ends(app: Flask, two: ids, monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case()
    _claim(case.number, two[0])
    _claim(case.number, two[0])
    with pytest.raises(claims.ClaimHeld) as held:
        _claim(case.number, two[1])
    assert held.value.holder.person_id == two[0]
    assert held.value.holder.name in str(held.value)
    later = clock.now() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert claims.holders([case.id]) == {}
    with pytest.raises(Conflict), transaction():
        claims.heartbeat(case.number, person_id=two[0])
    _claim(case.number, two[1])
    assert claims.holders([case.id])[case.id].person_id == two[1]
    assert [row.action for row in history("case", case.id)] == ["submit", "claim", "claim"]


def test_heartbeat_and_giving_back(app: Flask, two: ids, monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case()
    _claim(case.number, two[0])
    later = clock.now() + timedelta(minutes=9)
    monkeypatch.setattr(clock, "now", lambda: later)
    with transaction():
        assert claims.heartbeat(case.number, person_id=two[0]) == later + timedelta(minutes=10)
    with pytest.raises(Conflict), transaction():
        claims.heartbeat(case.number, person_id=two[1])
    with transaction():
        claims.let_go(case.number, person_id=two[1])
    assert case.id in claims.holders([case.id])
    with transaction():
        claims.let_go(case.number, person_id=two[0])
    assert claims.holders([case.id]) == {}
    _claim(case.number, two[1])


def test_the_leader_takes_over_and_the_chain_says_so(app: Flask, two: ids, people: dict[str, Any]) -> None:
    case = make_case()
    _claim(case.number, two[0])
    with transaction():
        claims.take_over(case.number, leader_id=people["leader"].id)
    assert claims.holders([case.id])[case.id].person_id == people["leader"].id
    event = history("case", case.id)[-1]
    assert (event.action, event.actor_id, event.detail) == (
        "takeover",
        people["leader"].id,
        {"from_person": two[0]},
    )


def test_unknown_cases(app: Flask, two: ids) -> None:
    for act in (claims.claim, claims.heartbeat, claims.let_go):
        with pytest.raises(NotFound), transaction():
            act("260101-AAAA", person_id=two[0])


def test_a_decision_claims_a_free_case_and_is_refused_on_anothers(app: Flask, two: ids) -> None:
    case = make_case()
    _claim(case.number, two[1])
    with pytest.raises(claims.ClaimHeld), transaction():
        claims.decide_on(case.number, version=case.version, person_id=two[0])
    with transaction():
        claims.let_go(case.number, person_id=two[1])
    with transaction():
        found = claims.decide_on(case.number, version=case.version, person_id=two[0])
        triage.accept(found, category_code="SAN-01", area_code=found.area_code, by=by())
    assert claims.holders([case.id])[case.id].person_id == two[0]


def _race(count: int, act: Callable[[int], str]) -> list[str]:
    """What ``count`` threads, started together, say."""
    answers: list[str] = []
    gate = threading.Barrier(count)

    def run(index: int) -> None:
        gate.wait()
        answers.append(act(index))

    threads = [threading.Thread(target=contextvars.Context().run, args=(run, index)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _try(app: Flask, number: str, person_id: int) -> str:
    with app.app_context():
        try:
            _claim(number, person_id)
        except claims.ClaimHeld as held:
            return f"held by {held.holder.person_id}"
        except DomainError as error:
            return type(error).__name__
        finally:
            db.session.remove()
    return "won"


def _all_at_once(app: Flask, case_number: str, count: int = 20) -> list[str]:
    everybody = [person.id for person in db.session.execute(db.select(Person).order_by(Person.id)).scalars()][:count]
    db.session.remove()
    return _race(count, lambda index: _try(app, case_number, everybody[index]))


@pytest.mark.both_databases
def test_twenty_at_once_have_one_winner(app: Flask) -> None:
    case = make_case()
    answers = _all_at_once(app, case.number)
    assert answers.count("won") == 1, answers
    winner = db.session.execute(db.select(Claim)).scalar_one().person_id
    assert answers.count(f"held by {winner}") == 19, answers


@pytest.mark.both_databases
def test_control_without_the_lock_the_race_is_lost(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading who holds the case in one transaction and taking it in another lets several win."""
    case = make_case()
    looked = threading.Barrier(8)
    case_id = case.id

    def attempt(number: str, person_id: int) -> None:
        free = db.session.get(Claim, case_id) is None
        looked.wait(timeout=20)
        if not free:
            raise Conflict("held")
        with transaction():
            taken = claims.lock_case(number, check=False)
            claims._take(taken, claims._row(taken), person_id=person_id)

    monkeypatch.setattr(f"{__name__}._claim", attempt)
    answers = _all_at_once(app, case.number, 8)
    assert answers.count("won") > 1, answers


def _claim_apart(folder: str, url: str, number: str, person_id: int, go: Callable[[], Any]) -> str:
    app = create_app(county.settings(Path(folder), url))
    go()
    return _try(app, number, person_id)


@pytest.mark.both_databases
def test_processes_have_one_winner_too(app: Flask, tmp_path: Path, database_url: str, people: dict[str, Any]) -> None:
    case = make_case()
    number = case.number
    everybody = sorted(person.id for person in people.values())[:4]
    db.session.remove()
    answers = at_once(_claim_apart, [(str(tmp_path), database_url, number, person) for person in everybody])
    assert sorted(answer.split()[0] for answer in answers) == ["held", "held", "held", "won"], answers
