"""The race: many volunteers book at once from several processes; run as ``python -m tests.volunteers.race``.

Reads a plan (JSON) from standard input: settings, the volunteers with the shifts that each tries, whether the locks are on;
prints what came of all tries.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from flask import Flask

from citizen.core import connections, database
from citizen.core.database import transaction
from citizen.core.errors import DomainError
from citizen.extensions import db
from citizen.volunteers.models import Shift
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.eligibility import Refused
from citizen.volunteers.services import places
from citizen.volunteers.services.booking import Wish, book
from citizen.volunteers.services.rush import ensure_worth_trying
from tests import county


def take_locks_away() -> None:
    """The control: rows are read without locks and SQLite's write transactions begin deferred, as if nobody had thought of it."""

    def unlocked(statement: Any, values: dict[str, int]) -> Any:
        if statement is not places._THE_SHIFT:
            return with_locks(statement, values)  # two at one shift are enough
        query = db.select(Shift).where(Shift.id == values["shift"]).options(*places._WITH_POST)
        row = db.session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
        time.sleep(0.002)  # what a slower disk or network does
        return row

    with_locks = places.locked_by
    places.locked_by = unlocked  # type: ignore[assignment]

    database.turn = lambda _engine, patience: nullcontext()  # type: ignore[assignment]

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    connections._begin_sqlite.__code__ = begin.__code__


def try_one(app: Flask, person: dict[str, int], shift_id: int) -> str:
    """One booking by one volunteer; returns what came of it."""
    with app.app_context():
        try:
            wish = Wish(shift_id, (person["volunteer"],), key=f"race-{person['volunteer']}-{shift_id}")
            ensure_worth_trying(wish)
            with transaction():
                book(wish, by=By(person["person"], Actor.VOLUNTEER))
            return "booked"
        except Refused as refused:
            return refused.reason.value
        except DomainError as error:
            return type(error).__name__
        except Exception as error:  # counted and judged by the test
            return f"error: {type(error).__name__} {error}"[:300]
        finally:
            db.session.remove()


def run(plan: dict[str, Any], number: int, gate: Any, answers: Any) -> None:
    """One process: build an application of its own, book once, wait at the gate with the others, run all tries, answer."""
    people = plan["people"][number :: plan["processes"]]
    app = county.make_app(county.settings(Path(plan["folder"]), plan["url"]))
    first = plan["first"][number]
    assert try_one(app, first, first["shifts"][0]) == "booked"
    if not plan["locks"]:
        take_locks_away()
    gate.wait()
    tries = [(person, shift) for person in people for shift in person["shifts"]]
    tries.sort(key=lambda row: row[0]["shifts"].index(row[1]))
    began = time.time()
    with ThreadPoolExecutor(plan["threads"]) as pool:
        results = Counter(pool.map(lambda row: try_one(app, *row), tries))
    answers.put({"results": results, "began": began, "ended": time.time()})
    county.dispose(app)


def main() -> None:
    """Start the processes against each other and print what each of them saw; they share nothing but the code."""
    plan = json.loads(sys.stdin.read())
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(plan["processes"]), context.Queue()
    runners = [context.Process(target=run, args=(plan, n, gate, answers)) for n in range(plan["processes"])]
    for runner in runners:
        runner.start()
    print(json.dumps([answers.get(timeout=120) for _ in runners]))
    for runner in runners:
        runner.join()


if __name__ == "__main__":
    main()
