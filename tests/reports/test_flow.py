"""The whole way of a report, page by page, as a browser without scripts walks it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from citizen.core import clock
from citizen.core.database import transaction
from citizen.departments.queries import directory
from citizen.photos.queries import photos_of
from citizen.projection.services import publish
from citizen.reports import queries
from tests.client import PageClient
from tests.reports.flow import (
    INSIDE,
    OUTSIDE,
    WORDS,
    begin,
    canary_jpeg,
    draft,
    fill,
    jpeg,
    location,
    other_browser,
    ready,
    reports,
    send,
)

HEADINGS = {"zh-Hans": "问题在哪里", "zh-Hant": "問題在哪裡", "en": "Where is it?"}


@pytest.mark.parametrize("mode", ["standard", "elder"])
@pytest.mark.parametrize("language", list(HEADINGS))
def test_a_whole_report_in_every_language(client: PageClient, language: str, mode: str) -> None:
    first = client.get(f"/reports/new?lang={language}&mode={mode}").get_data(as_text=True)
    assert f'<html lang="{language}" data-mode="{mode}"' in first and "tel:12345" in first
    key = begin(client, ("a.jpg", jpeg()), ("b.jpg", jpeg(330)))
    assert HEADINGS[language] in client.get(f"/reports/new/{key}/place").get_data(as_text=True)
    fill(client, key)
    check = client.get(f"/reports/new/{key}/check").get_data(as_text=True)
    assert WORDS in check and check.count("?back=check") == 4
    receipt = location(send(client, key))
    assert receipt == f"/reports/new/{key}/receipt"
    (report,) = reports()
    page = client.get(receipt).get_data(as_text=True)
    assert report.number in page and "<svg" in page
    assert (report.language, report.words, report.area_code, report.resident_group) == (language, WORDS, "A3", "clean")
    assert [photo.file_name for photo in photos_of("report", report.id)] == ["a.jpg", "b.jpg"]


def test_a_report_needs_neither_photos_nor_their_preparation(client: PageClient) -> None:
    without, sealed = ready(client), ready(client, ("a.jpg", jpeg()))
    assert location(send(client, without)).endswith("/receipt") and location(send(client, sealed)).endswith("/receipt")
    first, second = reports()
    assert not photos_of("report", first.id)
    assert [photo.state for photo in photos_of("report", second.id)] == ["sealed"], "no worker ran"


def test_the_first_incomplete_step_is_shown_instead(client: PageClient) -> None:
    key = begin(client)
    page = f"/reports/new/{key}/photos"
    assert location(client.get(f"/reports/new/{key}/check")).endswith("/place")
    assert location(client.get(f"/reports/new/{key}/what")).endswith("/place")
    assert location(client.submit(f"/reports/new/{key}/check", page=page)).endswith("/place")
    client.submit(f"/reports/new/{key}/place", {"area": "A3", "landmark": "药店门口"})
    assert location(client.submit(f"/reports/new/{key}/check", page=page)).endswith("/what")
    assert location(client.get(f"/reports/new/{key}/receipt")).endswith("/check")
    assert reports() == []


def test_steps_can_be_changed_from_the_check_page_with_one_save(client: PageClient) -> None:
    key = ready(client)
    base = f"/reports/new/{key}"
    for step, data in (
        ("place", {"area": "A5", "landmark": "桥头"}),
        ("what", {"group": "order", "words": "太吵了"}),
        ("photos", {}),
    ):
        assert location(client.submit(f"{base}/{step}?back=check", data)) == f"{base}/check"
    assert (draft(key).data["place"]["area"], draft(key).data["what"]["group"]) == ("A5", "order")


def test_typed_values_come_back_and_photos_stay(client: PageClient) -> None:
    key = begin(client, ("a.jpg", jpeg()))
    answer = client.submit(f"/reports/new/{key}/place", {"area": "A3", "landmark": "", "q": "没有的地方"})
    assert answer.status_code == 303, "the search words do as a landmark"
    answer = client.submit(f"/reports/new/{key}/place", {"landmark": "一棵歪脖子树"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "一棵歪脖子树" in page and 'href="#area-0"' in page and "<title>" in page
    wrong = client.submit(f"/reports/new/{key}/what", {"words": "夜里很黑"})
    assert wrong.status_code == 422 and "夜里很黑" in wrong.get_data(as_text=True)
    assert len(photos_of("draft", draft(key).id)) == 1


def test_places_of_an_area_and_of_a_search_are_listed_without_script(client: PageClient) -> None:
    key = begin(client)
    path = f"/reports/new/{key}/place"
    assert location(client.submit(path, {"area": "A3", "landmark": "树下", "show": "1"})) == path
    page = client.get(path).get_data(as_text=True)
    assert 'value="P001"' in page and "树下" in page and re.search(r'value="A3" checked', page)
    client.submit(path, {"area": "", "q": "澄台學校", "search": "1"})
    page = client.get(f"{path}?lang=en").get_data(as_text=True)
    assert 'value="P033"' in page and page.count('name="point"') < 12
    point = re.findall(r'name="point" value="(P\d+)"', page)[0]
    assert location(client.submit(path, {"point": point})).endswith("/what")
    assert draft(key).data["place"]["point"] == point


def test_the_place_of_a_photo_is_offered_and_never_applied_silently(client: PageClient) -> None:
    point = directory().points["P001"]
    key = begin(
        client, ("a.jpg", jpeg()), taken_at="2026-08-31T08:00:00", exif_lat=str(point.lat), exif_lon=str(point.lon)
    )
    path = f"/reports/new/{key}/place"
    photo = photos_of("draft", draft(key).id)[0]
    page = client.get(path).get_data(as_text=True)
    assert f'name="photo" value="{photo.id}"' in page and not re.search(
        rf'name="photo" value="{photo.id}" checked', page
    )
    assert client.submit(path, {"photo": ""}).status_code == 422, "it is only an offer"
    assert location(client.submit(path, {"photo": str(photo.id)})).endswith("/what")
    saved = draft(key).data["place"]
    assert (saved["source"], saved["area"]) == ("photo", "A3") and abs(saved["lon"] - point.lon) < 1e-5


@pytest.mark.parametrize("lat", ["nan", "1e400", "²", "39.9" * 2000, "\x00"])
def test_nonsense_of_the_browser_is_no_evidence(client: PageClient, lat: str) -> None:
    key = begin(client, ("a.jpg", jpeg()), taken_at="9999-99-99", exif_lat=lat, exif_lon="102.4")
    assert queries.photo_places(draft(key)) == {}


def test_outside_the_county_is_answered_kindly_and_loses_nothing(client: PageClient) -> None:
    key = begin(client, ("a.jpg", jpeg()))
    data = {"lon": str(OUTSIDE[0]), "lat": str(OUTSIDE[1]), "landmark": "大桥下", "source": "gps"}
    answer = client.submit(f"/reports/new/{key}/place", data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "12345" in page and f"/reports/new/{key}/place" in page
    again = client.get(f"/reports/new/{key}/place").get_data(as_text=True)
    assert "大桥下" in again and str(OUTSIDE[0]) not in again
    assert len(photos_of("draft", draft(key).id)) == 1


def test_places_nearby_for_the_map(client: PageClient) -> None:
    found = client.get(f"/reports/nearby-places?lon={INSIDE[0]}&lat={INSIDE[1]}").get_json()
    assert found["inside"] and found["area"] in directory().areas and 0 < len(found["points"]) <= 5
    assert set(found["points"][0]) == {"code", "name", "hint"}
    outside = client.get(f"/reports/nearby-places?lon={OUTSIDE[0]}&lat={OUTSIDE[1]}").get_json()
    assert outside == {"words": "", "area": None, "inside": False, "points": []}


def test_a_refused_file_names_itself_and_others_stay(client: PageClient) -> None:
    answer = client.submit(
        "/reports/new", {"photos": [(open_bytes(jpeg()), "good.jpg"), (open_bytes(b"MZ not a photo"), "<b>virus.exe")]}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "&lt;b&gt;virus.exe" in page and "good.jpg" in page
    key = re.findall(r'action="/reports/new/([0-9a-f]{32})/photos"', page)[0]
    assert [photo.file_name for photo in photos_of("draft", draft(key).id)] == ["good.jpg"]
    assert "The other photos are stored." in client.post(
        f"/reports/new/{key}/photos?lang=en",
        data={"photos": [(open_bytes(b"MZ"), "x.jpg")], "csrf_token": client.token("/reports/new")},
        headers={"Sec-Fetch-Site": "same-origin"},
    ).get_data(as_text=True)


def test_nothing_is_called_stored_when_the_only_file_was_refused(client: PageClient) -> None:
    client.get("/reports/new?lang=en")
    answer = client.submit("/reports/new", {"photos": [(open_bytes(b"MZ not a photo"), "virus.exe")]})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "virus.exe" in page
    assert "No photo was sent." in page and "The other photos are stored." not in page


def open_bytes(data: bytes) -> Any:
    from io import BytesIO

    return BytesIO(data)


def test_at_most_three_photos_each_once(client: PageClient) -> None:
    key = begin(client, ("a.jpg", jpeg()), ("again.jpg", jpeg()), ("b.jpg", jpeg(330)))
    path = f"/reports/new/{key}/photos"
    more = {"photos": [(open_bytes(jpeg(340)), "c.jpg"), (open_bytes(jpeg(350)), "d.jpg")]}
    answer = client.submit(path, more)
    assert answer.status_code == 422 and "d.jpg" in answer.get_data(as_text=True)
    stored = photos_of("draft", draft(key).id)
    assert [photo.file_name for photo in stored] == ["a.jpg", "b.jpg", "c.jpg"]
    assert location(client.submit(path, {"remove": str(stored[1].id)})) == path
    assert [photo.file_name for photo in photos_of("draft", draft(key).id)] == ["a.jpg", "c.jpg"]
    assert location(client.submit(path, {"stay": "1"})) == path


def test_nobody_elses_photo_can_be_removed(app: Flask, client: PageClient) -> None:
    mine, stranger = begin(client, ("a.jpg", jpeg())), other_browser(app)
    theirs = begin(stranger)
    photo = photos_of("draft", draft(mine).id)[0]
    for value in (str(photo.id), "²", "-1", "9" * 30, "", "1e9"):
        assert stranger.submit(f"/reports/new/{theirs}/photos", {"remove": value}).status_code == 303
    assert len(photos_of("draft", draft(mine).id)) == 1


def test_danger_names_numbers_first_and_blocks_nothing(client: PageClient) -> None:
    key = begin(client)
    client.submit(f"/reports/new/{key}/place", {"area": "A3", "landmark": "药店门口"})
    path, data = f"/reports/new/{key}/what", {"group": "danger", "words": "井盖没了", "category": "FAC-01"}
    assert location(client.submit(path, data)) == path
    page = client.get(path).get_data(as_text=True)
    assert 'href="tel:110"' in page and "fall_risk" in page
    assert location(client.submit(path, data)).endswith("/check"), "one notice, then onward"
    assert "fall_risk" in client.get(f"/reports/new/{key}/check").get_data(as_text=True)
    choice = directory() and queries.categories()["FAC-01"].questions[0]
    answer = {f"ask-{choice['id']}": choice["options"][0]["value"], "ask-status": "approved", "status": "approved"}
    send(client, key, **answer)
    assert reports()[0].answers == {choice["id"]: choice["options"][0]["value"]}


def test_a_word_finds_a_category_and_the_category_decides_the_group(client: PageClient) -> None:
    key = begin(client)
    client.submit(f"/reports/new/{key}/place", {"area": "A3", "landmark": "药店门口"})
    path = f"/reports/new/{key}/what"
    assert location(client.submit(path, {"find": "路燈", "words": "夜里很黑", "search": "1"})) == path
    page = client.get(path).get_data(as_text=True)
    assert 'value="FAC-04"' in page and "夜里很黑" in page
    assert location(client.submit(path, {"group": "clean", "category": "FAC-04", "words": "夜里很黑"})).endswith(
        "/check"
    )
    assert draft(key).data["what"]["group"] == "broken"


def test_not_sure_is_accepted(client: PageClient) -> None:
    key = begin(client)
    fill(client, key, group="unsure")
    send(client, key)
    assert (reports()[0].resident_group, reports()[0].category_code) == (None, None)


def test_a_telephone_number_in_any_form_and_shown_back_as_typed(client: PageClient) -> None:
    key = ready(client)
    wrong = send(client, key, phone="１３８ 0013", name="老王")
    assert (
        wrong.status_code == 422
        and "１３８ 0013" in wrong.get_data(as_text=True)
        and "老王" in wrong.get_data(as_text=True)
    )
    send(client, key, phone="１３８ 0013 8000", email="A@Example.com")
    report = reports()[0]
    assert (report.contact_phone, report.contact_phone_typed) == ("13800138000", "１３８ 0013 8000")
    assert report.contact_email == "a@example.com"


def test_the_field_nobody_sees_is_answered_honestly(client: PageClient) -> None:
    key = ready(client)
    assert send(client, key, website="http://spam.invalid").status_code == 422
    assert reports() == []


def test_limits_keep_the_draft(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citizen.reports.views.check.PER_HOUR", "1/hour")
    send(client, ready(client))
    key = ready(client)
    answer = send(client, key, name="老王")
    assert answer.status_code == 429 and f"/reports/new/{key}/check" in answer.get_data(as_text=True)
    assert "老王" in client.get(f"/reports/new/{key}/check").get_data(as_text=True)
    assert len(reports()) == 1


def test_a_draft_belongs_to_its_browser(app: Flask, client: PageClient) -> None:
    key, stranger = ready(client, ("a.jpg", jpeg())), other_browser(app)
    for step in ("photos", "place", "what", "check", "receipt"):
        assert stranger.get(f"/reports/new/{key}/{step}").status_code == 404
        assert stranger.get(f"/reports/new/{'0' * 32}/{step}").status_code == 404
    for step in ("photos", "place", "what", "check", "clear"):
        answer = stranger.submit(f"/reports/new/{key}/{step}", {"area": "A1"}, page="/reports/new")
        assert answer.status_code == 404
    assert reports() == [] and draft(key).data["place"]["area"] == "A3"


def test_two_drafts_of_one_browser_do_not_mix(app: Flask, client: PageClient) -> None:
    one = begin(client)
    tab = other_browser(app, client)
    two = begin(tab)
    fill(client, one, words="第一件事")
    fill(tab, two, words="第二件事")
    assert draft(one).data["what"]["words"] == "第一件事" and draft(two).data["what"]["words"] == "第二件事"


def test_an_unfinished_draft_is_offered_and_can_be_cleared(client: PageClient) -> None:
    key = ready(client, ("a.jpg", jpeg()))
    assert f"/reports/new/{key}/photos" in client.get("/reports/new").get_data(as_text=True)
    assert location(client.submit(f"/reports/new/{key}/clear", page="/reports/new")) == "/reports/new"
    assert key not in client.get("/reports/new").get_data(as_text=True)
    assert client.get(f"/reports/new/{key}/place").status_code == 404


def test_the_receipt_opens_for_seven_days_and_hides_a_code_that_would_be_wrong(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = location(send(client, ready(client)))
    assert "data-code" in client.get(receipt).get_data(as_text=True)
    monkeypatch.setattr("citizen.reports.services.codes._secret", lambda: b"another secret altogether")
    assert "data-code" not in client.get(receipt).get_data(as_text=True)
    later = clock.now() + timedelta(days=7, minutes=1)
    monkeypatch.setattr("citizen.reports.views.door.clock.now", lambda: later)
    assert client.get(receipt).status_code == 404


def _near(number: str, **changes: Any) -> None:
    names = {f"{part}_{tag}": f"{part} {number}" for part in ("title", "place") for tag in ("hans", "hant", "en")}
    day = clock.today()
    values = {
        "case_id": 1,
        "category_code": "SAN-01",
        "resident_group": "clean",
        "area_code": "A3",
        "status": "working",
    }
    values |= {"lon": INSIDE[0], "lat": INSIDE[1], "reported_day": day, "day": day, **names, **changes}
    publish(changes.pop("surface", "nearby"), number, values=values)


def test_only_released_reports_nearby_are_suggested(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        for n in range(7):
            _near(f"NEAR-{n}", lon=INSIDE[0] + n * 0.0001)
        _near("FAR", lon=INSIDE[0] + 0.01)
        _near("OTHER", resident_group="traffic")
        _near("OVER", expires_at=clock.now() - timedelta(days=1))
        _near("BOARD", surface="board")
    key = begin(client)
    client.submit(f"/reports/new/{key}/place", {"lon": str(INSIDE[0]), "lat": str(INSIDE[1])})
    client.submit(f"/reports/new/{key}/what", {"group": "clean", "words": "垃圾没人收"})
    page = client.get(f"/reports/new/{key}/check").get_data(as_text=True)
    assert re.findall(r"title (\S+?)</h3>", page) == [f"NEAR-{n}" for n in range(5)], "the five nearest"

    def fail(*_args: Any, **_more: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(queries, "nearby", fail)
    page = client.get(f"/reports/new/{key}/check").get_data(as_text=True)
    assert "NEAR-" not in page and location(send(client, key)).endswith("/receipt")


def test_nothing_is_ever_kept_by_a_cache(client: PageClient) -> None:
    key = ready(client, ("a.jpg", canary_jpeg()))
    for step in ("photos", "place", "what", "check"):
        assert client.get(f"/reports/new/{key}/{step}").headers["Cache-Control"] == "no-store"
    answer = send(client, key)
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(location(answer)).headers["Cache-Control"] == "no-store"
