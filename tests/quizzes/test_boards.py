"""Boards: ranks by right answers and the earlier hour, nicknames only of those who want it, frozen after the close."""

from __future__ import annotations

import itertools
import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput, NotFound
from citizen.extensions import db
from citizen.quizzes.models import Attempt, Learner, Quiz
from citizen.quizzes.queries import boards as queries
from citizen.quizzes.rules.attempts import AttemptState
from citizen.quizzes.rules.boards import Community, Result, Tally, communities, rank
from citizen.quizzes.rules.naming import clean_nickname, ensure_nickname
from citizen.quizzes.rules.quizzes import QuizState
from citizen.quizzes.services.boards import freeze
from citizen.quizzes.services.learners import Appearance, appear, leave
from tests.quizzes.making import make_quiz

T0 = datetime(2026, 8, 3, 4, tzinfo=UTC)
_no = itertools.count(1)


def at(person: int, score: int, seconds: float, attempt: int = 0) -> Result:
    return Result(person, attempt or next(_no), score, T0 + timedelta(seconds=seconds))


def test_ranks_go_by_right_answers_then_by_the_earlier_hour_and_equals_share() -> None:
    rows = [at(1, 8, 50), at(2, 9, 90), at(3, 8, 10.1), at(4, 8, 10.9), at(5, 8, 11), at(1, 9, 95), at(1, 2, 0)]
    found = [(place.result.person_id, place.rank, place.tied) for place in rank(rows)]
    assert found == [(2, 1, False), (1, 2, False), (3, 3, True), (4, 3, True), (5, 5, False)]
    assert rank(reversed(rows)) == rank(rows), "the order in which results come decides nothing"
    assert rank([]) == []


def test_communities_go_by_the_mean_of_the_best_and_few_people_have_no_place() -> None:
    rows = [Tally("B", 5, 41), Tally("A", 4, 40), Tally("C", 10, 82), Tally("D", 6, 30), Tally("E", 20, 161)]
    assert communities(rows) == [
        Community("B", 1, tenths=82, people=5, tied=True),
        Community("C", 1, tenths=82, people=10, tied=True),
        Community("E", 3, tenths=81, people=20, tied=False),  # 8.05 is rounded half up
        Community("D", 4, tenths=50, people=6, tied=False),
        Community("A", None, tenths=None, people=None),
    ]


def person(name: str = "") -> int:
    """A resident with an account; call it inside a transaction."""
    n = next(_no)
    row = Person(name=name or f"实名{n}", email=f"real{n}@person.invalid", password_hash="x", created_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return int(row.id)


def result(quiz: Quiz, person_id: int, *, score: int, seconds: float = 0, **more: Any) -> Attempt:
    """An attempt that is over, as a row; call it inside a transaction."""
    n, moment = next(_no), T0 + timedelta(seconds=seconds)
    values: dict[str, Any] = {
        "token": f"t{n:015d}",
        "quiz_id": quiz.id,
        "taker": f"p{person_id}",
        "person_id": person_id,
        "no": n,
        "state": AttemptState.SUBMITTED,
        "size": quiz.size,
        "started_at": T0 - timedelta(hours=1),
        "ends_at": T0 + timedelta(days=1),
        "submitted_at": moment,
        "score": score,
        "counted": quiz.size,
    }
    row = Attempt(**{**values, **more})
    db.session.add(row)
    db.session.flush()
    return row


def named(nickname: str, **more: Any) -> int:
    """A person with a nickname on boards; call it inside a transaction."""
    id_ = person()
    db.session.add(Learner(person_id=id_, nickname=nickname, changed_at=clock.now(), **more))
    db.session.flush()
    return id_


def a_quiz(**more: Any) -> Quiz:
    return make_quiz(**{"size": 10, "board": True, "account_needed": True, **more})


@pytest.mark.both_databases
def test_the_database_ranks_as_the_rules_do(people: dict[str, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(26)
    rows, shown = [], set()
    monkeypatch.setattr(queries, "BLOCK", 7)
    with transaction():
        quiz, other = a_quiz(), a_quiz()
        for n in range(40):
            id_ = named(f"山水{n}", hidden=n % 4 == 0) if n % 5 else person()
            shown |= {id_} if n % 5 and n % 4 else set()
            for _turn in range(chance.randint(0, 4)):
                state = chance.choice([AttemptState.SUBMITTED, AttemptState.EXPIRED, AttemptState.VOID])
                score, seconds = chance.randint(5, 8), chance.randint(0, 12) / 2
                row = result(quiz, id_, score=score, seconds=seconds, state=state)
                if state != AttemptState.VOID:
                    rows.append(Result(id_, row.id, score, T0 + timedelta(seconds=seconds)))
            result(other, id_, score=10)
    expected = rank(row for row in rows if row.person_id in shown)
    assert rank(queries.leaders(quiz.id)) == expected and len(expected) > 10
    assert rank(queries.leaders(quiz.id, 7)) != [] and queries.leaders(quiz.id, 7) == [p.result for p in expected[:7]]
    for place in expected:
        assert queries.best_of(quiz.id, place.result.person_id) == place.result
        assert queries.rank_of(quiz.id, place.result) == place.rank


@pytest.mark.both_databases
def test_communities_count_everybody_once(people: dict[str, Person]) -> None:
    with transaction():
        quiz = a_quiz()
        for n in range(5):  # hidden, nameless and named alike; the attempt's own community comes first
            id_ = named(f"甲{n}", hidden=n == 0, area_code="A1") if n < 3 else person()
            result(quiz, id_, score=9, area_code=None if n < 3 else "A1")
            result(quiz, id_, score=4, area_code="A2")
        result(quiz, named("乙", area_code="A1"), score=1, area_code="A3")
        result(quiz, person(), score=10, area_code="A1", state=AttemptState.VOID)
        result(quiz, person(), score=10)
    assert sorted(queries.tallies(quiz.id), key=lambda row: row.area_code) == [Tally("A1", 5, 45), Tally("A3", 1, 1)]


def cells(page: str) -> list[tuple[str, str, str]]:
    """(rank, name, score) of the rows of people."""
    table = page.split('id="people"')[1].split("</table>", maxsplit=1)[0]
    rows = [re.sub(r"<[^>]+>", "|", row) for row in table.split("<tr")[2:]]
    found = []
    for row in rows:
        words = [word.strip() for word in row.split("|")[1:] if word.strip()]
        found.append((words[0], " ".join(words[1:-2]), words[-2]))
    return found


def test_only_those_who_want_it_stand_on_the_board(client: FlaskClient, people: dict[str, Person]) -> None:
    with transaction():
        quiz = a_quiz()
        names = [("松间", False), ("月照", False), ("隐者", True)]
        ids = [named(name, hidden=hidden) for name, hidden in names]
        for n, id_ in enumerate([*ids, person("王真名")]):
            result(quiz, id_, score=9 - n)
        result(quiz, named("作废"), score=10, state=AttemptState.VOID)
    for lang in ("zh-Hans", "zh-Hant", "en"):
        answer = client.get(f"/quizzes/{quiz.id}/board?lang={lang}")
        page = answer.get_data(as_text=True)
        assert [row[:2] for row in cells(page)] == [("1", "松间"), ("2", "月照")], lang
        for secret in ("隐者", "隱者", "王真名", "实名", "作废", "作廢", "person.invalid"):
            assert secret not in page, (lang, secret)
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("more", [{"board": False}, {"state": QuizState.DRAFT}])
def test_other_quizzes_have_no_board(client: FlaskClient, people: dict[str, Person], more: dict[str, Any]) -> None:
    with transaction():
        quiz = a_quiz(**more)
    for number in (quiz.id, 987654, 2**31):
        assert client.get(f"/quizzes/{number}/board").status_code == 404


def test_a_frozen_board_stays_but_whoever_hides_or_leaves_or_is_renamed_is_gone(
    client: FlaskClient, people: dict[str, Person]
) -> None:
    with transaction():
        quiz = a_quiz()
        ids = [named(name) for name in ("旧名", "藏身", "离开", "作弊", "留下")]
        rows = [result(quiz, id_, score=10 - n, area_code="A1") for n, id_ in enumerate(ids)]
    with transaction():
        freeze(quiz)
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False), transaction():
        before = dict(db.session.get_one(Quiz, quiz.id).frozen_board or {})
        result(quiz, named("后来"), score=10, seconds=-100)
        freeze(quiz)  # again: nothing changes
    frozen = db.session.get_one(Quiz, quiz.id, populate_existing=True).frozen_board
    assert frozen == before and "旧名" not in str(frozen)
    assert [row["rank"] for row in frozen["people"]] == [1, 2, 3, 4, 5]
    assert frozen["areas"] == [{"area": "A1", "rank": 1, "tenths": 80, "people": 5, "tied": False}]
    with transaction():
        appear(ids[0], Appearance("新号"))
        appear(ids[1], Appearance("藏身", hidden=True))
        leave(ids[2])
        db.session.get_one(Attempt, rows[3].id).state = AttemptState.VOID
    for lang in ("zh-Hans", "zh-Hant", "en"):
        page = client.get(f"/quizzes/{quiz.id}/board?lang={lang}").get_data(as_text=True)
        assert [row[:2] for row in cells(page)] == [("1", "新号"), ("5", "留下")]
        assert not any(gone in page for gone in ("旧名", "藏身", "离开", "離開", "作弊", "后来", "後來"))
    assert "As it was when the quiz closed" in page and "8.0" in page


def test_a_quiz_without_a_board_is_not_frozen(people: dict[str, Person]) -> None:
    with transaction():
        quiz = a_quiz(board=False)
        freeze(quiz)
    assert db.session.get_one(Quiz, quiz.id).frozen_board is None


def test_i_always_see_my_own_row(client: FlaskClient, people: dict[str, Person]) -> None:
    me = people["resident"].id
    with transaction():
        quiz = a_quiz()
        for n in range(55):
            result(quiz, named(f"前{n}"), score=9, seconds=n)
        result(quiz, me, score=3)
    address = f"/quizzes/{quiz.id}/board?lang=en"
    assert "(you)" not in client.get(address).get_data(as_text=True)
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    page = client.get(address).get_data(as_text=True)
    assert cells(page)[-1] == ("–", "(you)", "3") and len(cells(page)) == 51
    assert "Only you see your row. It would have rank 56" in page and people["resident"].name not in page
    with transaction():
        appear(me, Appearance("后来居上"))
    assert cells(client.get(address).get_data(as_text=True))[-1] == ("56", "后来居上 (you)", "3")
    with transaction():
        result(quiz, me, score=10, seconds=99)
    rows = cells(client.get(address).get_data(as_text=True))
    assert rows[0] == ("1", "后来居上 (you)", "10") and len(rows) == 50


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "字" * 21,
        "13800138000",
        "加我幺三八零零一三八",
        "打１３８００１",
        "me@mail.example",
        "www.某某",
        "小屋.com",
        "王小明",
        "我是王 小明",
        "王小明爱学习",
        "xiaoming88",
        "尾号2580",
        "创建办小王",
        "admin",
        "\u200b\u200b",
    ],
)
def test_a_nickname_leads_to_nobody(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ensure_nickname(
            clean_nickname(name),
            own_name="王小明",
            contacts=["xiaoming@person.invalid", "13900002580"],
            reserved=["创建办", "admin"],
        )
    assert refused.value.field in ("nickname", None)


@pytest.mark.parametrize("name", ["松风", "River 26", "爱走路的人", "一二三木头人", "Ｏｒａｎｇｅ"])
def test_an_ordinary_word_is_fine(name: str) -> None:
    ensure_nickname(clean_nickname(name), own_name="王小明", contacts=["13900002580"], reserved=["创建办", "admin"])


@pytest.mark.both_databases
def test_a_nickname_is_had_once_and_is_nobodys_real_name(people: dict[str, Person]) -> None:
    with transaction():
        first, second = person("Ann Wu"), person("陈云")
        appear(first, Appearance("Green Hill", area_code="A1"))
    for name in ("Green Hill", "green hill", "ＧＲＥＥＮ　ＨＩＬＬ", "Ann Wu", "ann wu"):
        with pytest.raises(InvalidInput), transaction():
            appear(second, Appearance(name))
    with pytest.raises(InvalidInput), transaction():
        appear(first, Appearance("陳雲"))
    with pytest.raises(InvalidInput), transaction() as session:  # two at once: the constraint speaks
        session.add(Learner(person_id=second, nickname="Green Hill", changed_at=clock.now()))
    with pytest.raises(InvalidInput), transaction():
        appear(second, Appearance("松风", area_code="nowhere"))
    with pytest.raises(NotFound), transaction():
        appear(987654, Appearance("松风"))
    with transaction():
        appear(first, Appearance("Green Hill", hidden=True))  # keeping one's own name is fine
        leave(first)
        leave(first)
        appear(second, Appearance("Green Hill"))


def test_the_page_of_the_name(client: FlaskClient, people: dict[str, Person]) -> None:
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    address = "/quizzes/mine/name"
    assert "Delete nickname" not in client.get(f"{address}?lang=en").get_data(as_text=True)
    wrong = client.submit(address, {"nickname": "13800138000", "area": "A1", "hidden": "y"})  # type: ignore[attr-defined]
    page = wrong.get_data(as_text=True)
    assert wrong.status_code == 422 and 'value="13800138000"' in page and "Leave out phone numbers" in page
    assert re.search(r'<option selected value="A1"', page) and re.search(r'name="hidden" value="y" checked', page)
    assert client.submit(address, {"nickname": "松风", "area": "A1"}).status_code == 303  # type: ignore[attr-defined]
    learner = db.session.get_one(Learner, people["resident"].id)
    assert (learner.nickname, learner.area_code, learner.hidden) == ("松风", "A1", False)
    assert "松风" in client.get("/quizzes/mine").get_data(as_text=True)
    assert client.submit(f"{address}/leave").status_code == 303  # type: ignore[attr-defined]
    assert db.session.get(Learner, people["resident"].id, populate_existing=True) is None


def test_the_board_reads_along_its_index(app: Flask, people: dict[str, Person]) -> None:
    """SQLite's own words on how it would read; a sort or a scan of all attempts grows with every attempt."""
    later = (T0, 5)
    for last in (None, later):
        statement = queries.block(1, 9, last).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {statement}"))]
        reads = [step for step in plan if "attempts" in step]
        assert len(reads) == 2 and all(
            "ix_attempts_result (quiz_id=? AND state=? AND score=?" in step for step in reads
        )
        assert not any("SCAN" in step and "attempts" in step for step in plan), plan
