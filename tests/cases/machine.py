"""Every verb of the table as one call on a locked case: what the state machine and the table tests walk with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from citizen.cases.models import Case
from citizen.cases.rules import Actor
from citizen.cases.services import dispatch, merging, triage
from citizen.cases.services.door import By

Verb = Callable[[Case, By, Case], Any]

#: Verb → its real service; the third argument is another case, for merging.
VERBS: dict[str, Verb] = {
    "ask": lambda case, by, _other: triage.ask(case, "坏的是哪一根？", by=by),
    "answer": lambda case, by, _other: triage.answer(case, "第三根", by=by),
    "give_up": lambda case, by, _other: triage.give_up(case, by=by),
    "accept": lambda case, by, _other: triage.accept(
        case, category_code="SAN-01", area_code=case.area_code, by=by, compared=True
    ),
    "reject": lambda case, by, _other: triage.reject(case, reason_code="out_of_scope", words="", by=by),
    "revive": lambda case, by, _other: triage.revive(case, by=by),
    "merge": lambda case, by, other: merging.merge(case, other, reason_code="same_spot", by=by),
    "unmerge": lambda case, by, _other: merging.unmerge(case, by=by),
    "refer": lambda case, by, _other: triage.refer(case, body="12345", number="1", by=by),
    "withdraw": lambda case, by, _other: triage.withdraw(case, reason_code="solved_itself", by=by),
    "dispatch": lambda case, by, _other: dispatch.dispatch(case, "sanitation", by=by),
}

ACTORS = tuple(Actor)
