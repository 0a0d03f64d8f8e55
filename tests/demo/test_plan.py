"""The plan: the same every time, and shaped as the county's description says."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen.core.content import content
from citizen.demo.chance import scatter, u
from citizen.demo.county import read_world
from citizen.demo.plan import Story, stories
from citizen.demo.worktime import EAST, Worktime
from citizen.demo.world import World
from citizen.departments.calendar import calendar_from_rows
from tests.demo.conftest import NOW

CALENDAR = calendar_from_rows(
    [
        {"date": "2026-01-01", "kind": "holiday"},
        {"date": "2026-10-01", "kind": "holiday"},
        {"date": "2026-10-02", "kind": "holiday"},
        {"date": "2026-10-10", "kind": "make_up_workday"},
    ],
    "test",
)
FIRST, LAST = datetime(2026, 8, 1).date(), datetime(2026, 12, 31).date()
TIME = Worktime(CALENDAR, FIRST, LAST)
MOMENTS = st.integers(
    int(datetime(2026, 8, 3, tzinfo=UTC).timestamp()), int(datetime(2026, 10, 20, tzinfo=UTC).timestamp())
)


@pytest.fixture
def world(app: Flask) -> World:
    return read_world(content(), NOW)


def digest(planned: list[Story]) -> str:
    return hashlib.sha256(repr(planned).encode()).hexdigest()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(start=MOMENTS, minutes=st.integers(0, 6_000), end=MOMENTS)
def test_the_fast_calendar_agrees_with_the_calendar(start: int, minutes: int, end: int) -> None:
    begin = datetime.fromtimestamp(start, UTC)
    assert TIME.add(start, minutes * 60) == CALENDAR.add_working_minutes(begin, minutes).timestamp()
    assert TIME.next_day_end(start) == CALENDAR.add_working_days(begin, 1).timestamp()
    assert TIME.days_end(start, 5) == CALENDAR.add_working_days(begin, 5).timestamp()
    assert TIME.between(start, end) == CALENDAR.working_minutes_between(begin, datetime.fromtimestamp(end, UTC))


def test_chance_is_that_of_the_county() -> None:
    assert u("phone", "campaign_office") == u("phone", "campaign_office") != u("phone", "urban_mgmt")
    # units.yaml: 0000-00 and three digits drawn by u("phone", code).
    assert f"{int(u('phone', 'urban_mgmt') * 1000):03d}" == "803"


@pytest.mark.parametrize("bits", [10, 20])
def test_scattered_numbers_are_all_different(bits: int) -> None:
    assert len({scatter(number, bits, 77) for number in range(1 << bits)}) == 1 << bits


def test_the_plan_is_the_same_every_time(world: World) -> None:
    first, again = list(stories(world, 300)), list(stories(world, 300))
    assert digest(first) == digest(again)
    other = read_world(content(), NOW - timedelta(days=1))
    assert digest(list(stories(other, 300))) != digest(first)


def test_shares_are_those_of_the_county(world: World) -> None:
    planned = list(stories(world, 6_000))
    ended = [story for story in planned if story.received < world.now - 20 * 86_400]
    assert len(planned) == 6_000
    assert [story.received for story in planned] == sorted(story.received for story in planned)

    def share(verb: str) -> float:
        return sum(any(step.verb == verb for step in story.steps) for story in ended) / len(ended)

    assert 0.06 < share("reject") + share("give_up") < 0.10
    assert 0.025 < share("merge") < 0.055
    assert 0.84 < share("accept") < 0.91
    assert 0.035 < share("rework") < 0.075
    assert 0.008 < share("appeal") < 0.022
    on_time = [
        next(step.at for step in story.steps if step.verb == "finish") <= handed.facts["deadline"]
        for story in ended
        for handed in [next((step for step in story.steps if step.verb == "dispatch"), None)]
        if handed and any(step.verb == "finish" for step in story.steps)
    ]
    assert 0.74 < sum(on_time) / len(on_time) < 0.84


def test_reports_come_at_the_hours_of_the_county(world: World) -> None:
    planned = list(stories(world, 6_000))
    hours = Counter((story.received + EAST) % 86_400 // 3_600 for story in planned)
    assert {hour for hour, _count in hours.most_common(3)} == {8, 12, 18}
    weekdays = Counter(((story.received + EAST) // 86_400 + 3) % 7 for story in planned)
    assert 1.1 < sum(weekdays[day] for day in range(5)) / 5 / ((weekdays[5] + weekdays[6]) / 2) < 1.35
    kinds = Counter(story.kind.urgency for story in planned)
    assert 0.8 < kinds["normal"] / len(planned) < 0.93
    assert 0.003 < kinds["emergency"] / len(planned) < 0.025


def test_every_desk_has_work(world: World) -> None:
    planned = list(stories(world, 1_200))
    last = Counter(story.steps[-1].target for story in planned)
    for state, fewest in {
        "submitted": 10,
        "need_info": 3,
        "accepted": 3,
        "dispatched": 4,
        "to_verify": 10,
    }.items():
        assert last[state] >= fewest, state
    young = [story for story in planned if story.steps[-1].target == "submitted" and story.kind.emergency]
    assert len(young) >= 2
    late = [story for story in planned if story.steps[-1].due and story.steps[-1].due < world.now]
    assert len(late) >= 5
    assert sum(story.steps[-1].verb == "appeal" for story in planned) >= 3


def test_nothing_personal_is_left_in_the_words(world: World) -> None:
    for row in content().yaml("demo_reports.yaml")["reports"]:
        sample = next(sample for sample in world.samples if sample.key == row["id"])
        for span in row.get("personal_data") or []:
            assert span["text"] not in sample.words
