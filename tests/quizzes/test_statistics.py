"""Statistics of questions: values worked out by hand and by another formula, doubts, and what is left out of them."""

from __future__ import annotations

import io
import math
from datetime import timedelta

import openpyxl
import pytest
import time_machine

from citizen.core import clock, outbox
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.documents.statistics import ordered
from citizen.quizzes.jobs.statistics import find_new_results, recompute_batch
from citizen.quizzes.models import Attempt, VersionStatistics
from citizen.quizzes.queries import statistics as queries
from citizen.quizzes.rules.questions import Kind
from citizen.quizzes.rules.statistics import Doubt, Sample, Shape, discrimination, distribution, findings, rest_share
from tests.client import PageClient
from tests.quizzes.making import bank, begun, done, items, make_quiz, visitor

#: Ten people, five questions.
MATRIX = (
    "11111", "11110", "11101", "11010", "10110",
    "11000", "10001", "01100", "10000", "00000",
)  # fmt: skip
ROWS = [[int(mark) for mark in row] for row in MATRIX]
SHAPE = Shape(Kind.SINGLE, ("a", "b", "c", "d"), frozenset({"a"}))


def column(item: int) -> list[Sample]:
    return [
        Sample(bool(row[item]), ("a",) if row[item] else ("b",), 10, rest_share(sum(row), 5, right=bool(row[item])))
        for row in ROWS
    ]


def by_groups(item: int) -> float:
    """The point-biserial coefficient by its textbook form: (mean of the right - mean of the wrong) / s * sqrt(pq)."""
    rest = [(sum(row) - row[item]) / 4 for row in ROWS]
    right = [value for value, row in zip(rest, ROWS, strict=True) if row[item]]
    wrong = [value for value, row in zip(rest, ROWS, strict=True) if not row[item]]
    mean = sum(rest) / 10
    spread = math.sqrt(sum((value - mean) ** 2 for value in rest) / 10)
    p = len(right) / 10
    return (sum(right) / len(right) - sum(wrong) / len(wrong)) / spread * math.sqrt(p * (1 - p))


@pytest.mark.parametrize(("item", "right"), list(enumerate([8, 6, 5, 4, 3])))
def test_facility_and_discrimination_of_a_matrix(item: int, right: int) -> None:
    found = findings(column(item), SHAPE)
    assert (found.n, found.right) == (10, right)
    assert found.discrimination == pytest.approx(by_groups(item))
    assert found.chosen == {"a": right, "b": 10 - right, "c": 0, "d": 0, "": 0}


def test_the_first_question_by_hand() -> None:
    """Rest scores 4 3 3 2 2 1 1 2 0 0 (of four): sum 18, squares 48; those who were right have 16 together.

    n·Σxy - Σx·Σy = 160 - 144 = 16; √((10·8 - 64)·(480 - 324)) = √(16·156).
    """
    assert discrimination(column(0)) == pytest.approx(16 / math.sqrt(16 * 156))


@pytest.mark.parametrize(
    "samples",
    [[], column(0)[:1], [Sample(True, ("a",), 1, 0.5)] * 9, [Sample(n > 4, ("a",), 1, 0.5) for n in range(9)]],
)
def test_what_does_not_vary_has_no_discrimination(samples: list[Sample]) -> None:
    assert discrimination(samples) is None


def test_what_counts_for_nobody_is_neither_right_nor_wrong() -> None:
    found = findings([Sample(None, ("a",), None, 0.5)] * 40, Shape(Kind.SINGLE, ("a", "b"), frozenset()))
    assert (found.n, found.right, found.discrimination, found.seconds, found.doubts) == (40, 0, None, None, ())
    assert rest_share(3, 4, right=None) == 0.75 and rest_share(1, 1, right=True) is None


def crowd(*groups: tuple[int, str, float]) -> list[Sample]:
    """(how many, what they chose, rest) of each group; "a" is right, "" left empty."""
    return [
        Sample(chosen == "a", (chosen,) if chosen else (), 9, rest) for n, chosen, rest in groups for _turn in range(n)
    ]


@pytest.mark.parametrize(
    ("samples", "doubts"),
    [
        (crowd((29, "a", 0.9)), set()),
        (crowd((29, "a", 0.9), (1, "b", 0.1)), {Doubt.TOO_EASY}),
        (crowd((28, "a", 0.9), (2, "b", 0.1)), set()),
        (crowd((10, "a", 0.9), (4, "b", 0.5), (12, "b", 0.1), (12, "c", 0.1), (13, "d", 0.1)), {Doubt.TOO_HARD}),
        (crowd((15, "a", 0.2), (15, "b", 0.8)), {Doubt.NEGATIVE, Doubt.KEY_DOUBT}),
        (crowd((60, "a", 0.8), (20, "b", 0.3), (20, "c", 0.3)), {Doubt.DEAD_OPTION}),
        (crowd((59, "a", 0.8), (20, "b", 0.3), (20, "c", 0.3)), set()),
        (crowd((60, "a", 0.8), (20, "b", 0.3), (19, "c", 0.3), (1, "d", 0.3)), set()),
        (crowd((25, "a", 0.8), (10, "b", 0.9), (30, "c", 0.1), (30, "d", 0.1)), set()),
        (crowd((10, "a", 0.9), (14, "b", 0.9), (30, "c", 0.1)), {Doubt.TOO_HARD, Doubt.KEY_DOUBT}),
    ],
)
def test_doubts(samples: list[Sample], doubts: set[Doubt]) -> None:
    assert set(findings(samples, SHAPE).doubts) == doubts


def test_guessing_depends_on_the_kind_of_question() -> None:
    """Right as often as a coin is fine for four options and a doubt for true or false."""
    samples = [Sample(n < 12, ("true",) if n < 12 else ("false",), 5, n % 3 / 3) for n in range(30)]
    assert Doubt.TOO_HARD in findings(samples, Shape(Kind.TRUE_FALSE, ("true", "false"), frozenset({"true"}))).doubts
    as_choice = [Sample(sample.right, ("a",) if sample.right else ("b",), 5, sample.rest) for sample in samples]
    assert Doubt.TOO_HARD not in findings(as_choice, SHAPE).doubts


def test_scores_are_counted_from_nothing_to_everything() -> None:
    assert distribution([(0, 2), (3, 5), (9, 1)], 3) == [2, 0, 0, 5]


@pytest.mark.usefixtures("people")
@pytest.mark.both_databases
def test_only_first_attempts_with_a_result_are_read() -> None:
    versions = bank(3)
    with transaction():
        quiz = make_quiz(size=3)
    for name, right in (("a", 3), ("b", 1), ("c", 0)):
        done(quiz, visitor(name), right=right)
    done(quiz, visitor("a"), right=0)  # a second attempt
    begun(quiz, visitor("d"))  # not handed in
    aside = done(quiz, visitor("e"), right=0)
    with transaction():
        db.session.get_one(Attempt, aside.id).state = "void"
    find_new_results({})
    run_jobs()
    rows = {version.id: db.session.get_one(VersionStatistics, version.id) for version in versions}
    assert {row.n for row in rows.values()} == {3}
    assert sum(row.right for row in rows.values()) == 4
    assert {row.seconds for row in rows.values()} == {10.0}
    for row in rows.values():  # the multiple choice counts each of its answers
        assert sum(row.chosen.values()) >= 3
    assert queries.scores(quiz.id) == [(0, 1), (1, 1), (3, 1)]
    assert sorted((met.n, met.right) for met in queries.met_in(quiz.id)) == sorted(
        (3, row.right) for row in rows.values()
    )


def run_jobs() -> None:
    query = db.select(outbox.Job).where(
        outbox.Job.kind == "quizzes.statistics", outbox.Job.state == outbox.JobState.READY
    )
    for job in db.session.execute(query).scalars().all():
        payload = dict(job.payload)
        db.session.rollback()
        recompute_batch(payload)


@pytest.mark.usefixtures("people")
def test_versions_are_computed_again_when_there_is_news() -> None:
    bank(2)
    with transaction():
        quiz = make_quiz(size=2)
    done(quiz, visitor("a"), right=2)
    assert len(queries.due(clock.now())) == 2
    find_new_results({})
    run_jobs()
    with time_machine.travel(clock.now() + timedelta(hours=5), tick=False):
        find_new_results({})
        run_jobs()
        assert queries.due(clock.now() + timedelta(hours=3)) == []
        done(quiz, visitor("b"), right=2)
        assert len(queries.due(clock.now())) == 2


def test_the_table_puts_the_gravest_doubts_first() -> None:
    def row(code: str, *doubts: Doubt, right: int = 5) -> queries.Known:
        return queries.Known(1, code, 1, "traffic", 10, right, None, None, tuple(doubts), clock.now())

    rows = [row("a"), row("b", Doubt.TOO_EASY, right=10), row("c", Doubt.KEY_DOUBT, right=1)]
    assert [found.code for found in ordered(rows, "doubts")] == ["c", "b", "a"]
    assert [found.code for found in ordered(rows, "facility")] == ["c", "a", "b"]
    assert [found.code for found in ordered(rows, "nonsense")] == ["c", "b", "a"]


@pytest.mark.usefixtures("people")
def test_the_pages_and_the_file_show_the_numbers(client: PageClient) -> None:
    bank(2)
    with transaction():
        quiz = make_quiz(size=2)
    attempt = done(quiz, visitor("a"), right=1)
    done(quiz, visitor("b"), right=1)
    client.sign_in("publisher@demo.invalid")
    assert "No statistics yet" in text_of(client, "/office/quizzes/statistics")
    find_new_results({})
    run_jobs()
    assert "2 questions" in text_of(client, "/office/quizzes/statistics?sort=n&page=9999")
    version_id = items(attempt)[0].version_id
    right = db.session.get_one(VersionStatistics, version_id).right
    page = text_of(client, f"/office/quizzes/statistics/{version_id}")
    assert f"{50 * right}%" in page
    assert "1.0 of 2 right" in text_of(client, f"/office/quizzes/{quiz.id}/statistics")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/office/quizzes/statistics.xlsx?lang=en").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 3 and rows[1][4] == 2 and rows[1][7] <= rows[1][6] <= rows[1][8]
    for path in ("statistics/99999999999", "statistics/7777", "99999999999/statistics"):
        assert client.get(f"/office/quizzes/{path}").status_code == 404


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path + ("&" if "?" in path else "?") + "lang=en")
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)
