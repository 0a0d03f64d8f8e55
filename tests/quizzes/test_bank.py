"""The bank's services and its list: one draft at a time, a second person, nothing lost when two act at once."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Busy, Conflict, DomainError, InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.models import BankQuestion, QuestionVersion, VersionStatistics
from citizen.quizzes.queries import bank_list
from citizen.quizzes.queries.bank import content_of, twins, versions_of
from citizen.quizzes.queries.bank_list import Narrow, Wanted
from citizen.quizzes.rules.questions import VersionState
from citizen.quizzes.services import bank, reviewing
from citizen.quizzes.services.reviewing import Incomplete, Outcome
from tests.county import people as county_people
from tests.quizzes.making import make_version, some_content, words

pytestmark = pytest.mark.usefixtures("people")


def who(name: str = "moderator") -> int:
    return int(county_people()[name].id)


def written(code: str = "", **changes: Any) -> QuestionVersion:
    """A draft by the moderator."""
    with transaction():
        return bank.draft(bank.new_question(code), some_content(**changes), author_id=who())


def handed_in(code: str = "", **changes: Any) -> QuestionVersion:
    """The same, in review."""
    version = written(code, **changes)
    with transaction():
        return reviewing.hand_in(version.id, seen=1, by=who())


def in_use(code: str = "", **changes: Any) -> QuestionVersion:
    """The same, approved by the leader."""
    version = handed_in(code, **changes)
    with transaction():
        return reviewing.approve(version.id, seen=2, by=who("leader"))


def states(question_id: int) -> list[str]:
    db.session.rollback()
    return [version.state for version in versions_of(question_id)]


def test_a_question_walks_from_draft_to_retirement_and_its_trail_names_everybody() -> None:
    version = in_use("Q001")
    assert (version.reviewer_id, version.reviewed_at is not None, version.stem_hant) == (
        who("leader"),
        True,
        "紅燈亮時可以過馬路嗎？",
    )
    with transaction():
        second = bank.next_version(version.question_id, author_id=who("leader"))
    assert content_of(second) == content_of(version)
    with transaction():
        reviewing.hand_in(second.id, seen=1, by=who("leader"))
    with transaction():
        reviewing.send_back(second.id, "  请核对法条  ", seen=2, by=who())
    assert second.review_note == "请核对法条"
    with transaction():
        bank.rewrite(second.id, some_content(difficulty=3), seen=3, author_id=who())
    with transaction():
        reviewing.hand_in(second.id, seen=4, by=who())
    assert states(version.question_id) == ["review", "ready"]
    with transaction():
        reviewing.approve(second.id, seen=5, by=who("head"))
    assert states(version.question_id) == ["ready", "retired"]
    with transaction():
        reviewing.retire(second.id, "法条改了", seen=6, by=who())
    events = history("question", version.question_id)
    assert [(event.action.removeprefix("question."), event.actor_id) for event in events] == [
        ("draft", who()),
        ("hand_in", who()),
        ("approve", who("leader")),
        ("draft", who("leader")),
        ("hand_in", who("leader")),
        ("send_back", who()),
        ("rewrite", who()),
        ("hand_in", who()),
        ("approve", who("head")),
        ("retire", who()),
    ]
    assert (events[8].detail, events[9].detail["reason"]) == ({"version": 2, "replaced": 1}, "法条改了")
    with transaction():  # what is retired can come back, by the same way
        third = bank.next_version(version.question_id, author_id=who())
    assert (third.number, third.difficulty, third.state) == (3, 3, VersionState.DRAFT)


def test_what_is_lacking_is_said_all_at_once_and_nothing_is_handed_in() -> None:
    version = written(stem=words("只有中文", ""), source=words("", ""))
    with pytest.raises(Incomplete) as refused, transaction():
        reviewing.hand_in(version.id, seen=1, by=who())
    assert [field for field, _sentence in refused.value.found] == ["stem_en", "source_hans", "source_en"]
    assert states(version.question_id) == ["draft"]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda v: reviewing.approve(v.id, seen=2, by=who()), Conflict),
        (lambda v: reviewing.send_back(v.id, "不行", seen=2, by=who()), Conflict),
        (lambda v: reviewing.approve(v.id, seen=1, by=who("leader")), Conflict),
        (lambda v: reviewing.send_back(v.id, "  ", seen=2, by=who("leader")), InvalidInput),
        (lambda v: reviewing.send_back(v.id, "长" * 501, seen=2, by=who("leader")), InvalidInput),
        (lambda v: reviewing.retire(v.id, "不用了", seen=2, by=who()), Conflict),
        (lambda v: reviewing.approve(10**6, seen=2, by=who("leader")), NotFound),
        (lambda v: bank.rewrite(v.id, some_content(), seen=2, author_id=who()), Conflict),
        (lambda v: bank.next_version(v.question_id, author_id=who()), Conflict),
        (lambda v: bank.next_version(10**6, author_id=who()), NotFound),
        (lambda v: bank.new_question("Q001"), InvalidInput),
        (lambda v: bank.new_question("new"), InvalidInput),
        (lambda v: bank.new_question("export.xlsx"), InvalidInput),
        (lambda v: bank.new_question("a/b"), InvalidInput),
        (lambda v: bank.new_question("Q" * 21), InvalidInput),
        (lambda v: bank.draft(bank.new_question(), some_content(topic="none"), author_id=who()), InvalidInput),
    ],
)
def test_what_cannot_be_done_with_a_question_in_review(
    act: Callable[[QuestionVersion], object], error: type[DomainError]
) -> None:
    version = handed_in("Q001")
    with pytest.raises(error), transaction():
        act(version)
    assert states(version.question_id) == ["review"]


def test_several_are_approved_at_once_and_each_has_its_own_result() -> None:
    good, other, changed = handed_in(), handed_in(), handed_in()
    with transaction():
        reviewing.send_back(changed.id, "再看", seen=2, by=who("leader"))
    with transaction():
        own = bank.draft(bank.new_question(), some_content(), author_id=who("leader"))
        reviewing.hand_in(own.id, seen=1, by=who("leader"))
    ticked = [(other.id, 2), (own.id, 2), (changed.id, 2), (10**6, 1), (good.id, 2)]
    with transaction():
        found = reviewing.approve_all(ticked, by=who("leader"))
    assert [outcome for _id, outcome in found] == [
        Outcome.DONE, Outcome.OWN, Outcome.STALE, Outcome.GONE, Outcome.DONE,
    ]  # fmt: skip
    assert [id_ for id_, _outcome in found] == [id_ for id_, _seen in ticked]
    assert states(good.question_id) + states(own.question_id) == ["ready", "review"]
    for wrong in ([], [(n, 1) for n in range(1, 52)]):
        with pytest.raises(InvalidInput), transaction():
            reviewing.approve_all(wrong, by=who("leader"))


def at_once(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """What becomes of acts that start together in threads of their own: "done" or the name of the refusal."""
    answers: list[str] = [""] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(index: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    acts[index]()
                answers[index] = "done"
            except DomainError as error:
                answers[index] = type(error).__name__
            finally:
                db.session.remove()

    threads = [threading.Thread(target=contextvars.Context().run, args=(run, n)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


@pytest.mark.both_databases
def test_of_two_who_act_at_once_one_wins_and_the_other_is_told(app: Flask) -> None:
    """Reviewers, authors, approval against sending back, two who begin the next version, two lists of ticks."""
    everybody = {name: who(name) for name in ("moderator", "leader", "head")}
    first = in_use("Q001")
    question_id = first.question_id
    db.session.remove()

    def begin(name: str) -> Callable[[], object]:
        return lambda: bank.next_version(question_id, author_id=everybody[name])

    assert at_once(app, begin("moderator"), begin("leader"), begin("head")) == ["Conflict", "Conflict", "done"]
    second = versions_of(question_id)[0]
    assert (second.number, states(question_id)) == (2, ["draft", "ready"])

    def save(name: str, difficulty: int) -> Callable[[], object]:
        return lambda: bank.rewrite(second.id, some_content(difficulty=difficulty), seen=1, author_id=everybody[name])

    id_ = second.id
    assert at_once(app, save("leader", 2), save("head", 3)) == ["Conflict", "done"]
    db.session.rollback()
    saved = db.session.get_one(QuestionVersion, id_)
    assert (saved.version, saved.difficulty) in ((2, 2), (2, 3))
    assert saved.author_id == everybody["leader" if saved.difficulty == 2 else "head"]
    author = next(name for name, person_id in everybody.items() if person_id == saved.author_id)
    reviewers = [who("publisher"), who("verifier")]  # whoever began the version may not approve it either
    with transaction():
        reviewing.hand_in(id_, seen=2, by=everybody[author])
    db.session.remove()
    answers = at_once(app, *(lambda by=by: reviewing.approve(id_, seen=3, by=by) for by in reviewers))
    assert answers == ["Conflict", "done"]
    assert states(question_id) == ["ready", "retired"]
    assert sum(event.action == "question.approve" for event in history("question", question_id)) == 2


@pytest.mark.both_databases
def test_two_lists_of_ticks_in_opposite_order_do_not_lock_each_other_out(app: Flask) -> None:
    ids = [handed_in().id for _n in range(4)]
    leader, head = who("leader"), who("head")
    db.session.remove()
    found: list[tuple[int, Outcome]] = []
    acts = [
        lambda: found.extend(reviewing.approve_all([(id_, 2) for id_ in ids], by=leader)),
        lambda: found.extend(reviewing.approve_all([(id_, 2) for id_ in reversed(ids)], by=head)),
    ]
    assert at_once(app, *acts) == ["done", "done"]
    assert sorted(outcome for _id, outcome in found) == [Outcome.DONE] * 4 + [Outcome.STALE] * 4


def listed(**wanted: Any) -> list[str]:
    page = bank_list.bank_page(Wanted(**wanted), page=1, today=clock.today())
    return sorted(f"{row.code}.{row.version.number}" for row in page)


@pytest.mark.both_databases
def test_the_list_finds_by_everything_it_offers() -> None:
    today = clock.today()
    in_use("Q001", stem=words("头盔100%要戴_好吗？", "Wear a helmet?"), tags=("电动车", 'He"lm'), difficulty=2)
    written("Q002", stem=words("垃圾怎么分？", "How to sort Waste?"), topic="waste", tags=("电动",))
    in_use("Q003", valid_to=today + timedelta(days=60), stem=words("快要到期"))
    late = in_use("Q004", valid_to=today - timedelta(days=1), stem=words("到期了"))
    odd = in_use("Q005", stem=words("有疑问"), valid_to=today + timedelta(days=61))
    with transaction():
        shared = {"n": 40, "right": 2, "discrimination": -0.2, "seconds": 8.0, "chosen": {}, "computed_at": clock.now()}
        db.session.add(VersionStatistics(version_id=odd.id, doubts=["negative"], **shared))
        db.session.add(VersionStatistics(version_id=late.id, doubts=[], **shared))
        question = db.session.execute(db.select(BankQuestion).where(BankQuestion.code == "Q001")).scalar_one()
        bank.next_version(question.id, author_id=who())
        question = BankQuestion(code="Q006", created_at=clock.now())
        db.session.add(question)
        db.session.flush()
        make_version(state=VersionState.RETIRED, question=question, stem_hans="停用的")
        make_version(state=VersionState.READY, question=question, number=2, stem_hans="换过的")
    everything = ["Q001.1", "Q001.2", "Q002.1", "Q003.1", "Q004.1", "Q005.1", "Q006.2"]
    for wanted, expected in [
        ({}, everything),
        ({"words": "100%要"}, ["Q001.1", "Q001.2"]),
        ({"words": "戴_好"}, ["Q001.1", "Q001.2"]),
        ({"words": "0_要"}, []),
        ({"words": "1%要"}, []),
        ({"words": "／\\'\"; --"}, []),
        ({"words": "頭盔"}, ["Q001.1", "Q001.2"]),
        ({"words": "ｗａｓｔｅ 垃圾"}, ["Q002.1"]),
        ({"words": "waste helmet"}, []),
        ({"words": "q00 电动车"}, ["Q001.1", "Q001.2"]),
        ({"words": "电动"}, ["Q001.1", "Q001.2", "Q002.1"]),
        ({"tag": "电动"}, ["Q002.1"]),
        ({"tag": 'He"lm'}, ["Q001.1", "Q001.2"]),
        ({"tag": "电%"}, []),
        ({"topic": "waste"}, ["Q002.1"]),
        ({"difficulty": 2, "state": "draft"}, ["Q001.2"]),
        ({"state": "ready", "words": "q001"}, ["Q001.1"]),
        ({"state": "retired"}, []),
        ({"narrow": Narrow.EXPIRING}, ["Q003.1"]),
        ({"narrow": Narrow.EXPIRED}, ["Q004.1"]),
        ({"narrow": Narrow.DOUBTS}, ["Q005.1"]),
    ]:
        assert listed(**wanted) == expected, wanted
    assert bank_list.counts(Wanted(state="draft"), today=today) == {"ready": 5, "draft": 2}


def test_the_same_question_typed_again_is_recognised() -> None:
    one = in_use("Q001")
    again = written("Q002", stem=words("红灯亮时，可以过马路吗"))
    same = written("Q003", stem=words("红灯 亮时可以过马路吗?"))
    assert (twins(same), twins(again), twins(one)) == (["Q001"], [], ["Q003"])


def test_pages_are_counted_and_the_longest_wait_is_reviewed_first(people: dict[str, Person]) -> None:
    with transaction():
        start = clock.now() - timedelta(days=9)
        for n in range(51):
            make_version(state=VersionState.REVIEW, changed_at=start + timedelta(minutes=n))
    rows = bank_list.bank_page(Wanted(state="review"), page=1, today=clock.today())
    assert len(rows) == 50 and rows[0].version.changed_at == start
    assert len(bank_list.bank_page(Wanted(), page=2, today=clock.today())) == 1


def test_a_code_that_is_taken_is_not_given_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among thousands of questions that happens; an import of ten thousand would fail by it more often than not."""
    codes = iter(["AAAAA", "AAAAA", "AAAAA", "BBBBB"])
    monkeypatch.setattr(bank, "random_code", lambda _length: next(codes))
    with transaction():
        assert [bank.new_question().code for _question in range(2)] == ["Q-AAAAA", "Q-BBBBB"]
    monkeypatch.setattr(bank, "random_code", lambda _length: "AAAAA")
    with pytest.raises(Busy), transaction():
        bank.new_question()
