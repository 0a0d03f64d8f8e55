"""A hundred phones at a real web server with two workers: nobody waits long, nothing is lost, nothing counts twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from flask import Flask

from tests import county
from tests.benchmarks.hall import apart, measured

PHONES, SECONDS = 100, 6.0
#: Machines that run tests are busy; the figure for a quiet one is measured by the benchmark.
SLOWEST = 3.0


def test_the_phones_do_not_mind_a_loop_that_runs_already() -> None:
    """A browser that was driven in this process leaves its loop running in this thread."""

    async def seven() -> int:
        return 7

    async def inside() -> int:
        return apart(seven())

    assert apart(inside()) == 7


@pytest.mark.long
def test_a_hundred_phones_answer_at_once(tmp_path: Path, database_url: str, app: Flask) -> None:
    settings = county.settings(tmp_path, database_url)
    found = measured(app, settings, phones=PHONES, questions=1, seconds=SECONDS)
    assert not found.errors
    assert found.sent[1].total() == PHONES == found.phones_told[1]
    assert Counter(found.told[1]) == found.sent[1]
    assert len(found.times["answer"]) >= PHONES, "some phones change their minds"
    assert len(found.times["poll"]) > 2 * PHONES
    for kind in ("poll", "answer", "part"):
        assert found.at(kind, 0.99) <= SLOWEST, found.lines()
