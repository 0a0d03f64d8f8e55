"""Answering: once, by whoever holds the invitation, and so that nothing leads from the answer back to it."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from citizen.core import clock
from citizen.core.audit import Event
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.extensions import db
from citizen.surveys.models import Invitation, Response
from citizen.surveys.rules.measures import UNKNOWN
from citizen.surveys.rules.waves import Disposition
from citizen.surveys.services import answering, waves
from citizen.surveys.services.answering import Outcome, Sent
from tests.client import PageClient
from tests.surveys.making import NO, YES, items_of, make_invitation, make_wave, strata_of
from tests.web.walk import contents

TOKEN = "H7QD2M9KXT"
KEY = "a" * 32


def invited(token: str = TOKEN, *, disposition: str = Disposition.UNUSED, **wave: Any) -> tuple[int, str, str]:
    """(wave id, first and second item as text) of a new wave with one invitation."""
    with transaction():
        made = make_wave(**wave)
        make_invitation(strata_of(made)[0], token, disposition=disposition)
        return made.id, *(str(item.id) for item in items_of(made.measure_id))  # type: ignore[return-value]


def take(token: str, answers: dict[str, str], key: str = KEY) -> Outcome:
    """Send answers."""
    with transaction():
        return answering.answer(token, Sent(key, answers))


def stored() -> list[Response]:
    """All responses, fresh."""
    db.session.expire_all()
    return list(db.session.execute(db.select(Response)).scalars())


@pytest.mark.parametrize("typed", [TOKEN, "h7qd2-m9kxt", "Ｈ７ＱＤ２ M9KXT", " h7qd2m9kxt "])
def test_the_first_answer_counts_and_no_other(app: Flask, typed: str) -> None:
    _wave, first, second = invited()
    assert take(typed, {first: YES, second: YES}) is Outcome.STORED
    assert take(TOKEN, {first: NO, second: NO}) is Outcome.ALREADY, "the same form again"
    assert take(TOKEN, {first: NO}, key="b" * 32) is Outcome.USED
    row = stored()[0]
    assert len(stored()) == 1 and row.counts and row.answers == {first: YES, second: YES}
    invitation = db.session.execute(db.select(Invitation)).scalar_one()
    assert (invitation.disposition, invitation.disposed_on) == (Disposition.ANSWERED, None)


@pytest.mark.parametrize(
    ("answers", "counted"),
    [
        ({0: YES, 1: YES}, True),
        ({0: YES, 1: NO}, False),
        ({0: YES, 1: UNKNOWN}, False),
        ({0: YES}, False),
        ({0: YES, 1: ""}, False),
    ],
)
def test_who_counts(app: Flask, answers: dict[int, str], counted: bool) -> None:
    _wave, *items = invited()
    take(TOKEN, {items[place]: value for place, value in answers.items()})
    assert stored()[0].counts is counted
    assert stored()[0].answers == {items[place]: value for place, value in answers.items() if value}


@pytest.mark.parametrize("answers", [{}, {"0": YES}, {"1": "other"}, {"2": ""}])
def test_what_was_not_asked_is_refused_and_uses_nothing_up(app: Flask, answers: dict[str, str]) -> None:
    _wave, first, second = invited()
    names = {"1": first, "2": second}
    with pytest.raises(InvalidInput):
        take(TOKEN, {names.get(name, "99999"): value for name, value in answers.items()})
    assert not stored() and take(TOKEN, {first: YES}) is Outcome.STORED


@pytest.mark.parametrize(
    ("disposition", "outcome"),
    [
        ("unused", Outcome.STORED),
        ("not_reached", Outcome.STORED),
        ("refused", Outcome.USED),
        ("invalid_address", Outcome.USED),
        ("not_eligible", Outcome.USED),
    ],
)
def test_which_invitations_can_still_be_used(app: Flask, disposition: str, outcome: Outcome) -> None:
    _wave, first, _second = invited(disposition=disposition)
    assert take(TOKEN, {first: YES}) is outcome


@pytest.mark.parametrize(
    ("state", "shift"), [("draft", 0), ("closed", 0), ("released", 0), ("open", -20), ("open", 20)]
)
def test_answers_out_of_time_are_not_taken(app: Flask, state: str, shift: int) -> None:
    opens = clock.today() - timedelta(3 - shift)
    _wave, first, _second = invited(state=state, opens_on=opens, closes_on=opens + timedelta(9))
    assert take(TOKEN, {first: YES}) is Outcome.CLOSED
    assert not stored()


@pytest.mark.both_databases
def test_ten_at_once_store_one_answer(app: Flask) -> None:
    _wave, first, second = invited()
    gate, outcomes = threading.Barrier(10), []

    def send(number: int) -> None:
        with app.app_context():
            gate.wait()
            key = KEY if number < 3 else f"{number:032d}"
            outcomes.append(take(TOKEN, {first: YES, second: YES if number % 2 else NO}, key=key))
            db.session.remove()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Counter(outcomes)
    assert counted[Outcome.STORED] == 1 and sum(counted.values()) == 10
    assert set(counted) <= {Outcome.STORED, Outcome.USED, Outcome.ALREADY}
    assert len(stored()) == 1


@pytest.mark.both_databases
def test_nobody_can_join_answers_to_invitations(app: Flask) -> None:
    """Twelve people answer in a known order: nothing in any row, number, moment or event of the database tells it again."""
    tokens = [f"{chr(65 + n)}7QD2M9KXT" for n in range(8)] + [f"{n}7QD2M9KXT" for n in range(2, 6)]
    with transaction():
        wave = make_wave()
        cell = strata_of(wave)[0]
        for token in tokens:
            make_invitation(cell, token)
        items = [str(item.id) for item in items_of(wave.measure_id)]
    before = contents()
    keys = [f"{7919 * n:032x}" for n in range(len(tokens))]
    for token, key in zip(tokens, keys, strict=True):
        take(token, {items[0]: YES}, key=key)
    after = contents()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"invitations", "survey_responses"}, "no event, no stored answer, no session"
    assert {row.answered_on for row in stored()} == {clock.today()}
    invitations = db.session.execute(db.select(Invitation)).scalars().all()
    assert {(row.disposition, row.disposed_on) for row in invitations} == {("answered", None)}
    mine = {str(getattr(row, name)) for row in invitations for name in ("id", "serial", "token_hash")}
    theirs = {str(getattr(row, name)) for row in stored() for name in ("id", "key")}
    assert not mine & theirs
    assert {column.name for column in Response.__table__.columns} == {
        "id", "wave_id", "stratum_id", "key", "channel", "answers", "counts", "answered_on",
    }  # fmt: skip
    order_of = {row.id: keys.index(row.key) for row in stored()}
    by_id = [order_of[id_] for id_ in sorted(order_of)]
    assert by_id != sorted(by_id), "ids are in no order (one chance in 479 million to fail)"
    with transaction():
        waves.close_wave(wave.id, by=wave.made_by or 0)
    order = "rowid" if db.engine.dialect.name == "sqlite" else "ctid"
    kept = db.session.execute(db.text(f"SELECT id FROM survey_responses ORDER BY {order}")).scalars().all()
    assert [order_of[id_] for id_ in kept] == by_id, "nor are the rows, once the survey is closed"


def test_declining_is_once_and_final(app: Flask) -> None:
    _wave, first, _second = invited()
    for _time in range(2):
        with transaction():
            assert answering.decline(TOKEN)
    assert take(TOKEN, {first: YES}) is Outcome.USED
    with transaction():
        assert not answering.decline("Z7QD2M9KXT")


PAGE = "/surveys/answer"


def test_the_way_of_a_card(client: PageClient, app: Flask) -> None:
    _wave, first, second = invited()
    client.get("/?lang=en")
    assert client.submit(PAGE, {"code": ""}).status_code == 422
    found = client.submit(PAGE, {"code": "h7qd2 m9kxt"})
    path = found.headers["Location"]
    page = client.get(path)
    assert page.status_code == 200 and "Voluntary" in page.text and "Anonymous" in page.text
    assert page.text.count('value="unknown"') == 2 and page.text.rindex('value="unknown"') > page.text.rindex(
        f'value="{NO}"'
    )
    assert "checked" not in page.text and "counts" not in page.text
    empty = client.submit(path, {"key": KEY})
    assert empty.status_code == 422 and f'href="#q{first}-0"' in empty.text and KEY in empty.text
    sent = client.submit(path, {"key": KEY, f"q{first}": YES, f"q{second}": UNKNOWN})
    token = {"csrf_token": client.token(PAGE)}
    again = client.post(path, data={**token, "key": KEY, f"q{first}": NO})
    assert (sent.status_code, again.status_code) == (303, 303)
    assert sent.headers["Location"] == again.headers["Location"] == "/surveys/answer/thanks"
    assert len(stored()) == 1 and stored()[0].answers[first] == YES
    assert YES not in client.get("/surveys/answer/thanks").text


def test_used_unknown_and_expired_look_the_same(client: PageClient, app: Flask) -> None:
    invited("AAAAAAAAAA", disposition=Disposition.ANSWERED)
    invited("BBBBBBBBBB", state="closed")
    invited("CCCCCCCCCC", state="released", disposition=Disposition.ANSWERED)
    _wave, first, _second = invited("DDDDDDDDDD", disposition=Disposition.REFUSED)
    token = {"csrf_token": client.token(PAGE)}

    def same(text: str) -> str:
        return "\n".join(
            line for line in text.splitlines() if "nonce" not in line and "csrf" not in line and "lang=" not in line
        )

    pages = set()
    for code in ("AAAAAAAAAA", "BBBBBBBBBB", "CCCCCCCCCC", "DDDDDDDDDD", "EEEEEEEEEE", "%F0%9F%98%80"):
        answer = client.get(f"{PAGE}/{code}")
        assert answer.status_code == 404
        pages.add(same(answer.text.replace(code, "")))
    assert len(pages) == 1
    posted = client.post(f"{PAGE}/DDDDDDDDDD", data={**token, "key": KEY, f"q{first}": YES})
    declined = client.post(f"{PAGE}/EEEEEEEEEE/decline", data=token)
    assert (posted.status_code, declined.status_code) == (404, 404)
    assert not stored()


def test_declining_by_the_page(client: PageClient, app: Flask) -> None:
    invited()
    path = f"{PAGE}/{TOKEN}/decline"
    assert client.submit(path, {}).headers["Location"] == "/surveys/answer/declined"
    assert client.get("/surveys/answer/declined").status_code == 200
    assert client.get(path).status_code == 404


def test_the_token_goes_nowhere(client: PageClient, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    _wave, first, _second = invited()
    pages = [
        client.get(PAGE),
        client.get(f"{PAGE}/{TOKEN}"),
        client.get(f"{PAGE}/{TOKEN}/decline"),
        client.get(f"{PAGE}/thanks"),
    ]
    pages.append(client.submit(f"{PAGE}/{TOKEN}", {"key": KEY, f"q{first}": YES}))
    pages.append(client.get(f"{PAGE}/{TOKEN}"))
    for page in pages:
        assert page.headers["Referrer-Policy"] == "strict-origin"
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow" and page.headers["Cache-Control"] == "no-store"
        assert TOKEN not in page.text.split("</title>")[0]
        assert TOKEN not in page.headers.get("Location", "")
    assert pages[1].text.index('content="strict-origin"') > pages[1].text.index('content="same-origin"'), (
        "the last one holds"
    )
    assert TOKEN not in caplog.text
    assert not db.session.execute(db.select(Event).where(Event.subject == "wave")).scalars().all()


def test_the_form_works_behind_https_with_what_browsers_then_send(client: PageClient, app: Flask) -> None:
    """Under "no-referrer" they would send no Referer and the origin "null", and the form would be refused."""
    _wave, first, _second = invited()
    secure = {"base_url": "https://localhost"}
    page = client.get(f"{PAGE}/{TOKEN}", **secure)
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    form = {"csrf_token": token, "key": KEY, f"q{first}": YES}
    sent = {"Referer": "https://localhost/", "Origin": "https://localhost"}
    refused = client.post(f"{PAGE}/{TOKEN}", data=form, headers={"Origin": "null"}, **secure)
    taken = client.post(f"{PAGE}/{TOKEN}", data=form, headers=sent, **secure)
    assert (refused.status_code, taken.status_code) == (400, 303)
