"""The list, the calendar, the map and the groups: what is found, what is greyed, and what nobody gets to see."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from citizen.core import clock
from citizen.core.clock import COUNTY_ZONE
from citizen.core.database import transaction
from citizen.departments.queries import directory
from citizen.volunteers.documents.filters import middle_of
from citizen.volunteers.models import HoursEntry
from citizen.volunteers.rules.finding import Wanted, days_of, month_days, utc_hours
from citizen.volunteers.services.booking import cancel
from tests.volunteers.making import (
    by,
    make_booking,
    make_post,
    make_shift,
    make_volunteer,
    served,
    set_values,
    sign_in_as,
    statements,
)
from tests.volunteers.test_standing import make_team

#: A Tuesday morning in the county.
TUESDAY = datetime(2026, 9, 1, 9, 0, tzinfo=COUNTY_ZONE)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, minute, tzinfo=COUNTY_ZONE)


def found(page: str) -> list[int]:
    """The shifts that a page links to, in its order."""
    return [int(number) for number in re.findall(r'class="shift__title"><a href="/volunteer/shifts/(\d+)"', page)]


def read(client: FlaskClient, query: str = "") -> str:
    response = client.get(f"/volunteer/?lang=en&{query}")
    assert response.status_code == 200
    return response.get_data(as_text=True)


@pytest.fixture
def shifts(app: Flask) -> Any:
    """Eight shifts of two kinds in two areas, on a clock that stands still."""
    with time_machine.travel(TUESDAY, tick=False):
        point, (lon, lat) = directory().points["P001"], middle_of("A2")
        guide = make_post(lon=point.lon, lat=point.lat)
        market = make_post("market_steward", area_code="A2", lon=lon, lat=lat)
        spans = {
            "begun": (guide, at(1, 8, 30), 2),
            "today": (guide, at(1, 10), 3),
            "market": (market, at(1, 14), 3),
            "night": (guide, at(2, 22), 2),
            "full": (guide, at(3, 10), 1),
            "saturday": (market, at(5, 10), 3),
            "monday": (guide, at(7, 23, 59), 3),
            "next_week": (guide, at(8, 0), 3),
        }
        made = {
            name: make_shift(post, starts_at=start, hours=4 if name == "night" else 2, capacity=capacity)
            for name, (post, start, capacity) in spans.items()
        }
        make_booking(made["full"])
        make_booking(made["full"], make_volunteer("王候补"))
        yield {name: shift.id for name, shift in made.items()}


EVERY = ["today", "market", "night", "full", "saturday", "monday"]
FILTERS = [
    ("", EVERY),
    ("when=week", EVERY),
    ("when=weekend", ["saturday"]),
    ("when=month", [*EVERY, "next_week"]),
    ("day=2026-09-02", ["night"]),
    ("day=２０２６-０９-０２", ["night"]),
    ("when=weekend&day=2026-09-08", ["next_week"]),
    ("part=morning", ["today", "full", "saturday"]),
    ("part=afternoon", ["market"]),
    ("part=evening", ["night", "monday"]),
    ("kind=market_steward", ["market", "saturday"]),
    ("area=A2", ["market", "saturday"]),
    ("area=A1&part=evening", ["night", "monday"]),
    ("free=1", ["today", "market", "night", "saturday", "monday"]),
    ("near=A2", ["market", "saturday", "today", "night", "full", "monday"]),
    ("PLACE", ["market", "saturday", "today", "night", "full", "monday"]),
    ("PLACE&sort=time", EVERY),
    ("near=P001", ["today", "night", "full", "monday", "market", "saturday"]),
]


@pytest.mark.both_databases
def test_filters(client: FlaskClient, shifts: dict[str, int]) -> None:
    lon, lat = middle_of("A2")
    for query, names in FILTERS:
        asked = query.replace("PLACE", f"lon={lon:.3f}&lat={lat:.3f}")
        assert found(read(client, asked)) == [shifts[name] for name in names], query


JUNK = [
    "when=weekend&when=week",
    "when=%27%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "day=-1",
    "day=0001-01-01",
    "day=9999-12-31",
    "day=2026-02-30",
    "part=noon&kind=%00&area=%F0%9F%98%80",
    "lon=nan&lat=1e400",
    "lon=-181&lat=99",
    "lon=113",
    "after=-1",
    "after=99999999999999999999",
    "after=１",
    "near=../../etc/passwd",
    "free=yes&sort=random",
    "endpoint=home.index&_external=1",
]


def test_junk_in_the_address_is_passed_over(client: FlaskClient, shifts: dict[str, int]) -> None:
    for query in JUNK:
        for path in ("/volunteer/", "/volunteer/calendar", "/volunteer/map"):
            response = client.get(f"{path}?{query}&view=x&from=-1")
            assert response.status_code == 200, query
            assert b"<script>alert" not in response.data


def test_shifts_stand_under_their_day_in_the_county_s_time(
    client: FlaskClient, shifts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for zone in ("UTC", "America/New_York"):
        with monkeypatch.context() as patched:
            patched.setenv("TZ", zone)
            time.tzset()
            page = read(client)
        time.tzset()
        titles = re.findall(r'<h2 id="d\d">([^<]+)</h2>', page)
        assert titles == ["Tue 1 Sep · Today", "Wed 2 Sep · Tomorrow", "Thu 3 Sep", "Sat 5 Sep", "Mon 7 Sep"]
        assert "Wed 2 Sep 22:00 – Thu 3 Sep 02:00" in page


@pytest.mark.both_databases
def test_a_shift_over_midnight_is_on_both_days_of_the_calendar(client: FlaskClient, shifts: dict[str, int]) -> None:
    link = f'href="/volunteer/shifts/{shifts["night"]}"'
    cells = client.get("/volunteer/calendar?view=week&lang=en").get_data(as_text=True).split("<td ")[1:]
    assert [link in cell for cell in cells] == [False, False, True, True, False, False, False]  # from Monday
    month = client.get("/volunteer/calendar?lang=en").get_data(as_text=True)
    counts = dict(re.findall(r'calendar__long">([^<]+)</span><span class="calendar__words">(\d+) shift', month))
    assert counts == {
        **{"Tue 1 Sep": "2", "Wed 2 Sep": "1", "Thu 3 Sep": "2", "Sat 5 Sep": "1"},
        **{"Mon 7 Sep": "1", "Tue 8 Sep": "2"},
    }


def test_the_calendar_goes_neither_back_nor_beyond_what_can_exist(client: FlaskClient, shifts: dict[str, int]) -> None:
    page = client.get("/volunteer/calendar?lang=en&from=2020-01-01").get_data(as_text=True)
    assert "September 2026" in page and 'rel="prev"' not in page
    page = client.get("/volunteer/calendar?lang=en&from=2099-01-01").get_data(as_text=True)
    assert "October 2026" in page and 'rel="next"' not in page


@pytest.mark.both_databases
def test_the_map_and_its_list_say_the_same(client: FlaskClient, shifts: dict[str, int]) -> None:
    page = client.get("/volunteer/map?lang=en").get_data(as_text=True)
    circles = set(re.findall(r'class="m-a" href="([^"]+)" aria-label="[^,]+, (\d+) shift', page))
    rows = set(re.findall(r'<li><a href="([^"]+)"><span>[^<]+</span><span class="num">(\d+) shift', page))
    assert circles == rows == {("/volunteer/?area=A1", "4"), ("/volunteer/?area=A2", "2")}


@pytest.mark.both_databases
def test_the_head_counts_places_and_not_bookings(client: FlaskClient, shifts: dict[str, int]) -> None:
    assert "5 shifts still need people: 14 people in all." in read(client)


def test_a_full_shift_stays_with_its_line_and_without_names(client: FlaskClient, shifts: dict[str, int]) -> None:
    page = read(client, "day=2026-09-03")
    assert "1 waiting" in page and "is-closed" in page and "you can wait" in page
    assert "王候补" not in page


def test_what_i_cannot_take_is_greyed_with_the_reason(client: FlaskClient, shifts: dict[str, int], app: Flask) -> None:
    me, post = make_volunteer("李我", birth_day=date(2000, 1, 1)), make_post()
    mine = make_shift(post, starts_at=at(4, 10))
    make_booking(mine, me)
    make_shift(post, starts_at=at(4, 11))
    make_shift(make_post(care=True, place_hans="秘密地址", place_en="Secret Lane 1"), starts_at=at(4, 15))
    team = make_team(make_volunteer())
    make_shift(post, starts_at=at(4, 18), team_id=team.id)
    page = read(sign_in_as(client, me), "day=2026-09-04")
    hints = re.findall(r'<p class="hint">([^<]+)</p></div></article>', page)
    assert hints == [
        "You are in.",
        "It overlaps with your shift “East gate of the People&#39;s Park Fri 4 Sep 10:00–12:00”.",
        "Home visits need the coordinator&#39;s approval first.",
        "This shift belongs to a team.",
    ]
    assert "Secret Lane" not in page and "秘密地址" not in page
    assert page.count("is-closed") == 4


def test_a_home_visit_has_no_distance_and_its_order_betrays_no_address(client: FlaskClient, app: Flask) -> None:
    lon, lat = middle_of("A1")
    far = make_shift(make_post(care=True, lon=lon + 0.5, lat=lat), starts_in=20)
    near = make_shift(make_post(care=True, lon=lon, lat=lat), starts_in=30)
    other = make_shift(make_post(lon=lon + 0.1, lat=lat), starts_in=10)
    page = read(client, f"lon={lon:.3f}&lat={lat:.3f}")
    assert found(page) == [far.id, near.id, other.id]
    assert page.count("km away") == 1


@pytest.mark.both_databases
def test_pages_follow_each_other_without_a_gap(client: FlaskClient, app: Flask) -> None:
    post, start = make_post(), clock.now().replace(second=0, microsecond=0) + timedelta(hours=30)
    ids = [make_shift(post, starts_at=start + timedelta(hours=n // 3), hours=0.5).id for n in range(60)]
    for query in ("when=month", "when=month&near=A1"):
        seen: list[int] = []
        address = f"/volunteer/?{query}"
        while address and len(seen) < 100:
            page = client.get(address).get_data(as_text=True)
            seen += found(page)
            following = re.search(r'<a href="([^"]+)" rel="next"', page)
            address = following[1].replace("&amp;", "&") if following else ""
        assert seen == ids
    assert "There is nothing further" in read(client, f"when=month&after={ids[-1]}")


def test_a_place_that_is_called_something_else_shows_in_the_very_next_answer(client: FlaskClient) -> None:
    shift = make_shift(starts_in=5)
    tag = client.get("/volunteer/").headers["ETag"]
    set_values(shift.post, place_hans="新的地方")
    answer = client.get("/volunteer/", headers={"If-None-Match": tag})
    assert answer.status_code == 200 and "新的地方" in answer.get_data(as_text=True)


def test_a_shift_that_opens_for_booking_shows_in_the_very_next_answer(client: FlaskClient) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        make_shift(starts_at=TUESDAY + timedelta(days=30, minutes=30))
        path = f"/volunteer/?day={TUESDAY.date() + timedelta(days=30)}"
        tag = client.get(path).headers["ETag"]
    with time_machine.travel(TUESDAY + timedelta(minutes=29), tick=False):
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    with time_machine.travel(TUESDAY + timedelta(minutes=31), tick=False):
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_place_taken_shows_in_the_very_next_answer(client: FlaskClient, app: Flask) -> None:
    shift, person = make_shift(starts_in=5, capacity=3), make_volunteer()
    addresses = ("/", "/volunteer/", f"/volunteer/shifts/{shift.id}", "/volunteer/map", "/volunteer/calendar")
    tags = {path: client.get(path).headers["ETag"] for path in addresses}
    for path, tag in tags.items():
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    booking = make_booking(shift, person)
    for path, tag in tags.items():
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200, path
    with transaction():
        cancel(booking.id, by=by(person))
    assert "3 places free of 3" in client.get("/?lang=en").get_data(as_text=True)


def test_a_list_costs_as_many_statements_for_thirty_shifts_as_for_one(client: FlaskClient, app: Flask) -> None:
    me, post = make_volunteer(), make_post()
    sign_in_as(client, me)
    costs = []
    for starts in ([24], [26 + n / 2 for n in range(29)]):
        for hours in starts:
            make_shift(post, starts_in=hours, hours=0.5)
        client.get("/volunteer/")
        with statements() as seen:
            client.get("/volunteer/")
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 8


def test_the_home_page_shows_what_the_viewer_could_take_in_their_areas(client: FlaskClient, app: Flask) -> None:
    near, far = make_post(area_code="A2", place_en="Near"), make_post(area_code="A1", place_en="Far")
    make_shift(near, starts_in=30)
    make_shift(far, starts_in=20)
    make_shift(make_post("traffic_guide", place_en="Roadside"), starts_in=25)
    assert re.findall(r">(Near|Far|Roadside)\W", client.get("/?lang=en").get_data(as_text=True)) == [
        "Far",
        "Roadside",
        "Near",
    ]
    me = make_volunteer(areas=["A2"], insured_until=None)
    page = sign_in_as(client, me).get("/?lang=en").get_data(as_text=True)
    assert re.findall(r">(Near|Far|Roadside)\W", page) == ["Near", "Far"]


@pytest.mark.both_databases
def test_groups_are_counted_and_nobody_is_named(client: FlaskClient, app: Flask) -> None:
    leader, member = make_volunteer("张队长"), make_volunteer("赵队员")
    team = make_team(leader, leader, member, name="县一中志愿队")
    make_team(leader, leader, kind="family", name="张家")
    booking = served(make_shift(starts_in=-48, team_id=team.id), member)
    with transaction() as session:
        session.add(
            HoursEntry(
                volunteer_id=member.id, booking_id=booking.id, kind="auto", minutes=90, day=clock.today(),
                created_at=clock.now(),
            )
        )  # fmt: skip
    page = client.get("/volunteer/groups?lang=en").get_data(as_text=True)
    assert "县一中志愿队" in page and ">2<" in page and ">1.5<" in page
    assert "1 family volunteers together." in page
    for name in ("张队长", "赵队员", "张家"):
        assert name not in page


def test_languages_and_elder_mode(client: FlaskClient, app: Flask) -> None:
    shift = make_shift(starts_in=5)
    for path in ("", "calendar", "calendar?view=week", "map", "groups", f"shifts/{shift.id}"):
        for lang, mode in (("zh-Hans", "standard"), ("zh-Hant", "elder"), ("en", "elder")):
            response = client.get(f"/volunteer/{path}{'&' if '?' in path else '?'}lang={lang}&mode={mode}")
            assert response.status_code == 200
            assert f'<html lang="{lang}" data-mode="{mode}"' in response.get_data(as_text=True)


DAYS = [
    ("week", date(2026, 9, 1), date(2026, 9, 1), date(2026, 9, 7)),
    ("weekend", date(2026, 9, 1), date(2026, 9, 5), date(2026, 9, 6)),
    ("weekend", date(2026, 9, 5), date(2026, 9, 5), date(2026, 9, 6)),
    ("weekend", date(2026, 9, 6), date(2026, 9, 6), date(2026, 9, 6)),
    ("month", date(2026, 12, 31), date(2026, 12, 31), date(2027, 1, 29)),
    ("2026-09-09", date(2026, 9, 1), date(2026, 9, 9), date(2026, 9, 9)),
]


@pytest.mark.parametrize(("when", "today", "first", "last"), DAYS)
def test_days(when: str, today: date, first: date, last: date) -> None:
    assert days_of(when, today) == (first, last)


def test_parts_of_the_day_and_months() -> None:
    assert utc_hours("morning") == (0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23)
    assert sorted(hour for part in ("morning", "afternoon", "evening") for hour in utc_hours(part)) == list(range(24))
    assert month_days(date(2026, 9, 15)) == (date(2026, 8, 31), date(2026, 10, 4))
    assert Wanted(when="2026-09-05", free=True).values() == {"day": "2026-09-05", "free": "1"}
