"""The calendar feed, read by another library than the one that writes it."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject
from flask import Flask, current_app
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.clock import COUNTY_ZONE
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import Booking, Post, Shift, Volunteer
from citizen.volunteers.services.booking import Wish, book, call_off, cancel
from citizen.volunteers.services.feeds import hash_of, new_link, switch_off, token_of
from citizen.volunteers.services.moving import move_shift
from citizen.volunteers.services.places import lock_shift
from citizen.volunteers.services.shifts import cancel_shift
from tests.volunteers.making import (
    by,
    coordinator,
    fresh,
    make_booking,
    make_post,
    make_shift,
    make_volunteer,
    served,
    sign_in_as,
)

NASTY: dict[str, Any] = json.loads((Path(__file__).parents[1] / "nasty.json").read_text(encoding="utf-8"))


def link_of(volunteer: Volunteer) -> str:
    """The address of a volunteer's feed, new."""
    with transaction():
        token = new_link(volunteer.id, by=by(volunteer))
    return f"/volunteer/calendar/{token}.ics"


def events(body: bytes) -> dict[str, Any]:
    """The events of a feed by the number in their UID, as the other library reads them."""
    text = body.decode("utf-8")
    calendar = vobject.readOne(text)
    assert calendar.behavior.name == "VCALENDAR" and calendar.version.value == "2.0"
    assert "RRULE" not in text and "VTIMEZONE" not in text and "VALARM" not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n")), "a line that is not folded"
    return {re.match(r"booking-(\d+)@", event.uid.value)[1]: event for event in calendar.contents.get("vevent", [])}


def read(client: FlaskClient, link: str) -> dict[str, Any]:
    """The events behind a link."""
    answer = client.get(link)
    assert answer.status_code == 200
    return events(answer.data)


def speak(volunteer: Volunteer, language: str) -> None:
    """Let the account read ``language``."""
    with transaction() as session:
        session.get_one(Person, volunteer.person_id).language = language


def test_places_offers_and_what_came_to_nothing(client: FlaskClient) -> None:
    me, other = make_volunteer(), make_volunteer()
    sure, lost, waited = (make_booking(make_shift(starts_in=hours), me) for hours in (48, 96, 144))
    full, asked = make_shift(capacity=1, starts_in=60), make_shift(capacity=1, starts_in=72)
    for shift in (full, asked):
        make_booking(shift, other)
    queued, offered = make_booking(full, me), make_booking(asked, me)
    with transaction():
        cancel(lost.id, by=by(me))
        call_off(waited.id, by=coordinator(), reason="人手够了")
        holder = db.session.execute(
            db.select(Booking.id).where(Booking.shift_id == asked.id, Booking.volunteer_id == other.id)
        ).scalar_one()
        cancel(holder, by=by(other))
    found = read(client, link_of(me))
    status = {number: event.status.value for number, event in found.items()}
    assert status == {
        str(sure.id): "CONFIRMED",
        str(lost.id): "CANCELLED",
        str(waited.id): "CANCELLED",
        str(offered.id): "TENTATIVE",
    }
    assert str(queued.id) not in found
    with transaction():
        cancel(queued.id, by=by(me))
    assert str(queued.id) not in read(client, link_of(me)), "what never stood in the feed is not taken out of it"


def test_an_event_says_when_where_and_what(client: FlaskClient) -> None:
    me = make_volunteer()
    shift = make_shift()
    booking = make_booking(shift, me)
    event = read(client, link_of(me))[str(booking.id)]
    assert (event.dtstart.value, event.dtend.value) == (shift.starts_at, shift.ends_at)
    assert event.dtstart.value.utcoffset() == timedelta(0) and event.dtstart.serialize().strip().endswith("Z")
    assert event.dtstamp.value == booking.changed_at.replace(microsecond=0)
    kind = shift.post.kind
    assert event.summary.value == f"{kind.name_hans} · 人民公园东门"
    assert event.location.value.startswith("人民公园东门")
    assert event.geo.value == "27.5;113.5"
    assert event.url.value == f"{current_app.config['SETTINGS'].base_url}/volunteer/shifts/{shift.id}"
    assert event.description.value.split("\n") == [f"- {duty['hans']}" for duty in kind.duties[:3]]


@pytest.mark.parametrize(("language", "place"), [("zh-Hant", "人民公園東門"), ("en", "East gate of the People's Park")])
def test_the_account_s_language_is_spoken(client: FlaskClient, language: str, place: str) -> None:
    me = make_volunteer()
    booking = make_booking(make_shift(), me)
    speak(me, language)
    found = read(client, link_of(me) + "?lang=zh-Hans")
    assert place in found[str(booking.id)].summary.value


def test_every_change_raises_the_number_and_keeps_the_name(client: FlaskClient) -> None:
    me = make_volunteer()
    shift = make_shift()
    booking = make_booking(shift, me)
    link = link_of(me)
    seen = [read(client, link)[str(booking.id)]]
    with transaction():
        start = shift.starts_at + timedelta(hours=5)
        move_shift(lock_shift(shift.id), start, start + timedelta(hours=2), by=coordinator())
    seen.append(read(client, link)[str(booking.id)])
    assert seen[1].dtstart.value == start
    with transaction():
        cancel_shift(lock_shift(shift.id), words="大风", by=coordinator())
    seen.append(read(client, link)[str(booking.id)])
    assert seen[2].status.value == "CANCELLED"
    assert len({event.uid.value for event in seen}) == 1
    numbers = [int(event.sequence.value) for event in seen]
    assert numbers == sorted(set(numbers)), "a later state must outrank an earlier one"


def test_a_shift_over_midnight_is_on_both_days(client: FlaskClient) -> None:
    me = make_volunteer()
    evening = (clock.local(clock.now()) + timedelta(days=3)).replace(hour=22, minute=0, second=0, microsecond=0)
    booking = make_booking(make_shift(starts_at=evening.astimezone(UTC), hours=4), me)
    event = read(client, link_of(me))[str(booking.id)]
    assert days_of(event) == [evening.date(), evening.date() + timedelta(days=1)]


def days_of(event: Any) -> list[date]:
    """The county's days on which a calendar shows an event (its end does not belong to it)."""
    start, end = (moment.astimezone(COUNTY_ZONE) for moment in (event.dtstart.value, event.dtend.value))
    last = (end - timedelta(microseconds=1)).date()
    return [start.date() + timedelta(days=n) for n in range((last - start.date()).days + 1)]


def test_ninety_days_back_sixty_ahead_thirty_for_what_is_gone(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = make_volunteer()
    old, older = (served(make_shift(starts_in=-24 * days), me) for days in (89, 91))
    near, far = (make_booking(make_shift(starts_in=24 * days), me) for days in (20, 29))
    with transaction():
        cancel(near.id, by=by(me))
    link = link_of(me)
    assert set(read(client, link)) == {str(row.id) for row in (old, near, far)} and older.id
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert set(read(client, link)) == {str(far.id)}
    earlier = later - timedelta(days=63)
    monkeypatch.setattr(clock, "now", lambda: earlier)
    assert str(far.id) not in read(client, link), "a shift of the day after next two months is not in the feed"


def test_nobody_else_is_named_and_no_address_told(app: Flask, client: FlaskClient) -> None:
    """Canaries in every text that the feed must not show."""
    me = make_volunteer("本人金丝雀", guardian_phone="0000-00111", emergency_contact="电话金丝雀")
    child = make_volunteer("孩子金丝雀", guardian_id=me.id, age=10)
    other = make_volunteer("别人金丝雀")
    visit = make_shift(
        make_post("elder_helper", care=True, place_hans="门牌金丝雀", place_hant="门牌金丝雀", place_en="canary"),
        starts_in=90,
        care_address="地址金丝雀",
        note="备注金丝雀",
    )
    shift = make_shift(make_post("env_steward", note="备注金丝雀"))
    with transaction():
        me_row = db.session.get_one(Volunteer, me.id)
        me_row.care_approved_on = clock.today()
        both = book(Wish(shift.id, (me.id, child.id), key="together"), by=by(me))
        ids = [row.id for row in both]
    make_booking(shift, other)
    going = make_booking(visit, fresh(me))
    speak(me, "en")
    body = client.get(link_of(me)).data
    found = events(body)
    assert set(found) == {*map(str, ids), str(going.id)}
    unfolded = body.decode().replace("\r\n ", "")
    assert "金丝雀" not in unfolded and "canary" not in unfolded and "0000-00" not in unfolded
    assert found[str(ids[1])].summary.value.startswith("Your child: ")
    event = found[str(going.id)]
    assert not hasattr(event, "geo") and event.location.value
    assert "金丝雀" in me.name + other.name + visit.care_address, "control"


def test_unknown_former_and_switched_off_links_are_alike(client: FlaskClient) -> None:
    me = make_volunteer()
    make_booking(make_shift(), me)
    first = link_of(me)
    assert client.get(first).status_code == 200
    second = link_of(me)
    assert client.get(second).status_code == 200 and first != second
    unknown = client.get(f"/volunteer/calendar/{'0' * 40}.ics")
    former = client.get(first)
    with transaction():
        switch_off(me.id, by=by(me))
    ended = client.get(second)
    assert {answer.status_code for answer in (unknown, former, ended)} == {404}
    strip = re.compile(rb'nonce="[^"]+"|/volunteer/calendar/[0-9a-f]+\.ics')
    assert len({strip.sub(b"", answer.data) for answer in (unknown, former, ended)}) == 1
    assert fresh(me).feed_nonce is None and fresh(me).feed_hash is None


def test_the_database_alone_opens_nothing(app: Flask, client: FlaskClient) -> None:
    me = make_volunteer()
    link = link_of(me)
    row = fresh(me)
    assert row.feed_nonce not in link and row.feed_hash not in link
    assert hash_of(token_of(row) or "") == row.feed_hash and f"{token_of(row)}.ics" in link
    for guess in (row.feed_nonce, row.feed_hash, hash_of(row.feed_nonce or "")):
        assert client.get(f"/volunteer/calendar/{guess}.ics").status_code == 404
    with transaction() as session:
        session.get_one(Person, me.person_id).disabled_at = clock.now()
    assert client.get(link).status_code == 404, "a closed account has no feed"


def test_headers_and_not_changed(client: FlaskClient) -> None:
    me = make_volunteer()
    make_booking(make_shift(), me)
    link = link_of(me)
    answer = client.get(link)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "private" in answer.headers["Cache-Control"] and "public" not in answer.headers["Cache-Control"]
    assert "noindex" in answer.headers["X-Robots-Tag"] and "Set-Cookie" not in answer.headers
    again = client.get(link, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304 and not again.data
    make_booking(make_shift(starts_in=100), me)
    assert client.get(link, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("token", ["²", "%00", "x" * 4000, "..%2f..%2fetc", "' OR 1=1 --", "\U0001f600"])
def test_hostile_tokens(client: FlaskClient, token: str) -> None:
    assert client.get(f"/volunteer/calendar/{token}.ics").status_code == 404


def test_nasty_texts_arrive_as_they_are(app: Flask, client: FlaskClient) -> None:
    """Every nasty text as the name of a place: the file stays one that others can read."""
    texts = [
        text[:60]
        for group in NASTY.values()
        if isinstance(group, list)
        for text in group
        if isinstance(text, str) and "\x00" not in text and not re.search("[\ud800-\udfff]", text)
    ]
    texts.append("逗号,分号;反斜杠\\n换行\n第二行\r\nATTENDEE:mailto:x@example.org")
    assert len(texts) > 100
    me, base = make_volunteer(), make_post("env_steward")
    fill_feed(me, base, texts)
    found = read(client, link_of(me))
    assert len(found) == len(texts)
    for event, text in zip(found.values(), texts, strict=True):
        expected = "".join(char for char in text if char not in CONTROLS)
        assert event.summary.value == f"{base.kind.name_hans} · {expected}", text
        assert not hasattr(event, "attendee")


def fill_feed(me: Volunteer, like: Post, places: list[str]) -> None:
    """A booking of ``me`` at a post of each name, one after the other."""
    names = [column.name for column in Post.__table__.columns if column.name not in ("id", "place_hans", "slug")]
    values, now = {name: getattr(like, name) for name in names}, clock.now().replace(microsecond=0)
    with transaction() as session:
        posts = [Post(**values, place_hans=place, slug=f"nasty{n}") for n, place in enumerate(places)]
        session.add_all(posts)
        session.flush()
        spans = [(post.id, now + timedelta(hours=3 * n + 1)) for n, post in enumerate(posts)]
        kept = {"area_code": like.area_code, "kind_code": like.kind_code, "capacity": 1, "taken": 1}
        shifts = [Shift(post_id=id_, starts_at=at, ends_at=at + timedelta(hours=2), **kept) for id_, at in spans]
        session.add_all(shifts)
        session.flush()
        made = {"volunteer_id": me.id, "state": "confirmed", "created_at": now, "changed_at": now}
        session.add_all(Booking(shift_id=shift.id, key=f"nasty{shift.id}", **made) for shift in shifts)


CONTROLS = {chr(code) for code in (*range(32), *range(127, 160))} - {"\n"}


def test_the_server_s_zone_does_not_matter(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    me = make_volunteer()
    make_booking(make_shift(hours=4), me)
    link, bodies, hours = link_of(me), [], set()
    try:
        for zone in ("UTC", "America/New_York", "Asia/Shanghai"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            hours.add(time.localtime(0).tm_hour)
            bodies.append(client.get(link).data)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert len(hours) == 3, "control: the process did change its zone"
    assert len(set(bodies)) == 1 and len(events(bodies[0])) == 1


def test_the_page_gives_replaces_and_takes_the_link(client: FlaskClient) -> None:
    me = make_volunteer()
    client = sign_in_as(client, me)
    page = "/volunteer/mine/calendar"
    assert "webcal:" not in client.get(page).get_data(as_text=True)
    links = []
    for _round in range(2):
        assert client.submit(f"{page}/link", page=page).status_code == 303
        text = client.get(page).get_data(as_text=True)
        links.append(re.search(r'value="http[^"]*(/volunteer/calendar/[0-9a-f]{40}\.ics)"', text)[1])
        assert f'href="webcal://{links[-1]}' not in text and "webcal://" in text and "<svg" in text
    assert client.get(links[0]).status_code == 404 and client.get(links[1]).status_code == 200
    assert client.submit(f"{page}/off", page=page).status_code == 303
    assert client.get(links[1]).status_code == 404
    assert "webcal:" not in client.get(page).get_data(as_text=True)


def test_without_a_profile_there_is_nothing_to_link(client: FlaskClient) -> None:
    client.sign_in("resident@demo.invalid")
    assert client.get("/volunteer/mine/calendar").status_code == 200
    token = client.token("/account/")
    assert client.post("/volunteer/mine/calendar/link", data={"csrf_token": token}).status_code == 404
