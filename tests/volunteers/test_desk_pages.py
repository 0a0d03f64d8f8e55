"""The coordinator's pages: who may open them, that nothing typed is lost, and that what they count is what they list."""

from __future__ import annotations

import csv
import io
import re
import secrets
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.clock import local
from citizen.core.database import transaction
from citizen.core.outbox import Job
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.models import Booking, Post, Shift, ShiftTemplate, Stop
from tests.client import PageClient
from tests.volunteers.making import fresh, make_booking, make_post, make_shift, make_volunteer


@pytest.fixture
def desk(client: PageClient) -> PageClient:
    return client.sign_in("coordinator@demo.invalid")


def page(client: PageClient, path: str) -> str:
    answer = client.get(path, query_string={"lang": "en"} if "?" not in path else None)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', text)
    assert found, name
    return found[1]


def act(client: PageClient, path: str, data: dict[str, Any], *, status: int = 303) -> str:
    """Send the form of the page at ``path`` with its version."""
    values = {"version": hidden(page(client, path), "version"), **data}
    answer = client.submit(path, values)
    assert answer.status_code == status, answer.get_data(as_text=True)[-1500:]
    return answer.get_data(as_text=True)


def said(event: str) -> int:
    keys = db.session.execute(db.select(Job.dedupe_key).where(Job.kind == "volunteers.say")).scalars()
    return sum(1 for key in keys if (key or "").startswith(f"say:{event}:"))


@pytest.mark.parametrize("who", ["moderator", "head"])
def test_other_roles_are_kept_out(app: Flask, client: PageClient, who: str) -> None:
    shift = make_shift()
    client.sign_in(f"{who}@demo.invalid")
    for path in ("/office/shifts/", f"/office/shifts/{shift.id}", "/office/shifts/stops/new", "/office/shifts/posts"):
        assert client.get(path).status_code == 403


def test_the_lead_of_a_post_has_no_office_pages(app: Flask, client: PageClient, people: dict[str, Person]) -> None:
    shift = make_shift(make_post(lead_id=people["resident"].id))
    client.sign_in("resident@demo.invalid")
    assert client.get(f"/office/shifts/{shift.id}").status_code == 403
    answer = client.submit(f"/office/shifts/{shift.id}/cancel", {"words": "x", "version": "1"}, page="/account/")
    assert answer.status_code == 403 and fresh(shift).status == "open"


def test_what_a_board_counts_is_what_it_lists(app: Flask, desk: PageClient) -> None:
    post, other = make_post(), make_post("env_steward", area_code="A2")
    rows = [make_shift(post, starts_in=hours, capacity=3, min_needed=2) for hours in (5, 30, 60)]
    make_shift(other, starts_in=40, capacity=1)
    make_shift(other, starts_in=24 * 8, capacity=1)
    make_shift(other, starts_in=50, capacity=1, status="cancelled")
    make_shift(post, starts_in=-1, hours=2)
    for _ in range(2):
        make_booking(rows[0])
    make_booking(rows[1])
    for view, count in (("short", 3), ("unfilled", 4), ("running", 1)):
        text = page(desk, f"/office/shifts/?view={view}&lang=en")
        assert int(re.search(rf'view={view}[^>]*>[^<]*<span class="count">(\d+)<', text)[1]) == count  # type: ignore[index]
        assert len(re.findall(r'<th scope="row"><a href="/office/shifts/\d+"', text)) == count
    narrowed = page(desk, "/office/shifts/?view=unfilled&area=A2&lang=en")
    assert len(re.findall(r'<th scope="row"><a href="/office/shifts/\d+"', narrowed)) == 1
    week = page(desk, "/office/shifts/?lang=en")
    assert (
        week.count('class="slot') == len(re.findall(r'href="/office/shifts/\d+"><?', week)) - 3
    )  # three stand beside it
    assert "lacks 2" not in week and "lacks 1" in week and "slot--empty" in week and "slot--off" in week
    began = local(clock.now() - timedelta(hours=1)).date()  # just after midnight on a Monday this was last week
    monday = began - timedelta(days=began.weekday())
    assert page(desk, f"/office/shifts/coverage?week={monday}").count("<tfoot>") == 1


def test_every_page_without_a_number_opens_in_an_empty_county(app: Flask, desk: PageClient) -> None:
    for path in ("", "?view=short&page=9", "?from=rubbish&area=A99&kind=%27", "coverage?week=1", "new", "export", "posts",
                 "posts/new", "templates?ended=1", "templates/new", "stops", "stops/new", "templates"):  # fmt: skip
        page(desk, f"/office/shifts/{path}")
    for path in ("1", "99999999999999", "bookings/1/out", "posts/1", "templates/1", "1/add", "1/move"):
        assert desk.get(f"/office/shifts/{path}").status_code == 404


def test_a_stale_decision_shows_theirs_beside_mine_and_can_be_sent_again(app: Flask, desk: PageClient) -> None:
    shift = make_shift(capacity=3)
    path = f"/office/shifts/{shift.id}"
    version = hidden(page(desk, path), "version")
    make_booking(shift)  # somebody books while the coordinator types
    answer = desk.submit(f"{path}/places", {"capacity": "7", "min_needed": "2", "version": version}, page=path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409 and fresh(shift).capacity == 3
    assert hidden(text, "capacity") == "7" and hidden(text, "version") == str(fresh(shift).version)
    values = {name: hidden(text, name) for name in ("capacity", "min_needed", "version", "csrf_token")}
    assert desk.post(f"{path}/places", data=values, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert (fresh(shift).capacity, fresh(shift).min_needed) == (7, 2)
    assert desk.submit(f"{path}/places", {"capacity": "9", "min_needed": "2"}, page=path).status_code == 422


def test_fewer_places_than_taken_are_refused_in_a_sentence(app: Flask, desk: PageClient) -> None:
    shift = make_shift(capacity=2)
    make_booking(shift)
    make_booking(shift)
    path = f"/office/shifts/{shift.id}"
    values = {"capacity": "1", "min_needed": "1", "version": hidden(page(desk, path), "version")}
    answer = desk.submit(f"{path}/places", values, page=path)
    assert answer.status_code == 409 and "2 people hold a place" in answer.get_data(as_text=True)


def test_a_shift_is_looked_at_before_it_is_moved(app: Flask, desk: PageClient) -> None:
    shift = make_shift(starts_at=_noon(3), hours=2)
    booking = make_booking(shift)
    path = f"/office/shifts/{shift.id}/move"
    day = clock.local(_noon(4)).date().isoformat()
    text = page(desk, f"{path}?day={day}&starts=22:00&ends=02:00&lang=en")
    assert "stays and is told" in text and fresh(shift).starts_at == _noon(3)
    values = {name: hidden(text, name) for name in ("day", "starts", "ends", "version")}
    assert desk.submit(path, values).status_code == 303
    moved = fresh(shift)
    assert (moved.minutes, clock.local(moved.starts_at).hour, fresh(booking).ask_again) == (240, 22, True)
    assert "Stayed and were told" in page(desk, f"/office/shifts/{shift.id}")
    assert desk.get(f"{path}?day=rubbish&starts=9&ends=").status_code == 422


def _noon(days: int) -> Any:
    return clock.local(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def test_conditions_hold_for_coordinators_too_unless_set_aside_with_words(app: Flask, desk: PageClient) -> None:
    shift = make_shift(make_post("traffic_guide"))
    person, young = make_volunteer("未培训甲", briefed_on=None), make_volunteer("未成年乙", age=17)
    path = f"/office/shifts/{shift.id}/add"
    text = page(desk, f"{path}?q=未&lang=en")
    assert "no volunteer" not in text and "Nobody found" in text  # one character is too few
    text = page(desk, f"{path}?q=未培训&lang=en")
    assert "no briefing" in text and 'value="not_briefed"' in text
    assert "too young" in page(desk, f"{path}?q=未成年&lang=en")
    plain = {"key": secrets.token_hex(16), "volunteer": str(person.id)}
    for data, status in (
        (plain, 409),
        ({**plain, "aside": "not_briefed"}, 422),
        ({**plain, "aside": "too_young", "words": "家长在场"}, 422),
        ({**plain, "volunteer": str(young.id), "aside": "not_briefed", "words": "当天补训"}, 409),
    ):
        assert desk.submit(path, data).status_code == status, data
    assert db.session.execute(db.select(Booking)).first() is None
    good = {**plain, "aside": "not_briefed", "words": "当天早上补训"}
    assert [desk.submit(path, good).status_code for _ in range(2)] == [303, 303]
    row = db.session.execute(db.select(Booking)).scalars().one()
    assert (row.state, row.override) == ("confirmed", "当天早上补训")
    assert "当天早上补训" in page(desk, f"/office/shifts/{shift.id}")


def test_somebody_is_taken_out_with_words_and_the_next_in_line_is_asked(app: Flask, desk: PageClient) -> None:
    shift = make_shift(capacity=1)
    first, second = make_booking(shift), make_booking(shift)
    path = f"/office/shifts/bookings/{first.id}/out"
    assert desk.submit(path, {"words": " "}).status_code == 422
    assert desk.submit(path, {"words": "路口临时封闭，人手够了"}).status_code == 303
    assert (fresh(first).state, fresh(second).state) == ("cancelled_by_organiser", "offered")
    assert desk.submit(path, {"words": "再来一次"}).status_code == 409


def test_a_message_is_sent_once_for_each_press(app: Flask, desk: PageClient) -> None:
    shift = make_shift()
    make_booking(shift)
    path = f"/office/shifts/{shift.id}/message"
    key = hidden(page(desk, path), "key")
    for words, status in (("改从西门进", 303), ("改从西门进", 303), ("另一句", 422)):
        assert desk.submit(path, {"key": key, "words": words}).status_code == status
    assert said("roster") == 1
    query = db.select(Event.detail).where(Event.action == "shift.messaged")
    assert [detail["told"] for detail in db.session.execute(query).scalars()] == [1]
    assert desk.submit(path, {"key": secrets.token_hex(16), "words": "长" * 201}).status_code == 422


def test_people_on_call_are_ticked_and_asked(app: Flask, desk: PageClient) -> None:
    shift, person = make_shift(), make_volunteer("随叫随到丙", on_call=True)
    path = f"/office/shifts/{shift.id}/call-up"
    assert desk.submit(path, {}).status_code == 422
    assert [desk.submit(path, {"people": [str(person.id)]}).status_code for _ in range(2)] == [303, 303]
    assert said("call_up") == 1
    assert "asked already" in page(desk, path)


def test_the_roster_goes_out_with_a_reason_and_without_formulas(app: Flask, desk: PageClient) -> None:
    shift = make_shift()
    make_booking(shift, make_volunteer("=cmd|' /C calc'!A1"))
    desk.echoes = True
    path = f"/office/shifts/{shift.id}/export"
    assert desk.submit(path, {"format": "csv", "reason": ""}).status_code == 422
    for kind in ("xlsx", "csv"):
        answer = desk.submit(path, {"format": kind, "reason": "现场点名"})
        assert answer.status_code == 200 and f"roster-{shift.id}.{kind}" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(rows[0]) == 6 and rows[1][0].startswith("'=cmd")
    events = db.session.execute(db.select(Event.detail).where(Event.action == "shift.roster_exported")).scalars().all()
    assert events == [{"reason": "现场点名", "people": 1}] * 2


def test_the_shifts_of_a_period_hold_no_names(app: Flask, desk: PageClient) -> None:
    shift = make_shift()
    make_booking(shift, make_volunteer("不该出现丁"))
    day = clock.local(fresh(shift).starts_at).date()
    wrong = {"format": "csv", "reason": "月报", "from_day": day.isoformat(), "until_day": "2020-01-01"}
    assert desk.submit("/office/shifts/export", wrong).status_code == 422
    answer = desk.submit("/office/shifts/export", {**wrong, "until_day": day.isoformat()})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200 and len(text.strip().splitlines()) == 2 and "不该出现" not in text


def test_cancelling_asks_once_and_needs_words(app: Flask, desk: PageClient) -> None:
    shift = make_shift()
    make_booking(shift)
    path = f"/office/shifts/{shift.id}/cancel"
    act(desk, path, {"words": ""}, status=422)
    act(desk, path, {"words": "路口施工"})
    assert fresh(shift).status == "cancelled"
    assert "路口施工" in page(desk, f"/office/shifts/{shift.id}")


def test_words_lead_and_draw(app: Flask, desk: PageClient, people: dict[str, Person]) -> None:
    shift = make_shift(starts_in=24 * 9)
    path = f"/office/shifts/{shift.id}"
    act(desk, f"{path}/edit", {"note": "带水", "lead": "nobody@example.org"}, status=422)
    act(desk, f"{path}/edit", {"note": "带水", "lead": "resident@demo.invalid"})
    assert (fresh(shift).note, fresh(shift).lead_id) == ("带水", people["resident"].id)
    act(desk, f"{path}/edit", {"note": "带水", "no_lead": "y"})
    assert fresh(shift).lead_id is None
    day = (clock.today() + timedelta(days=3)).isoformat()
    act(desk, f"{path}/draw", {"day": "2020-01-01", "time": "20:00"}, status=422)
    act(desk, f"{path}/draw", {"day": day, "time": "20:00"})
    assert fresh(shift).draw_seed in page(desk, path)


def test_a_post_is_made_at_a_point_or_a_free_place_inside_the_county(
    app: Flask, desk: PageClient, people: dict[str, Person]
) -> None:
    path = "/office/shifts/posts/new"
    key = hidden(page(desk, path), "key")
    base = {"key": key, "kind": "env_steward", "radius": "150", "datum": "wgs84", "active": "y"}
    for changes, field in (
        ({"point": ""}, "place_hans"),
        ({"point": "P001", "coordinates": "1.0, 1.0"}, "coordinates"),
        ({"point": "P001", "coordinates": "here"}, "coordinates"),
        ({"point": "P001", "radius": "9"}, "radius"),
        ({"point": "P001", "kind": "nothing"}, "kind"),
        ({"point": "P001", "lead": "nobody@example.org"}, "lead"),
    ):
        answer = desk.submit(path, {**base, **changes})
        assert answer.status_code == 422 and f'id="{field}-error"' in answer.get_data(as_text=True), changes
    good = {**base, "point": "P001", "lead": "resident@demo.invalid", "hazards_hans": "路口车多", "min_age": "18"}
    assert [desk.submit(path, good).status_code for _ in range(2)] == [303, 303]
    post = db.session.execute(db.select(Post)).scalars().one()
    assert (post.point_code, post.lead_id, post.lowest_age) == ("P001", people["resident"].id, 18)
    assert post.hazards["hant"] == "路口車多" and post.place_hant and post.slug and len(post.qr_secret) == 64


def test_a_post_is_changed_and_those_who_booked_are_told_if_wished(app: Flask, desk: PageClient) -> None:
    post = make_post("env_steward")
    with transaction() as session:
        place = session.merge(post)
        place.lon, place.lat = _inside()
    shift = make_shift(post)
    make_booking(shift)
    path = f"/office/shifts/posts/{post.id}"
    values = {
        "place_hans": "西门",
        "coordinates": "{:.6f}, {:.6f}".format(*_inside()),
        "datum": "wgs84",
        "radius": "200",
    }
    stale = {**values, "version": "0", "active": "y"}
    assert desk.submit(path, stale).status_code == 409
    act(desk, path, {**values, "active": "y", "tell": "y"})
    changed = fresh(post)
    assert (changed.place_hans, changed.place_hant, changed.version, said("shift_moved")) == ("西门", "西門", 2, 1)
    assert fresh(shift).area_code == changed.area_code
    assert "西门" in desk.get(f"{path}?lang=zh-Hans").get_data(as_text=True)


def _inside() -> tuple[float, float]:
    point = directory().points["P001"]
    return point.lon, point.lat


def test_a_pattern_is_made_looked_at_and_changed(app: Flask, desk: PageClient) -> None:
    post = make_post()
    path = "/office/shifts/templates/new"
    key, first = hidden(page(desk, path), "key"), clock.today() + timedelta(days=1)
    data = {
        "key": key, "post": str(post.id), "weekdays": [str(n) for n in range(7)], "starts": "22:00", "ends": "02:00",
        "capacity": "3", "min_needed": "2", "from_day": first.isoformat(),
        "until_day": (first + timedelta(days=6)).isoformat(), "exceptions": "",
    }  # fmt: skip
    for changes in ({"weekdays": []}, {"starts": "25:00"}, {"capacity": "0"}, {"exceptions": "tomorrow"}, {"post": ""}):
        assert desk.submit(path, {**data, **changes}).status_code == 422, changes
    assert [desk.submit(path, data).status_code for _ in range(2)] == [303, 303]
    template = db.session.execute(db.select(ShiftTemplate)).scalars().one()
    shifts = db.session.execute(db.select(Shift).order_by(Shift.starts_at)).scalars().all()
    assert (template.minutes, len(shifts)) == (240, 7)
    booking = make_booking(shifts[0])
    change = f"/office/shifts/templates/{template.id}/change"
    skipped = (first + timedelta(days=3)).isoformat()
    query = {
        **{k: v for k, v in data.items() if k not in ("key", "post")},
        "starts": "21:00",
        "exceptions": skipped,
        "lang": "en",
    }
    text = desk.get(change, query_string=query).get_data(as_text=True)
    assert "follows only if you tick it" in text and "goes: nobody has booked it" in text
    assert all(row.version == 1 for row in map(fresh, shifts[1:]))
    values = {**query, "version": hidden(text, "version"), "move_booked": "y"}
    assert desk.submit(change, values, page=path).status_code == 303
    assert fresh(booking).ask_again and clock.local(fresh(shifts[0]).starts_at).hour == 21
    assert desk.submit(change, values, page=path).status_code == 409
    act(desk, f"/office/shifts/templates/{template.id}/end", {})
    assert db.session.execute(db.select(Shift)).scalars().all() == [fresh(shifts[0])]


def test_a_stop_is_looked_at_called_once_and_lifted(app: Flask, desk: PageClient) -> None:
    shift = make_shift(starts_at=_noon(1))
    make_booking(shift)
    day = clock.local(_noon(1)).date().isoformat()
    query = {"reason": "heat", "words": "橙色预警", "from_day": day, "from_time": "09:00", "until_day": day,
             "until_time": "18:00", "area": "", "outdoors": "1", "lang": "en"}  # fmt: skip
    path = "/office/shifts/stops/new"
    assert desk.get(path, query_string={**query, "until_time": "08:00"}).status_code == 422
    text = desk.get(path, query_string=query).get_data(as_text=True)
    assert "1 shift is cancelled." in text and "1 person is told." in text and fresh(shift).status == "open"
    values = {**query, "key": re.search(r'id="stop-key"[^>]*value="([^"]+)"', text)[1]}  # type: ignore[index]
    assert [desk.submit(path, values).status_code for _ in range(2)] == [303, 303]
    stop = db.session.execute(db.select(Stop)).scalars().one()
    assert fresh(shift).stop_id == stop.id
    lift = f"/office/shifts/stops/{stop.id}/lift"
    assert [desk.submit(lift, page="/office/shifts/stops").status_code for _ in range(2)] == [303, 409]


def test_a_single_shift_is_made_once(app: Flask, desk: PageClient) -> None:
    post = make_post()
    path = "/office/shifts/new"
    data = {"key": hidden(page(desk, path), "key"), "post": str(post.id), "day": clock.local(_noon(2)).date().isoformat(),
            "starts": "09:00", "ends": "11:00", "capacity": "4", "min_needed": "2", "note": ""}  # fmt: skip
    for changes in ({"day": ""}, {"day": "2020-01-01"}, {"ends": "09:10"}, {"capacity": "x"}, {"min_needed": "5"}):
        assert desk.submit(path, {**data, **changes}).status_code == 422, changes
    assert [desk.submit(path, data).status_code for _ in range(2)] == [303, 303]
    shift = db.session.execute(db.select(Shift)).scalars().one()
    assert (shift.minutes, shift.capacity, shift.min_needed) == (120, 4, 2)
    copy = f"/office/shifts/posts/{post.id}"
    assert desk.submit(f"{copy}/copy-week", page=copy).status_code == 303
