"""Whatever is written into the audit trail has words: the code itself is no word for a reader."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts import trail
from citizen.core.audit import record
from citizen.core.database import transaction
from citizen.volunteers.rules.hours import ObjectionState, RequestState
from citizen.volunteers.rules.sections import AdoptionState
from tests.volunteers.making import make_shift, make_volunteer

CITIZEN = Path(__file__).parents[2] / "citizen"
FEATURES = ("accounts", "certificates", "photos", "volunteers")
CODE = re.compile(r"[a-z]+(?:_[a-z]+)*\.[a-z_]*[a-z]\Z")
#: What a coordinator records of a volunteer.
FIELDS = ("consent_on", "briefed_on", "insured_until", "care_approved_on")
#: Actions that are put together from a state or a column.
JOINED = {
    *(f"adoption.{state}" for state in AdoptionState),
    *(f"hours.{state}" for state in RequestState if state is not RequestState.PENDING),
    *(f"volunteer.{field}" for field in FIELDS),
    *(f"hours.objection_{state}" for state in ObjectionState if state is not ObjectionState.OPEN),
}


def calls() -> Iterator[tuple[ast.Module, ast.Call]]:
    """Every call of `record` in the features' own modules."""
    for feature in FEATURES:
        for path in (CITIZEN / feature).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record":
                    yield tree, node


def actions() -> set[str]:
    """The codes that modules with a call of `record` mention, and those that are put together."""
    found = set(JOINED)
    for tree, call in calls():
        first = call.args[0]
        if isinstance(first, ast.Constant):
            found.add(first.value)
        elif not isinstance(first, ast.JoinedStr):  # a name: one of the codes that the module or its callers mention
            found |= {node.value for node in ast.walk(tree) if is_code(node)}
    for name in ("services", "queries"):
        for path in (CITIZEN / "volunteers" / name).glob("*.py"):
            found |= {node.value for node in ast.walk(ast.parse(path.read_text())) if is_code(node)}
    return found


def is_code(node: ast.AST) -> bool:
    """Whether a node is a text such as "shift.moved", of which a kind of subject stands in front."""
    known = {code.partition(".")[0] for code in trail.ACTIONS if "." in code}
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or not CODE.match(node.value):
        return False
    return node.value.partition(".")[0] in known and not node.value.startswith(("bookings.", "demo."))


def test_every_action_has_words() -> None:
    found = actions()
    assert len(found) > 60
    assert {code for code in found if "." in code} - set(trail.ACTIONS) == set()
    assert "shift.moved" in found and "team.left" in found and "volunteer.suspended" in found, "control"


def test_every_subject_has_words() -> None:
    found = {
        call.args[1].value for _tree, call in calls() if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    }
    assert len(found) > 10 and found - set(trail.SUBJECTS) == set()


def test_a_shift_and_a_volunteer_are_linked_by_number(client: FlaskClient, app: Flask) -> None:
    shift, volunteer = make_shift(), make_volunteer("金丝雀")
    with transaction():
        record("shift.created", "shift", subject_id=shift.id)
        record("volunteer.viewed", "volunteer", subject_id=volunteer.id)
    client.sign_in("admin@demo.invalid")
    page = client.get("/office/audit?lang=en").get_data(as_text=True)
    assert "Added a shift" in page and "Looked at a volunteer" in page and "金丝雀" not in page
    if "shifts.show" in app.view_functions:
        assert f"/office/shifts/{shift.id}" in page
    assert f"/office/volunteers/{volunteer.id}" in page
