"""The pages of the boards: for everybody, for the office, for the units."""

from __future__ import annotations

import re
from itertools import product

import pytest
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from citizen.boards.models import BoardEntry
from citizen.boards.queries import pictures_of_case
from citizen.boards.services import entries
from citizen.cases.models import Case
from citizen.core import worker
from citizen.core.database import transaction
from citizen.projection import queries as projection
from tests.boards.conftest import TITLE, entry_for, fresh, step
from tests.client import PageClient
from tests.factories import make_case

JUNK = [
    "０",
    "-1",
    "1e9",
    "<script>alert(1)</script>",
    "%00",
    "²",
    "9" * 5_000,
    "a'b\"c",
    "NaN",
    "\ud800".encode("utf-8", "surrogatepass"),
]


@pytest.mark.parametrize(
    ("name", "value"),
    list(product(("page", "area", "group", "status", "lang", "mode", "endpoint", "_scheme"), JUNK)),
)
def test_junk_in_the_filters(client: FlaskClient, name: str, value: str | bytes) -> None:
    answer = client.get("/boards/", query_string={name: value})
    assert answer.status_code in (200, 404)
    assert "<script>alert" not in answer.get_data(as_text=True)


def test_repeated_filters(client: FlaskClient) -> None:
    assert client.get("/boards/?page=2&page=x&status=done&status=<b>&area=A1&area=A2").status_code == 200


def test_an_empty_board_says_so(client: FlaskClient) -> None:
    for path in ("/boards/", "/boards/red"):
        page = client.get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
        assert "Nothing stands here yet" in page


def test_the_list_and_the_map_say_the_same(client: FlaskClient, published: BoardEntry) -> None:
    page = client.get("/boards/?lang=en").get_data(as_text=True)
    circles = re.findall(r'class="m-a" href="([^"]+)" aria-label="([^"]+), (\d+) entr', page)
    rows = re.findall(r'<li><a href="([^"]+)"><span>([^<]+)</span><span class="num">(\d+) entr', page)
    assert circles and circles == rows
    assert f"/boards/entries/{published.number}" in page


@pytest.mark.parametrize(
    ("query", "there"),
    [("status=done", True), ("status=overdue", False), ("area=A8", False), ("group=clean", True)],
)
def test_filters_narrow(client: FlaskClient, published: BoardEntry, query: str, there: bool) -> None:
    page = client.get(f"/boards/?{query}").get_data(as_text=True)
    assert (published.number in page) == there


def test_a_stranger_gets_a_validator_and_no_second_copy(client: FlaskClient, published: BoardEntry) -> None:
    for path in ("/", "/boards/", f"/boards/entries/{published.number}", "/help"):
        first = client.get(path)
        tag = first.headers["ETag"]
        assert "no-cache" in first.headers["Cache-Control"] and "Cookie" in first.headers["Vary"]
        second = client.get(path, headers={"If-None-Match": tag})
        assert second.status_code == 304 and not second.data
        assert "Content-Security-Policy" not in second.headers, "it would replace the nonce of the kept page"
        again = client.get(path)
        nonce = re.search(r"'nonce-([^']+)'", again.headers["Content-Security-Policy"])
        assert nonce and nonce[1] not in first.get_data(as_text=True), "a nonce was used twice"


def test_languages_and_modes_do_not_share_a_page(client: FlaskClient, published: BoardEntry) -> None:
    tags = set()
    for mode in ("standard", "elder"):
        client.set_cookie("mode", mode)
        for language in ("zh-CN", "zh-TW", "en"):
            tags.add(client.get("/boards/", headers={"Accept-Language": language}).headers["ETag"])
    assert len(tags) == 6


def test_a_withdrawal_shows_in_the_very_next_answer(
    client: FlaskClient, published: BoardEntry, people: dict[str, Person]
) -> None:
    fact = projection.board_entry(published.number)
    assert fact is not None
    paths = [
        f"/boards/entries/{published.number}",
        f"/media/{fact.before_photo}/thumb",
        f"/media/{fact.after_photo}/large",
    ]
    tags = {path: client.get(path).headers.get("ETag", '"x"') for path in (*paths, "/boards/", "/")}
    assert TITLE in client.get("/boards/?lang=zh-Hans").get_data(as_text=True)
    step(published, lambda row: entries.withdraw(row, "wrong", by_id=people["leader"].id))
    for path in paths:
        assert client.get(path, headers={"If-None-Match": tags[path]}).status_code == 404, path
        assert client.get(path, headers={"Range": "bytes=0-10"}).status_code == 404, path
    for path in ("/boards/", "/", "/sitemap.xml", f"/search?q={TITLE}"):
        answer = client.get(path, headers={"If-None-Match": tags.get(path, '"x"')})
        assert answer.status_code == 200, path
        assert published.number not in answer.get_data(as_text=True), path


def test_a_page_kept_by_title_alone_would_show_the_withdrawn_entry(
    client: FlaskClient, published: BoardEntry, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above: without the stamp the remembered page would live on."""
    monkeypatch.setattr("citizen.projection.queries.stamps", lambda *_surface: (0, ""))
    client.get("/boards/")
    step(published, lambda row: entries.withdraw(row, "wrong", by_id=people["leader"].id))
    assert published.number in client.get("/boards/").get_data(as_text=True)


def test_two_people_by_the_pages(client: FlaskClient, closed: Case, people: dict[str, Person]) -> None:
    entry = entry_for(closed, "drafted")
    path = f"/office/publication/{entry.number}"
    assert isinstance(client, PageClient)
    client.sign_in("moderator@demo.invalid")
    version = {"version": str(entry.version)}
    assert client.submit(f"{path}/review", version, page=path).status_code == 409
    assert client.submit(f"{path}/review", page=path).status_code == 422
    other = client.application.test_client()
    assert isinstance(other, PageClient)
    other.sign_in("leader@demo.invalid")
    assert other.submit(f"{path}/review", {"version": "99"}, page=path).status_code == 409
    assert other.submit(f"{path}/review", version, page=path).status_code == 303
    assert other.submit(f"{path}/publish", {"version": str(fresh(entry.number).version)}, page=path).status_code == 303
    assert client.get(f"/boards/entries/{entry.number}").status_code == 200


def test_a_stale_draft_keeps_what_was_typed(client: FlaskClient, closed: Case) -> None:
    entry = entry_for(closed, "drafted")
    assert isinstance(client, PageClient)
    client.sign_in("moderator@demo.invalid")
    path = f"/office/publication/{entry.number}"
    typed = {
        "version": "1",
        "title_hans": "我刚刚打的标题",
        "precision": "area",
        "before_photo": "",
        "after_photo": "",
    }
    answer = client.submit(f"{path}/draft", typed, page=path)
    assert answer.status_code == 409 and "我刚刚打的标题" in answer.get_data(as_text=True)
    assert fresh(entry.number).title_hans == TITLE


@pytest.mark.parametrize("tab", ["candidate", "drafted", "notified", "published", "hidden", "ended", "<x>", ""])
def test_tabs(client: FlaskClient, closed: Case, tab: str) -> None:
    assert isinstance(client, PageClient)
    client.sign_in("head@demo.invalid")
    assert client.get("/office/publication/", query_string={"tab": tab, "before": "9" * 30}).status_code == 200


def test_a_unit_replies_to_its_own_entries_only(client: FlaskClient, closed: Case) -> None:
    entry = entry_for(closed, "notified")
    assert isinstance(client, PageClient)
    other = client.application.test_client()
    assert isinstance(other, PageClient)
    other.sign_in("unit-urban-mgmt@demo.invalid")
    path = f"/unit/replies/{entry.number}"
    assert other.get(path).status_code == 404
    assert entry.number not in other.get("/unit/replies/").get_data(as_text=True)
    client.sign_in("unit@demo.invalid")
    assert entry.number in client.get("/unit/replies/").get_data(as_text=True)
    version = {"version": str(entry.version)}
    assert client.submit(path, {**version, "answer": "reply", "words": ""}).status_code == 422
    assert client.submit(path, {**version, "answer": "reply", "words": "清运改为每天两次"}).status_code == 303
    assert fresh(entry.number).reply == "清运改为每天两次"


@pytest.mark.parametrize("who", ["resident", "unit", "verifier", "worker"])
def test_the_desk_is_closed_to_others(client: FlaskClient, closed: Case, who: str, people: dict[str, Person]) -> None:
    if who not in people:
        pytest.fail(f"the demonstration has no {who}")
    assert isinstance(client, PageClient)
    client.sign_in(f"{who}@demo.invalid")
    assert client.get("/office/publication/").status_code == 403


def test_a_publisher_sees_what_an_entry_may_show_and_nothing_else(client: FlaskClient, closed: Case) -> None:
    entry = entry_for(closed, "drafted")
    other = make_case("submitted", photos=1)
    worker.run_until_idle()
    stranger = client.application.test_client()
    assert isinstance(client, PageClient)
    client.sign_in("publisher@demo.invalid")
    page = client.get(f"/office/publication/{entry.number}").get_data(as_text=True)
    shown = set(re.findall(r'src="(/photos/[^"]+)"', page))
    assert len(shown) == 2, "one from before, one of the repair"
    assert {client.get(url).status_code for url in shown} == {200}
    assert {stranger.get(url).status_code for url in shown} == {404}
    hidden = pictures_of_case(other.id)[0][0]
    assert hidden.masked_key and client.get(f"/photos/{hidden.token}/medium").status_code == 404


def test_stamps_survive_many_writers(published: BoardEntry) -> None:
    before = projection.stamps()[0]
    step(published, lambda row: None)
    assert projection.stamps()[0] == before
    with transaction():
        entries.refresh_due()
    assert projection.stamps()[0] == before, "nothing changed, nothing is made anew"
