"""Eight processes of 25 threads book 50 shifts of ten places: exactly full, nobody twice, nobody in two places at once."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Booking, BookingEvent, Shift, Volunteer
from citizen.volunteers.rules.booking import HOLDING
from tests.volunteers.making import make_person, make_post

PROCESSES, THREADS, SHIFTS, PLACES, TRIES = 8, 25, 50, 10, 12
ROOT = Path(__file__).resolve().parents[2]


def set_the_stage() -> tuple[list[int], list[dict[str, Any]]]:
    """Fifty shifts, two at each time, and two hundred volunteers with the twelve shifts that each wants.

    One more shift at another time and one more volunteer for each process come last: a server that runs has read the county
    and compiled its statements before anybody books, so each process books once before the race begins.
    """
    post, person = make_post(), make_person()
    first = clock.now() + timedelta(days=2)
    with transaction() as session:
        shifts = [
            Shift(
                post_id=post.id,
                area_code=post.area_code,
                kind_code=post.kind_code,
                starts_at=first + timedelta(hours=3 * (n // 2)),
                ends_at=first + timedelta(hours=3 * (n // 2) + 2),
                capacity=PLACES,
            )
            for n in range(SHIFTS + 2)
        ]
        session.add_all(shifts)
        accounts = [
            type(person)(name=f"p{n}", password_hash="x", created_at=first) for n in range(PROCESSES * (THREADS + 1))
        ]
        session.add_all(accounts)
        session.flush()
        born = (clock.now() - timedelta(days=12_000)).date()
        volunteers = [
            Volunteer(person_id=account.id, name=account.name, birth_day=born, briefed_on=born, created_at=first)
            for account in accounts
        ]
        session.add_all(volunteers)
        session.flush()
        ids = [shift.id for shift in shifts[:SHIFTS]]
        people = [{"volunteer": row.id, "person": row.person_id} for row in volunteers]
    chance = random.Random(7)
    racing = [{**row, "shifts": chance.sample(ids, TRIES)} for row in people[PROCESSES:]]
    return ids, [*racing, *({**row, "shifts": [shifts[-1].id]} for row in people[:PROCESSES])]


def race(folder: Path, url: str, people: list[dict[str, Any]], *, locks: bool) -> tuple[Counter[str], float]:
    """Run the processes against each other; returns what came of all tries and the seconds between start and end."""
    plan = {"folder": str(folder), "url": url, "people": people[:-PROCESSES], "locks": locks}
    plan |= {"first": people[-PROCESSES:]}
    plan |= {"processes": PROCESSES, "threads": THREADS}
    done = subprocess.run(
        [sys.executable, "-m", "tests.volunteers.race"],
        cwd=ROOT,
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers = json.loads(done.stdout)
    seconds = max(row["ended"] for row in answers) - min(row["began"] for row in answers)
    total: Counter[str] = Counter()
    for row in answers:
        total.update(row["results"])
    return total, seconds


def held() -> dict[int, int]:
    """How many bookings hold a place, by shift of the race."""
    last = db.select(func.max(Shift.id)).scalar_subquery()
    query = db.select(Booking.shift_id, func.count()).where(Booking.state.in_(HOLDING), Booking.shift_id < last)
    query = query.group_by(Booking.shift_id)
    return dict(map(tuple, db.session.execute(query)))


@pytest.mark.long
@pytest.mark.both_databases
def test_fifty_shifts_are_exactly_full(app: Flask, tmp_path: Path, database_url: str) -> None:
    shifts, people = set_the_stage()
    results, seconds = race(tmp_path, database_url, people, locks=True)
    print(f"\n{dict(results)} in {seconds:.1f} s: {results['booked'] / seconds:.0f} bookings/s")
    db.session.rollback()
    assert set(results) <= {"booked", "full", "clash"}, results
    assert sum(results.values()) == PROCESSES * THREADS * TRIES
    assert held() == dict.fromkeys(shifts, PLACES)
    assert set(db.session.execute(db.select(Shift.taken).where(Shift.id.in_(shifts))).scalars()) == {PLACES}
    assert results["booked"] == SHIFTS * PLACES
    assert db.session.execute(db.select(func.count(BookingEvent.id))).scalar() == SHIFTS * PLACES + PROCESSES
    assert not overlaps()


def overlaps() -> list[Any]:
    """Pairs of places that one person holds at the same time."""
    mine, other, one, two = (db.aliased(model) for model in (Booking, Booking, Shift, Shift))
    query = (
        db.select(mine.volunteer_id)
        .join(one, one.id == mine.shift_id)
        .join(other, (other.volunteer_id == mine.volunteer_id) & (other.id > mine.id))
        .join(two, two.id == other.shift_id)
        .where(mine.state.in_(HOLDING), other.state.in_(HOLDING))
        .where(one.starts_at < two.ends_at, two.starts_at < one.ends_at)
    )
    return list(db.session.execute(query).scalars())


@pytest.mark.both_databases
def test_without_the_locks_shifts_are_oversold_or_tries_fail(app: Flask, tmp_path: Path, database_url: str) -> None:
    """The control: the race above is able to see what it forbids."""
    _shifts, people = set_the_stage()
    for person in people:
        del person["shifts"][3:]
    results, _seconds = race(tmp_path, database_url, people, locks=False)
    db.session.rollback()
    print(f"\nwithout locks: {dict(results)}, most in one shift: {max(held().values())}")
    oversold = any(n > PLACES for n in held().values()) or bool(overlaps())
    failed = any(word.startswith(("error", "Busy")) for word in results)
    assert oversold if "postgresql" in database_url else oversold or failed
