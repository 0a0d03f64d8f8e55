"""The pages of the hall quiz: the host's screen and its buttons, the phones' pages, and what neither tells too early."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from citizen.core import clock
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import BankQuestion, KeyCorrection, LiveAnswer, LiveRound, QuestionVersion
from citizen.quizzes.queries.live import asked, standing_of
from citizen.quizzes.rules.live import LiveState, Verb
from citizen.quizzes.rules.questions import Kind
from tests.client import PageClient
from tests.quizzes.making import bank
from tests.quizzes.test_live import key, moved, opened, others

pytestmark = pytest.mark.usefixtures("people")

EACH_KIND = (Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE)


def phone(app: Flask) -> PageClient:
    """A phone of its own."""
    app.test_client_class = PageClient
    return app.test_client()


def home(round_: LiveRound) -> str:
    """The phones' page, as the QR code names it."""
    return f"/quizzes/live/{round_.code}?k={standing_of(round_).ticket}"


def state_of(round_: LiveRound) -> str:
    return f"/quizzes/live/{round_.code}/state?k={standing_of(round_).ticket}"


def part_of(round_: LiveRound, language: str = "en") -> str:
    return f"/quizzes/live/{round_.code}/part?k={standing_of(round_).ticket}&l={language}&v={round_.version}"


def sent(client: PageClient, round_: LiveRound, *chosen: str, script: bool = False, position: int = 0) -> TestResponse:
    """A phone's answer to the open question, by its form or by its script."""
    values = {"csrf_token": client.token(home(round_)), "position": position or round_.position, "choice": list(chosen)}
    headers = {"Sec-Fetch-Site": "same-origin"} | ({"Accept": "application/json"} if script else {})
    return client.post(f"/quizzes/live/{round_.code}/answer", data=values, headers=headers)


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database inside the block."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


# ---- coming in ----


@pytest.mark.parametrize("way", ["{0}{1}", " {0} {1}", "{0}-{1}", "wide"])
def test_six_digits_let_a_phone_in_however_they_are_typed(client: PageClient, way: str) -> None:
    round_ = opened()
    typed = way.format(round_.code[:3], round_.code[3:])
    if way == "wide":
        typed = "".join(chr(ord(digit) + 0xFEE0) for digit in round_.code)
    answer = client.submit("/quizzes/live/", {"code": typed})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/quizzes/live/{round_.code}")
    assert db.session.execute(db.select(LiveAnswer.position)).scalars().all() == [0]
    assert client.get(answer.headers["Location"]).status_code == 200


def test_wrong_codes_are_kept_to_be_corrected_and_run_out(app: Flask, client: PageClient) -> None:
    round_ = opened()
    wrong = f"{(int(round_.code) + 1) % 10**6:06d}"
    answer = client.submit("/quizzes/live/", {"code": wrong})
    assert answer.status_code == 422 and wrong in text(answer) and 'id="errors"' in text(answer)
    inside = phone(app)
    inside.get(home(round_))
    statuses = [client.get(f"/quizzes/live/{(int(round_.code) + n) % 10**6:06d}").status_code for n in range(2, 34)]
    assert statuses.count(404) == 29 and set(statuses[29:]) == {429}
    assert client.submit("/quizzes/live/", {"code": wrong}).status_code == 429
    assert client.get(f"/quizzes/live/{round_.code}").status_code == 200, "the right code is no try"
    assert phone(app).get(home(round_)).status_code == 200, "the QR code on the screen still lets in"
    assert inside.get(f"/quizzes/live/{round_.code}").status_code == 200, "nobody in the hall is locked out"


def test_a_right_code_forgives_the_wrong_ones_of_the_same_hall(app: Flask) -> None:
    round_ = opened()
    for _group in range(3):
        for _try in range(12):
            phone(app).get("/quizzes/live/000000" if round_.code != "000000" else "/quizzes/live/000001")
        assert phone(app).submit("/quizzes/live/", {"code": round_.code}).status_code == 303


@pytest.mark.parametrize("ticket", ["", "?k=0000000000", "?k=ü"])
def test_the_polled_addresses_try_out_no_codes(client: PageClient, ticket: str) -> None:
    round_ = opened()
    for path in ("state", "part"):
        assert client.get(f"/quizzes/live/{round_.code}/{path}{ticket}").status_code == 404


# ---- a round without a script ----


def test_a_whole_round_by_plain_forms(app: Flask) -> None:
    round_ = opened(kinds=EACH_KIND)
    client, late = phone(app), phone(app)
    page = text(client.get(home(round_)))
    assert re.search(r'<head>.*<noscript><meta http-equiv="refresh" content="5"></noscript>.*</head>', page, re.DOTALL)
    assert "你已进场" in page or "You are in" in page
    rights = 0
    for position, kind in enumerate(EACH_KIND, start=1):
        moved(round_, Verb.NEXT if position > 1 else Verb.ASK)
        page = text(client.get(home(round_)))
        assert 'http-equiv="refresh"' not in page, "nothing is reloaded under somebody's finger"
        assert f'name="position" value="{position}"' in page
        right = key(round_, position)
        assert sent(client, round_, others(round_, position)[0]).status_code == 303
        if kind != Kind.TRUE_FALSE:
            assert sent(client, round_, *right).status_code == 303
            rights += 1
        page = text(client.get(home(round_)))
        assert ("checked" if kind == Kind.MULTIPLE else 'aria-pressed="true"') in page
        assert ('http-equiv="refresh"' in page) == (kind != Kind.MULTIPLE)
        moved(round_, Verb.CLOSE)
        page = text(client.get(home(round_)))
        verdict = "wrong" if kind == Kind.TRUE_FALSE else "right"
        assert re.findall(r'data-verdict="(\w+)"', page) == [verdict]
        assert re.findall(r'data-verdict="(\w+)"', text(late.get(home(round_)))) == ["none"]
        answer = sent(client, round_, *right)
        assert answer.status_code == 409 and "data-verdict" in text(answer)
    moved(round_, Verb.END)
    page = text(client.get(home(round_)))
    assert "refresh" not in page.split("</head>")[0] and str(rights) in page


def test_a_script_is_answered_in_few_words(client: PageClient) -> None:
    round_ = moved(opened(), Verb.ASK)
    right = key(round_, 1)[0]
    assert sent(client, round_, right, script=True).status_code == 204
    assert sent(client, round_, script=True).status_code == 422
    assert sent(client, round_, "zzzzz", script=True).status_code == 422
    assert sent(client, round_, right, script=True, position=2).status_code == 409
    assert client.post(f"/quizzes/live/{round_.code}/answer", data={"position": 1, "choice": right}).status_code == 400
    token = client.token(home(round_))
    assert client.post(f"/quizzes/live/{round_.code}/here", data={"csrf_token": token}).status_code == 204
    rows = db.session.execute(db.select(LiveAnswer.position, LiveAnswer.answer).order_by(LiveAnswer.position)).all()
    assert [tuple(row) for row in rows] == [(0, []), (1, [right])]


# ---- what is polled ----


def test_the_state_is_one_small_answer_for_everybody(app: Flask) -> None:
    round_ = moved(opened(seconds=20), Verb.ASK)
    first, second = phone(app), phone(app)
    second.get(home(round_))
    answer = first.get(state_of(round_))
    assert text(second.get(state_of(round_))) == text(answer)
    assert "Set-Cookie" not in answer.headers and len(answer.get_data()) < 200
    known, path = {"If-None-Match": answer.headers["ETag"]}, state_of(round_)
    with statements() as seen:  # the page's script sends no cookie here
        again = first.get(path, headers=known)
    assert (again.status_code, again.get_data(), seen) == (304, b"", [])
    moved(round_, Verb.CLOSE)
    with statements() as seen:
        changed = first.get(path, headers=known)
    assert changed.status_code == 200 and changed.get_json()["state"] == LiveState.SHOWN
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1


def test_a_part_is_drawn_once_for_all_phones_of_a_language(app: Flask) -> None:
    round_ = moved(opened(), Verb.ASK)
    drawn, path = text(phone(app).get(part_of(round_))), part_of(round_)
    assert "csrf" not in drawn and "Question number" in drawn
    assert "个问题" in phone(app).get(part_of(round_, "zh-Hans")).get_json()["html"]
    with statements() as seen:
        assert text(phone(app).get(path)) == drawn
    assert seen == []


# ---- nothing is told too early ----


def answers_before(client: PageClient, round_: LiveRound) -> str:
    """Everything that a new phone can be sent while a question is open."""
    wrong = others(round_, round_.position)[0]
    found = [client.get(state_of(round_))]
    for language in ("zh-Hans", "zh-Hant", "en"):
        found += [client.get(f"{home(round_)}&lang={language}"), client.get(part_of(round_, language))]
    for script in (True, False):
        found += [sent(client, round_, wrong, script=script), sent(client, round_, "zzzzz", script=script)]
    found += [client.get(home(round_)), client.get(f"/quizzes/live/{round_.code}")]
    bodies = "\n".join(f"{answer.status_code} {answer.headers.get('ETag', '')} {told_by(answer)}" for answer in found)
    return re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", bodies)


def told_by(answer: TestResponse) -> str:
    """A body as its reader takes it in: JSON hides Chinese behind escapes."""
    return json.dumps(answer.get_json(), ensure_ascii=False) if answer.is_json and answer.data else text(answer)


def secrets_of(round_: LiveRound, position: int) -> list[str]:
    """Words that only those may read for whom the question is closed."""
    question = asked(round_, position)
    assert question is not None
    version = db.session.get_one(QuestionVersion, question.version_id)
    told = [getattr(version, f"{name}_{tag}") for name in ("explanation", "source") for tag in ("hans", "hant", "en")]
    return [*told, "data-right", "option--right", "option--wrong", "data-verdict", "hall-result"]


@pytest.mark.parametrize("kind", EACH_KIND)
def test_no_answer_to_a_phone_tells_of_an_open_question(app: Flask, kind: Kind) -> None:
    round_ = moved(opened(kinds=(kind, Kind.SINGLE)), Verb.ASK)
    client = phone(app)
    before = answers_before(client, round_)
    assert not [word for word in [*secrets_of(round_, 1), *secrets_of(round_, 2)[:6]] if word in before]
    question = asked(round_, 1)
    assert question is not None
    by = db.session.get_one(LiveRound, round_.id).host_id
    with transaction():  # the same question with another key: if a single byte depended on it, it would show
        db.session.add(
            KeyCorrection(
                version_id=question.version_id,
                key=[others(round_, 1)[0]],
                reason="x",
                attempts=0,
                changed=0,
                decided_by=by,
                decided_at=clock.now(),
            )
        )
    app.extensions.pop("citizen_parts", None)
    app.extensions.pop("citizen_live_items", None)
    assert answers_before(phone(app), round_) == before
    moved(round_, Verb.CLOSE)
    after = text(client.get(home(round_))) + "".join(
        text(client.get(part_of(round_, tag))) for tag in ("zh-Hans", "en")
    )
    assert {"data-right", "option--right", "data-verdict"} <= {word for word in secrets_of(round_, 1) if word in after}
    assert not [word for word in secrets_of(round_, 2)[:6] if word in after], "the next question stays closed"


# ---- the host ----


def host(app: Flask) -> PageClient:
    """The moderator, signed in."""
    return phone(app).sign_in("moderator@demo.invalid")


def test_a_round_is_opened_once_for_each_form(app: Flask) -> None:
    bank(4, kind=Kind.SINGLE, topic="pets")
    client = host(app)
    page = text(client.get("/office/rounds/new"))
    found = re.search(r'name="key"[^>]*value="([0-9a-f]+)"', page)
    assert found
    values = {"key": found[1], "title": "文明养犬", "seconds": "２０", "topic_1": "pets", "number_1": "3"}
    answers = [client.submit("/office/rounds/new", values) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    round_ = db.session.execute(db.select(LiveRound)).scalar_one()
    assert (round_.title, round_.seconds, round_.size, round_.state) == ("文明养犬", 20, 3, LiveState.WAITING)
    listed = text(client.get("/office/rounds/"))
    assert "文明养犬" in listed and f"{round_.code[:3]} {round_.code[3:]}" in listed


def test_what_a_form_cannot_mean_is_said_and_kept(app: Flask) -> None:
    version = bank(1, kind=Kind.SINGLE)[0]
    code = db.session.get_one(BankQuestion, version.question_id).code
    client = host(app)
    for values in (
        {"title": ""},
        {"seconds": "3"},
        {"number_1": ""},
        {"codes": code},
        {"number_1": "", "codes": "NOSUCH"},
        {"number_1": "50"},
        {"number_1": "x"},
    ):
        typed = {"key": "k" * 32, "title": "讲堂", "number_1": "1", **values}
        answer = client.submit("/office/rounds/new", typed)
        assert answer.status_code == 422 and 'id="errors"' in text(answer), values
        assert all(f'value="{value}"' in text(answer) or value in text(answer) for value in typed.values() if value)
    assert db.session.execute(db.select(LiveRound.id)).first() is None
    answer = client.submit(
        "/office/rounds/new", {"key": "k" * 32, "title": "讲堂", "number_1": "", "codes": code.lower()}
    )
    assert answer.status_code == 303


def test_the_screen_counts_shows_and_names_nobody(app: Flask) -> None:
    round_ = opened()
    client, visitor = host(app), phone(app)
    screen, step = f"/office/rounds/{round_.id}/screen", f"/office/rounds/{round_.id}/step"

    def press() -> str:
        page = text(client.get(screen))
        form = re.search(r"<form[^>]*data-main>.*?</form>", page, re.DOTALL)
        assert form
        values = dict(re.findall(r'name="(version|verb)" value="(\w+)"', form[0]))
        assert client.submit(step, values, page=screen).status_code == 303
        db.session.refresh(round_)
        return text(client.get(screen))

    page = text(client.get(screen))
    assert f"{round_.code[:3]} {round_.code[3:]}" in page and "<svg" in page and "/quizzes/live/" in page
    shown = press()
    sent(visitor, round_, key(round_, 1)[0])
    assert client.get(f"/office/rounds/{round_.id}/state").get_json() == {"version": 2, "here": 1, "answered": 1}
    assert not [word for word in secrets_of(round_, 1) if word in shown]
    shown += press()
    assert "data-right" in shown and "100%" in shown
    stale = client.submit(step, {"version": "2", "verb": "close"}, page=screen)
    db.session.refresh(round_)
    assert (stale.status_code, round_.state, round_.version) == (303, LiveState.SHOWN, 3)
    assert client.submit(step, {"version": "3", "verb": "ask"}, page=screen).status_code == 409
    assert client.submit(step, {"version": "3", "verb": "dance"}, page=screen).status_code == 422
    shown += press() + press() + press()
    assert round_.state == LiveState.ENDED and "100%" in shown
    person = db.session.execute(db.text("SELECT name FROM people WHERE email = 'moderator@demo.invalid'")).scalar_one()
    assert str(person) not in shown


@pytest.mark.parametrize("name", ["verifier", "unit", "resident"])
def test_only_hosts_see_the_screen(app: Flask, name: str) -> None:
    round_ = opened(kinds=(Kind.SINGLE,))
    client = phone(app).sign_in(f"{name}@demo.invalid")
    for path in (
        "/office/rounds/",
        "/office/rounds/new",
        f"/office/rounds/{round_.id}/screen",
        f"/office/rounds/{round_.id}/state",
    ):
        assert client.get(path).status_code == 403
    values = {"version": "1", "verb": "ask"}
    assert client.submit(f"/office/rounds/{round_.id}/step", values, page="/account/").status_code == 403
    assert phone(app).get(f"/office/rounds/{round_.id}/screen").status_code == 303
    assert host(app).get("/office/rounds/987654/screen").status_code == 404
