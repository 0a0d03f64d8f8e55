"""What a question must have, when two are the same, and how its versions pass from draft to retirement."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import String, cast
from sqlalchemy.exc import DBAPIError

from citizen.core.database import transaction
from citizen.core.errors import Conflict, DomainError, InvalidInput
from citizen.extensions import db
from citizen.quizzes.models import QuestionVersion
from citizen.quizzes.rules.questions import (
    FALSE,
    TRANSITIONS,
    TRUE,
    Content,
    Kind,
    Option,
    VersionState,
    ensure_content,
    ensure_transition,
    fingerprint,
    fold,
    lacking,
    with_fresh_ids,
)
from citizen.quizzes.services import bank, reviewing
from tests.county import people as county_people
from tests.quizzes.making import make_version, some_content, words

S = VersionState


@pytest.mark.parametrize("name", list(TRANSITIONS))
@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("own", [False, True])
def test_only_the_steps_of_the_table_exist_and_the_deciding_ones_need_a_second_person(
    name: str, state: S, own: bool
) -> None:
    source, target = TRANSITIONS[name]
    if state == source and not (own and name in ("approve", "send_back")):
        assert ensure_transition(name, state, own=own) == target
    else:
        with pytest.raises(Conflict):
            ensure_transition(name, state, own=own)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stem": words("", "Only English")}, "stem_hans"),
        ({"difficulty": 0}, "difficulty"),
        ({"difficulty": 4}, "difficulty"),
        ({"options": tuple(Option(f"o{n}", words(f"选{n}")) for n in range(9))}, "options"),
        ({"options": (Option("a", words("甲")), Option("a", words("乙"))), "key": frozenset("a")}, "key"),
        ({"key": frozenset({"elsewhere"})}, "key"),
        ({"kind": Kind.TRUE_FALSE, "options": (), "key": frozenset({"a"})}, "key"),
        ({"valid_from": date(2026, 9, 2), "valid_to": date(2026, 9, 1)}, "valid_to"),
    ],
)
def test_what_not_even_a_draft_may_be(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ensure_content(replace(some_content(), **changes))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"valid_from": date(2026, 9, 1), "valid_to": date(2026, 9, 1)}, []),
        ({"kind": Kind.TRUE_FALSE, "options": (), "key": frozenset({TRUE})}, []),
        ({"kind": Kind.TRUE_FALSE, "options": (), "key": frozenset()}, ["key"]),
        ({"kind": Kind.TRUE_FALSE, "options": (), "key": frozenset({TRUE, FALSE})}, ["key"]),
        ({"stem": words("只有中文", "")}, ["stem_en"]),
        ({"explanation": words("", "")}, ["explanation_hans", "explanation_en"]),
        ({"source": words("", "Law")}, ["source_hans"]),
        ({"options": (Option("a", words("甲")), Option("b", words("乙", "")))}, ["option_en_1"]),
        ({"options": (Option("a", words("甲")),)}, ["options"]),
        ({"options": (Option("a", words("甲", "x")), Option("b", words("甲。", "y")))}, ["options"]),
        ({"options": (Option("a", words("甲", "Yes")), Option("b", words("乙", "ＹＥＳ．")))}, ["options"]),
        ({"key": frozenset()}, ["key"]),
        ({"key": frozenset({"a", "b"})}, ["key"]),
        ({"kind": Kind.MULTIPLE}, ["key"]),
        ({"kind": Kind.MULTIPLE, "key": frozenset({"a", "b"})}, []),
    ],
)
def test_what_stands_between_a_draft_and_its_review(changes: dict[str, Any], fields: list[str]) -> None:
    content = replace(some_content(), **changes)
    ensure_content(content)
    assert [field for field, _sentence in lacking(content)] == fields


@pytest.mark.parametrize(
    ("one", "other"),
    [("红灯停", "红 灯停。"), ("ＡＢＣ", "abc"), ("１２３４５", "12345"), ("对吗？", "对吗?"), ("甲\n乙", "甲乙")],
)
def test_width_case_spaces_and_the_last_mark_do_not_make_another_text(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"stem": words("红灯亮时 可以过马路吗？？", "Other words")}, True),
        ({"explanation": words("别的", "Other"), "tags": ("新",), "difficulty": 3}, True),
        ({"options": some_content().options[::-1]}, True),
        ({"stem": words("绿灯亮时可以过马路吗？")}, False),
        ({"key": frozenset({"b"})}, False),
        ({"kind": Kind.MULTIPLE}, False),
        ({"options": (*some_content().options, Option("z", words("都不对")))}, False),
    ],
)
def test_a_fingerprint_knows_the_same_question_again(changes: dict[str, Any], same: bool) -> None:
    found = fingerprint(replace(some_content(), **changes))
    assert (found == fingerprint(some_content())) is same
    assert fingerprint(with_fresh_ids(some_content())) == fingerprint(some_content())


def test_true_and_false_are_told_apart_and_keep_their_ids() -> None:
    right = replace(some_content(), kind=Kind.TRUE_FALSE, options=(), key=frozenset({TRUE}))
    assert fingerprint(right) != fingerprint(replace(right, key=frozenset({FALSE})))
    assert with_fresh_ids(right) == right


@pytest.mark.both_databases
@pytest.mark.parametrize("state", [S.REVIEW, S.READY, S.RETIRED])
def test_the_database_itself_refuses_to_change_a_wording_that_left_its_draft(app: Flask, state: S) -> None:
    with transaction():
        id_ = make_version(state=state).id
        other = make_version(state=S.DRAFT).id
    table = QuestionVersion.__table__
    values: list[tuple[str, Any]] = [
        ("stem_en", "changed"), ("key", ["x"]), ("options", []), ("difficulty", 3),
        ("author_id", county_people()["head"].id),
        ("source_hant", "x"), ("number", 9),
    ]  # fmt: skip
    for column, value in values:
        with pytest.raises(DBAPIError, match="frozen"), db.engine.begin() as connection:
            connection.execute(table.update().where(table.c.id == id_).values({column: value}))
        with db.engine.begin() as connection:  # the control: a draft may change
            connection.execute(table.update().where(table.c.id == other).values({column: value}))


people = st.integers(0, 2)
ACTS = ("begin", "rewrite", "hand_in", "approve", "send_back", "retire")
#: What people would do next, by the state of the newest version.
SENSIBLE = {
    S.DRAFT: ("hand_in", "rewrite", "hand_in"),
    S.REVIEW: ("approve", "send_back", "approve"),
    S.READY: ("begin", "retire", "begin"),
    S.RETIRED: ("begin", "begin", "begin"),
}


@dataclass
class Kept:
    """One version as the model knows it."""

    state: S
    author: int
    content: Content
    reviewer: int | None = None
    counter: int = 1
    #: Others who wrote in it before its author did.
    before: set[int] = field(default_factory=set)


V = QuestionVersion
#: All that an author writes, as one text.
TEXTS = (V.kind, V.topic, V.stem_hans, V.stem_hant, V.stem_en, V.options, V.key, V.explanation_en, V.source_hans)
ROWS = (
    db.select(V.id, V.number, V.state, V.author_id, V.reviewer_id, V.version, V.stem_hans, V.stem_en)
    .add_columns(
        functools.reduce(lambda one, other: one + cast(other, String), TEXTS[1:], cast(V.kind, String)).label("texts")
    )
    .where(V.question_id == db.bindparam("question"))
    .order_by(V.number)
)


class Versions(RuleBasedStateMachine):
    """Three people and one question; every act is done by the services and by a plain list, which must agree."""

    people: ClassVar[list[int]]
    reached: ClassVar[set[str]]
    model: list[Kept]
    ids: list[int]
    turn: int
    frozen: dict[int, str]

    @initialize(used=st.booleans())
    def begin_question(self, used: bool) -> None:
        """A question without a version, or with one in use; nothing is ever removed from the tables."""
        self.turn, self.model, self.ids, self.frozen = 0, [], [], {}
        with transaction():
            self.question = bank.new_question()
            self.id = self.question.id
            if used:
                version = bank.draft(self.question, self.wording(True), author_id=self.people[0])
                version.state, version.reviewer_id = S.READY, self.people[1]
                self.ids = [version.id]
                self.model = [Kept(S.READY, 0, self.wording(True), reviewer=1)]

    @rule(
        wild=st.integers(0, 3),
        act=st.integers(0, 5),
        who=people,
        pick=st.integers(0, 3),
        whole=st.integers(0, 3),
        fresh=st.integers(0, 7),
    )
    def step(self, *, wild: int, act: int, who: int, pick: int, whole: int, fresh: int) -> None:
        """One act by somebody on one of the versions: mostly a sensible one, on the newest, with what they saw of it last."""
        self.turn += 1
        version = len(self.model) - 1 if pick else 0
        state = self.model[-1].state if self.model else S.RETIRED
        self.act(ACTS[act] if not wild else SENSIBLE[state][act % 3], version, who, whole=whole > 0, fresh=fresh)

    def act(self, act: str, version: int, who: int, *, whole: bool, fresh: int) -> None:
        if act == "begin":
            self.both(self.expect_begin(who, whole), lambda: self.begin(who, whole))
        elif self.model:
            seen = self.model[version].counter - (fresh == 0)
            expected = self.expect(act, version, who, seen=seen, whole=whole)
            self.both(expected, lambda: self.do(act, version, who, seen=seen, whole=whole))

    def expect_begin(self, who: int, whole: bool) -> str:
        if self.model and self.model[-1].state in (S.DRAFT, S.REVIEW):
            return "conflict"
        ready = [kept for kept in self.model if kept.state == S.READY]
        base = (ready or self.model[-1:] or [None])[0]
        self.model.append(Kept(S.DRAFT, who, base.content if base else self.wording(whole)))
        return "done"

    def begin(self, who: int, whole: bool) -> None:
        if self.ids:
            version = bank.next_version(self.id, author_id=self.people[who])
        else:
            version = bank.draft(self.question, self.wording(whole), author_id=self.people[who])
        self.new_id = version.id

    def expect(self, act: str, number: int, who: int, *, seen: int, whole: bool) -> str:
        kept = self.model[number]
        wanted = {"rewrite": S.DRAFT, "hand_in": S.DRAFT, "approve": S.REVIEW, "send_back": S.REVIEW, "retire": S.READY}
        if kept.counter != seen or kept.state != wanted[act]:
            return "conflict"
        if act in ("approve", "send_back") and who in {kept.author, *kept.before}:
            return "conflict"
        if act == "hand_in" and lacking(kept.content):
            return "invalid"
        if act == "rewrite":
            kept.before.add(kept.author)
            kept.author, kept.content = who, self.wording(whole)
        if act == "approve":
            kept.reviewer = who
            for other in self.model:
                if other.state == S.READY:
                    other.state, other.counter = S.RETIRED, other.counter + 1
        target = {"hand_in": S.REVIEW, "approve": S.READY, "send_back": S.DRAFT, "retire": S.RETIRED}
        kept.state, kept.counter = target.get(act, kept.state), kept.counter + 1
        return "done"

    def do(self, act: str, number: int, who: int, *, seen: int, whole: bool) -> None:
        id_, by = self.ids[number], self.people[who]
        if act == "rewrite":
            bank.rewrite(id_, self.wording(whole), seen=seen, author_id=by)
        elif act == "send_back":
            reviewing.send_back(id_, "再改改", seen=seen, by=by)
        elif act == "retire":
            reviewing.retire(id_, "过时了", seen=seen, by=by)
        else:
            getattr(reviewing, act)(id_, seen=seen, by=by)

    def wording(self, whole: bool) -> Content:
        stem = words(f"第{self.turn}次写的题目？", "Written again?" if whole else "")
        return replace(some_content(), stem=stem)

    def both(self, expected: str, act: Callable[[], None]) -> None:
        """Do ``act`` in a transaction and compare its refusal with the model's."""
        self.new_id: int | None = None
        try:
            with transaction():
                act()
            answer = "done"
        except Conflict:
            answer = "conflict"
        except DomainError:
            answer = "invalid"
        assert answer == expected
        if self.new_id is not None:
            self.ids.append(self.new_id)
        states = [kept.state for kept in self.model]
        type(self).reached |= {*states, *(["replaced"] if S.RETIRED in states[:-1] and states[-1] == S.READY else [])}

    @invariant()
    def agree(self) -> None:
        """The table says what the model says, and what always holds holds."""
        rows = db.session.execute(ROWS, {"question": self.id}).all()
        db.session.rollback()
        found = [(row.state, row.author_id, row.version, row.stem_hans, row.stem_en) for row in rows]
        assert found == [
            (kept.state, self.people[kept.author], kept.counter, kept.content.stem.hans, kept.content.stem.en)
            for kept in self.model
        ]
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert sum(row.state == S.READY for row in rows) <= 1
        assert sum(row.state in (S.DRAFT, S.REVIEW) for row in rows) <= 1
        for row, kept in zip(rows, self.model, strict=True):
            assert row.reviewer_id != row.author_id
            assert row.reviewer_id == (None if kept.reviewer is None else self.people[kept.reviewer])
            assert row.state == S.DRAFT or self.frozen.setdefault(row.id, row.texts) == row.texts
        self.frozen = {row.id: self.frozen[row.id] for row in rows if row.state != S.DRAFT}


def walk(histories: int, *phases: Phase) -> None:
    """Run so many histories of up to five acts."""
    chosen = settings(
        max_examples=histories,
        stateful_step_count=5,
        deadline=None,
        database=None,
        derandomize=not phases,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, *phases),
    )
    run_state_machine_as_test(Versions, settings=chosen)


def set_the_stage() -> None:
    everybody = county_people()
    Versions.people = [everybody[name].id for name in ("moderator", "leader", "head")]
    Versions.reached = set()
    db.session.remove()
    if db.engine.dialect.name == "sqlite":  # nothing is killed here, so nothing needs to reach the disk
        connection = db.engine.raw_connection()
        connection.cursor().execute("PRAGMA synchronous=OFF")
        connection.close()


@pytest.mark.both_databases
def test_three_hundred_histories_of_a_question(people: dict[str, Any], database_url: str) -> None:
    set_the_stage()
    walk(300 if database_url.startswith("sqlite") else 30, Phase.shrink)
    # They reached what they are about; the few on PostgreSQL need not have replaced anything.
    assert (
        {*S, "replaced"} >= Versions.reached >= ({*S, "replaced"} if database_url.startswith("sqlite") else {S.READY})
    )


@pytest.mark.parametrize("broken", ["own", "replace"])
def test_a_broken_rule_is_noticed(people: dict[str, Any], monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """The control: the walk goes red when people may approve their own, or when the ready version is not retired."""
    set_the_stage()
    if broken == "own":
        monkeypatch.setattr(
            reviewing, "ensure_transition", lambda name, state, own: ensure_transition(name, state, own=False)
        )
    else:
        monkeypatch.setattr(reviewing, "_replace", lambda version: 0)
    with pytest.raises((AssertionError, ExceptionGroup, DBAPIError, Conflict)):
        walk(150)
