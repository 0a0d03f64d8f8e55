"""The publication machine: the table, and what holds whatever people try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.boards import rules
from citizen.boards.rules import ENDED, SHOWN, STEPS, EntryState
from citizen.core.errors import Conflict, InvalidInput, MissingVersion

NOW = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)


@given(st.lists(st.sampled_from([*STEPS, "nonsense"]), max_size=30))
def test_no_walk_shows_what_was_not_reviewed(walk: list[str]) -> None:
    state, reviewed = EntryState.CANDIDATE, False
    for name in walk:
        try:
            step = rules.ensure_step(name, state)
        except Conflict:
            assert name not in rules.possible(state)
            continue
        assert state not in ENDED, "nothing leaves an end"
        if step.target is EntryState.DRAFTED:
            reviewed = False
        if name == "review":
            reviewed = True
        state = step.target
        assert state not in SHOWN or reviewed


def test_every_shown_state_can_be_hidden_for_good() -> None:
    for state in SHOWN:
        assert {"withdraw", "recall", "expire"} <= set(rules.possible(state))


@pytest.mark.parametrize(("author", "reviewer", "fine"), [(1, 2, True), (1, 1, False), (None, 1, False)])
def test_two_people(author: int | None, reviewer: int, fine: bool) -> None:
    if fine:
        rules.ensure_two_people(author, reviewer)
    else:
        with pytest.raises(Conflict):
            rules.ensure_two_people(author, reviewer)


@pytest.mark.parametrize(
    ("accuses", "replied", "due", "fine"),
    [
        (False, False, NOW + timedelta(days=3), True),  # a repair does not wait
        (True, False, NOW + timedelta(seconds=1), False),
        (True, False, NOW, True),
        (True, True, NOW + timedelta(days=3), True),
        (True, False, None, False),
    ],
)
def test_a_unit_is_heard(accuses: bool, replied: bool, due: datetime | None, fine: bool) -> None:
    def ask() -> None:
        rules.ensure_unit_heard(accuses=accuses, replied=replied, reply_due_at=due, now=NOW)

    if fine:
        ask()
    else:
        with pytest.raises(Conflict):
            ask()


@pytest.mark.parametrize(
    ("subject", "days"), [("place", 730), ("facility", 730), ("operator", 180), ("person", 180), ("", 730)]
)
def test_entries_expire(subject: str, days: int) -> None:
    assert rules.expiry(NOW, subject) == NOW + timedelta(days=days)


@pytest.mark.parametrize(
    ("board", "fixed", "deadline", "word"),
    [
        ("red", True, None, "red"),
        ("exposure", True, NOW - timedelta(days=9), "done"),
        ("exposure", False, NOW - timedelta(seconds=1), "overdue"),
        ("exposure", False, NOW + timedelta(seconds=1), "working"),
        ("exposure", False, None, "working"),
    ],
)
def test_the_word_on_the_board(board: str, fixed: bool, deadline: datetime | None, word: str) -> None:
    assert rules.status_of(board=board, fixed=fixed, deadline_at=deadline, now=NOW) == word


@pytest.mark.parametrize("sent", [None, "", "x", "²", "１", "-1", "1" * 10, "1.0"])
def test_a_decision_without_a_version_is_incomplete(sent: object) -> None:
    with pytest.raises(MissingVersion):
        rules.ensure_version(sent, 1)


def test_an_old_version_is_a_conflict() -> None:
    rules.ensure_version("2", 2)
    with pytest.raises(Conflict):
        rules.ensure_version("1", 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " 坏 "}, "title_hans"),
        ({"precision": "house"}, "precision"),
        ({"has_picture": False}, "before_photo"),
    ],
)
def test_an_incomplete_draft_names_its_field(change: dict[str, object], field: str) -> None:
    whole = {"title": "路灯不亮了", "precision": "street", "has_picture": True, "board": "exposure"}
    rules.ensure_complete(**whole)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as refused:
        rules.ensure_complete(**{**whole, **change})  # type: ignore[arg-type]
    assert refused.value.field == field
