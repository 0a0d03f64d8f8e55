"""Anybody may object; the entry is hidden with the answer itself."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import TooManyRequests

from citizen.accounts.models import Person
from citizen.boards import queries
from citizen.boards.models import BoardEntry, EntryObjection
from citizen.boards.services import objections
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.projection import queries as projection
from tests.boards.conftest import fresh
from tests.client import PageClient


def object_by_page(client: FlaskClient, number: str) -> str:
    """Object as a stranger would and return the token that was shown."""
    assert isinstance(client, PageClient)
    path = f"/boards/entries/{number}/object"
    page = client.get(path).get_data(as_text=True)
    key = re.search(r'name="key"[^>]*value="([0-9a-f]+)"', page)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert key and token
    data = {"key": key[1], "csrf_token": token[1], "words": "照片里能认出我", "contact": ""}
    answers = [client.post(path, data=data, headers={"Sec-Fetch-Site": "same-origin"}) for _press in (1, 2)]
    assert [answer.status_code for answer in answers] == [303, 303], "a second press repeats the answer"
    shown = client.get(answers[0].headers["Location"]).get_data(as_text=True)
    code = re.search(r'class="receipt__code">([0-9A-Z-]+)<', shown)
    assert code
    return code[1]


def test_an_objection_hides_at_once(client: FlaskClient, published: BoardEntry) -> None:
    fact = projection.board_entry(published.number)
    assert fact is not None
    pictures = (fact.before_photo, fact.after_photo)
    token = object_by_page(client, published.number)
    stranger = client.application.test_client()
    for path in (
        f"/boards/entries/{published.number}",
        f"/boards/entries/{published.number}/object",
        f"/media/{pictures[0]}/thumb",
        f"/media/{pictures[1]}/thumb",
    ):
        assert stranger.get(path).status_code == 404, path
    assert published.number not in stranger.get("/boards/").get_data(as_text=True)
    assert fresh(published.number).hidden_at is not None
    stored = db.session.execute(db.select(EntryObjection)).scalar_one()
    assert token.replace("-", "") not in (stored.token_hash, stored.words)


def test_the_token_is_shown_once_and_opens_the_decision(client: FlaskClient, published: BoardEntry) -> None:
    token = object_by_page(client, published.number)
    assert token not in client.get("/boards/objections/made").get_data(as_text=True)
    stranger = client.application.test_client()
    assert isinstance(stranger, PageClient)
    for typed in (token, token.lower(), token.replace("-", " ")):
        page = stranger.submit("/boards/objections", {"token": typed})
        assert page.status_code == 200 and token not in page.get_data(as_text=True)
    assert stranger.submit("/boards/objections", {"token": "0" * 16}).status_code == 422


@pytest.mark.parametrize("verdict", ["uphold", "reject"])
def test_the_leader_decides(client: FlaskClient, published: BoardEntry, verdict: str) -> None:
    token = object_by_page(client, published.number)
    leader, moderator = client.application.test_client(), client.application.test_client()
    assert isinstance(leader, PageClient) and isinstance(moderator, PageClient)
    open_one = queries.open_objection(published.id)
    assert open_one is not None
    page, path = (
        f"/office/publication/{published.number}",
        f"/office/publication/{published.number}/objections/{open_one.id}",
    )
    data = {
        "version": str(fresh(published.number).version),
        "verdict": verdict,
        "reason": "照片已看过，认得出人" if verdict == "uphold" else "照片里没有人",
    }
    moderator.sign_in("moderator@demo.invalid")
    assert moderator.submit(path, data, page=page).status_code == 403
    leader.sign_in("leader@demo.invalid")
    assert leader.submit(path, {**data, "reason": ""}, page=page).status_code == 422
    assert leader.submit(path, {**data, "version": "1"}, page=page).status_code == 409
    assert leader.submit(path, data, page=page).status_code == 303
    assert leader.submit(path, data, page=page).status_code == 409
    shown = client.get(f"/boards/entries/{published.number}").status_code
    assert shown == (404 if verdict == "uphold" else 200)
    fact = projection.board_entry(published.number)
    assert (fact is None) == (verdict == "uphold")
    assert fact is None or client.get(f"/media/{fact.before_photo}/thumb").status_code == 200
    assert isinstance(client, PageClient)
    assert data["reason"] in client.submit("/boards/objections", {"token": token}).get_data(as_text=True)


@pytest.mark.both_databases
def test_only_what_is_shown_can_be_objected_to(published: BoardEntry, people: dict[str, Person]) -> None:
    with transaction():
        objections.object_to(published.number, words="不对", contact="")
    with pytest.raises(NotFound), transaction():
        objections.object_to(published.number, words="不对", contact="")
    found = queries.open_objection(published.id)
    assert found is not None
    version, leader = fresh(published.number).version, people["leader"].id
    with pytest.raises(InvalidInput), transaction():
        objections.decide(found.id, version=version, upheld=False, reason=" ", by_id=leader)
    with transaction():
        objections.decide(found.id, version=version, upheld=False, reason="照片里没有人", by_id=leader)
    with pytest.raises(Conflict), transaction():
        objections.decide(
            found.id, version=fresh(published.number).version, upheld=True, reason="再来一次", by_id=leader
        )


def test_objecting_is_limited(client: FlaskClient, published: BoardEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citizen.boards.views.public.enforce", _refuse)
    assert isinstance(client, PageClient)
    path = f"/boards/entries/{published.number}/object"
    assert client.submit(path, {"key": "0" * 32, "words": "不对的地方"}).status_code == 429
    assert projection.board_entry(published.number) is not None


def _refuse(*_arguments: object) -> None:
    raise TooManyRequests()
