"""`make bench`: every job at two sizes on both databases, one table, and results.md beside this file.

A goal in milliseconds says nothing on a machine that is half as fast as the one it was set on, or twice as fast from one hour to
the next. So each is judged twice: in milliseconds, and in bare pages of the same minutes (`bare_of_goals`).

python -m tests.benchmarks [--rows 100000] [--small 1000] [--database sqlite --database postgresql] [--job WORDS]
"""

from __future__ import annotations

import argparse
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.jobs import JOBS, Job, page
from tests.benchmarks.load import Figures, measure
from tests.benchmarks.stage import Stage, stage
from tests.volunteers.test_race import race, set_the_stage

RESULTS = Path(__file__).with_name("results.md")
#: With PostgreSQL the bare page took 1.2 to 1.9 ms where the goals were set; a goal in bare pages is its milliseconds over the
#: larger, which is the stricter reading.
BARE_OF_GOALS = 1.9
#: Bookings a second when eight processes of 25 threads want fifty shifts; all processors are busy then, two where this was set.
PROCESSORS_OF_GOALS = 2
RACE = {"sqlite": 100, "postgresql": 150}
COLUMNS = (
    "job",
    "database",
    "rows",
    "CPU ms",
    "rounds",
    "× bare",
    "× small",
    "p50 ms",
    "p99 ms",
    "goal",
    "in ms",
    "in bare pages",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


@dataclass(frozen=True)
class Line:
    """One job at one size; its ratio is in bare pages of the same minutes, which can be compared across sizes and machines.

    ``small`` is the ratio that it had with few rows, ``bare_of_goals`` what the bare page took on this database where the
    goals were set.
    """

    job: Job
    stage: Stage
    found: Figures
    bare_of_goals: float
    small: float | None

    def __str__(self) -> str:
        found, ratio = self.found, self.found.ratio
        growth = f"{ratio / self.small:.2f}" if self.small else ""
        pages = self.job.goal if self.job.bare else self.job.goal / self.bare_of_goals
        goal = "" if self.job.bare else f"≤ {self.job.goal:g} ms, "
        cells = [
            self.job.name,
            self.stage.database,
            f"{self.stage.rows:,}",
            f"{found.cpu:.2f}",
            f"{found.spread[0]:.2f}–{found.spread[1]:.2f}",
            f"{ratio:.2f}",
            growth,
            f"{found.p50:.1f}",
            f"{found.p99:.1f}",
            f"{goal}{pages:.2g} × bare",
            "" if self.job.bare else verdict(found.cpu <= self.job.goal),
            verdict(ratio <= pages),
        ]
        return "| " + " | ".join(cells) + " |"


def verdict(holds: bool) -> str:
    """How a cell says it."""
    return "yes" if holds else "**no**"


def bare_page(place: Stage) -> float:
    """What the bare page takes right now."""
    return measure(place.bare, page("/")(place, 0), roots=place.bare_roots, visits=300, rounds=1).cpu


def bare_of_goals(rows: int) -> dict[str, float]:
    """What the bare page took on each database where the goals were set, in milliseconds.

    That is known for PostgreSQL only. SQLite's bare page is cheaper, by as much as it is here and now: the two take turns.
    """
    with stage("postgresql", rows) as far, stage("sqlite", rows) as near:
        share = median(bare_page(near) / bare_page(far) for _ in range(7))
    return {"postgresql": BARE_OF_GOALS, "sqlite": BARE_OF_GOALS * share}


def measured(job: Job, place: Stage, *, goals: float, small: float | None) -> Line:
    """One job, with the bare page measured before and after each round of it."""
    flow = job.prepare(place, job.visits)
    found = measure(place.url, flow, roots=place.roots, visits=job.visits, beside=lambda: bare_page(place))
    wrong = {status for status in found.statuses if status >= 400}
    if wrong:
        raise SystemExit(f"{job.name}: answers {dict(found.statuses)}")
    return Line(job, place, found, goals, small)


def raced(place: Stage, *, goals: float) -> str:
    """The race for places: bookings a second, and what one takes when all processors are busy with it and with those who come
    too late."""
    with place.app.app_context(), TemporaryDirectory() as folder:
        _shifts, people = set_the_stage()
        before = bare_page(place)
        results, seconds = race(Path(folder), place.app.config["SETTINGS"].database_url, people, locks=True)
    processors = os.cpu_count() or 1
    ratio = seconds * processors * 1000 / results["booked"] / ((before + bare_page(place)) / 2)
    pages = PROCESSORS_OF_GOALS * 1000 / RACE[place.database] / goals
    return (
        f"- {place.database}: {results['booked'] / seconds:.0f} bookings/s (goal {RACE[place.database]}), {dict(results)}; one booking "
        f"and those refused beside it take {ratio:.1f} bare pages of {processors} processors (goal {pages:.1f}: "
        f"{verdict(ratio <= pages)})"
    )


def main() -> None:
    """Measure everything and say it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--small", type=int, default=1_000)
    options.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    options.add_argument("--job", default="", help="only jobs whose name holds these words")
    asked = options.parse_args()
    jobs = [job for job in JOBS if asked.job in job.name]
    races: list[str] = []
    goals = bare_of_goals(asked.small)
    pages = ", ".join(f"{bare:.2f} ms with {database}" for database, bare in goals.items())
    lines = [f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {machine()}."]
    lines += ["", f"Where the goals were set, the bare page took at most {pages}.", "", HEAD]
    print("\n".join(lines), flush=True)
    for database in asked.database or ["sqlite", "postgresql"]:
        known: dict[str, float] = {}
        for rows in sorted({asked.small, asked.rows}):
            with stage(database, rows) as place:
                for job in jobs:
                    line = measured(job, place, goals=goals[database], small=known.get(job.name))
                    known.setdefault(job.name, line.found.ratio)
                    lines.append(str(line))
                    print(lines[-1], flush=True)
                if rows == asked.small and asked.job in "race":
                    races.append(raced(place, goals=goals[database]))
                    print(races[-1], flush=True)
    lines += ["", "Eight processes of 25 threads book the ten places of each of fifty shifts:", "", *races]
    if not asked.job:
        RESULTS.write_text("# What a request costs\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def machine() -> str:
    """What it was measured on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("flask", "sqlalchemy", "granian", "psycopg"))
    return (
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {packages}, two web workers"
    )


if __name__ == "__main__":
    main()
