"""`make bench`: every job at two sizes on both databases, one table, and results.md beside this file.

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

from tests.benchmarks.jobs import JOBS, Job, page
from tests.benchmarks.load import Figures, measure
from tests.benchmarks.stage import Stage, stage

RESULTS = Path(__file__).with_name("results.md")
HEAD = "| job | database | rows | CPU ms | rounds | × bare | × small | p50 ms | p99 ms | goal | holds |\n|---|---|---|---|---|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Line:
    """One job at one size; ``small`` is the ratio that it had with few rows."""

    job: Job
    stage: Stage
    found: Figures
    bare: float
    small: float | None

    @property
    def ratio(self) -> float:
        """The cost in bare pages of the same minutes, which is what can be compared across sizes and machines."""
        return self.found.cpu / self.bare

    def __str__(self) -> str:
        found, ratio = self.found, self.ratio
        holds = ratio <= self.job.goal if self.job.bare else found.cpu <= self.job.goal
        growth = f"{ratio / self.small:.2f}" if self.small else ""
        goal = f"≤ {self.job.goal:g} × bare" if self.job.bare else f"≤ {self.job.goal:g} ms"
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
            goal,
            "yes" if holds else "**no**",
        ]
        return "| " + " | ".join(cells) + " |"


def measured(job: Job, place: Stage, small: float | None) -> Line:
    """One job, with the bare page measured right before and after it: what else runs on the machine meets both."""
    flow = job.prepare(place, job.visits)

    def bare() -> float:
        return measure(place.bare, page("/")(place, 0), roots=place.bare_roots, visits=300, rounds=1).cpu

    before = bare()
    found = measure(place.url, flow, roots=place.roots, visits=job.visits)
    wrong = {status for status in found.statuses if status >= 400}
    if wrong:
        raise SystemExit(f"{job.name}: answers {dict(found.statuses)}")
    return Line(job, place, found, (before + bare()) / 2, small)


def main() -> None:
    """Measure everything and say it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--small", type=int, default=1_000)
    options.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    options.add_argument("--job", default="", help="only jobs whose name holds these words")
    asked = options.parse_args()
    jobs = [job for job in JOBS if asked.job in job.name]
    lines = [f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {machine()}.", "", HEAD]
    print("\n".join(lines), flush=True)
    for database in asked.database or ["sqlite", "postgresql"]:
        known: dict[str, float] = {}
        for rows in sorted({asked.small, asked.rows}):
            with stage(database, rows) as place:
                for job in jobs:
                    line = measured(job, place, known.get(job.name))
                    known.setdefault(job.name, line.ratio)
                    lines.append(str(line))
                    print(lines[-1], flush=True)
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
