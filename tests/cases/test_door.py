"""The one door: a version, a lock, an event; nothing else changes a case's state."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask import Flask

from citizen.cases.rules import Actor
from citizen.cases.services import claims, triage
from citizen.cases.services.door import By, lock_case
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, MissingVersion, NotFound
from tests.factories import by, in_transaction, make_case

CASES = Path(__file__).parents[2] / "citizen"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("version", "error"),
    [
        (None, MissingVersion),
        ("", MissingVersion),
        ("x", MissingVersion),
        ("²", MissingVersion),
        ("１", MissingVersion),
        ("-1", MissingVersion),
        ("9" * 30, MissingVersion),
        ("0", Conflict),
        ("2", Conflict),
        ("1", None),
        (1, None),
    ],
)
def test_versions(app: Flask, version: object, error: type[Exception] | None) -> None:
    case = make_case()
    if error is None:
        with transaction():
            assert lock_case(case.number, version=version).id == case.id
        return
    with pytest.raises(error), transaction():
        lock_case(case.number, version=version)


def test_unknown_case(app: Flask) -> None:
    with pytest.raises(NotFound), transaction():
        lock_case("260101-AAAA", version=1)


def test_lock_needs_a_transaction(app: Flask) -> None:
    case = make_case()
    with pytest.raises(Conflict):
        lock_case(case.number, version=case.version)


@pytest.mark.both_databases
def test_second_of_two_decisions_on_one_version_is_refused(app: Flask) -> None:
    case = make_case()
    version = case.version
    for attempt in range(2):
        try:
            with transaction():
                found = claims.decide_on(case.number, version=version, person_id=by().person_id or 0)
                triage.ask(found, "哪一盏？", by=by())
        except Conflict:
            assert attempt == 1
        else:
            assert attempt == 0
    assert [row.action for row in history("case", case.id)].count("ask") == 1


def test_a_failed_decision_leaves_nothing(app: Flask) -> None:
    """A control for "one transaction": the state, the version, the claim and the event all go together."""
    case = make_case()

    def fail(locked: object) -> None:
        triage.ask(locked, "哪一盏？", by=by())  # type: ignore[arg-type]
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        in_transaction(case, fail)
    again = make_case(point="P003")
    assert again.state == "submitted"
    assert [row.action for row in history("case", case.id)] == ["submit"]


def test_wrong_capacity(app: Flask) -> None:
    case = make_case()
    with pytest.raises(Conflict):
        in_transaction(case, lambda found: triage.ask(found, "哪一盏？", by=By(1, Actor.CLERK)))


def test_nobody_else_writes_a_state() -> None:
    """Only `move_to` assigns ``.state`` of a case; read from the code itself."""
    writers = set()
    for path in (CASES / "cases").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else []
            names = [t for target in targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])]
            if any(isinstance(name, ast.Attribute) and name.attr == "state" for name in names):
                writers.add(path.name)
    assert writers == {"door.py"}
