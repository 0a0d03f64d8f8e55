"""The share picture: it says what was reached and leads to nobody."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from PIL import Image

from citizen.accounts.models import Person
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, NotFound
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.quizzes.documents.share import Picture, png, svg
from citizen.quizzes.models import Attempt, Quiz
from citizen.quizzes.rules.attempts import AttemptState
from citizen.quizzes.rules.quizzes import QuizKind
from citizen.quizzes.services import sharing
from citizen.quizzes.services.learners import Appearance, appear
from citizen.web.locale import localised
from tests.quizzes.making import bank, begun, done, make_quiz, taker, visitor


@pytest.fixture
def attempt(people: dict[str, Person]) -> Attempt:
    """The resident's own result: two of three."""
    bank(3)
    with transaction():
        appear(people["resident"].id, Appearance("松间明月", area_code="A1"))
        quiz = make_quiz(size=3)
    return done(quiz, taker(people["resident"].id), right=2)


def picture(**more: object) -> Picture:
    values = {
        "site": "文明云漪",
        "title": "走路骑车的规矩",
        "label": "答对",
        "score": 9,
        "counted": 10,
        "day": "2026年8月3日",
        "call": "扫码试试",
        "address": "https://county.invalid/quizzes/1",
    }
    return Picture(**{**values, **more})  # type: ignore[arg-type]


def test_the_picture_is_made_once_taken_back_and_made_anew(client: FlaskClient, attempt: Attempt) -> None:
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    address = f"/quizzes/attempts/{attempt.token}/share"
    assert "share/" not in re.findall(r'<img src="([^"]*)"', client.get(address).get_data(as_text=True))
    ids = set()
    for _turn in range(2):
        assert client.submit(address).status_code == 303  # type: ignore[attr-defined]
        ids.add(db.session.get_one(Attempt, attempt.id, populate_existing=True).share_id)
    first = ids.pop()
    assert not ids and first != attempt.token and len(first) == 16
    page = client.get(address).get_data(as_text=True)
    assert f"/quizzes/share/{first}.png" in page and 'value="http' in page
    assert client.get(f"/quizzes/share/{first}").status_code == 200
    assert client.submit(f"{address}/stop", page=address).status_code == 303  # type: ignore[attr-defined]
    for gone in (first, f"{first}.png", attempt.token, f"{attempt.token}.png", "zzzz"):
        assert client.get(f"/quizzes/share/{gone}").status_code == 404
    client.submit(address)  # type: ignore[attr-defined]
    assert db.session.get_one(Attempt, attempt.id, populate_existing=True).share_id not in (None, first)


def test_what_everybody_sees_names_nobody(client: FlaskClient, people: dict[str, Person]) -> None:
    bank(3)
    email, phone, number = "zhihe@person.invalid", "13900002580", 918273
    with transaction() as session:
        values = {"name": "林知禾", "email": email, "phone": phone, "password_hash": "x", "created_at": clock.now()}
        session.add(Person(id=number, **values))
        session.flush()
        appear(number, Appearance("松间明月", area_code="A1"))
        quiz = make_quiz(size=3)
    attempt = done(quiz, taker(number), right=2)
    with transaction():
        id_ = sharing.share(attempt.token, [attempt.taker])
    for lang in ("zh-Hans", "zh-Hant", "en"):
        answer = client.get(f"/quizzes/share/{id_}?lang={lang}")
        page = answer.get_data(as_text=True)
        area = localised(directory().areas["A1"], "name")
        for secret in ("松间明月", "松間明月", "林知禾", email, phone, str(number), attempt.token, attempt.taker, area):
            assert secret not in page, (lang, secret)
        assert {"og:title", "og:image", "og:url", "noindex"} <= set(re.findall(r'og:\w+(?=")|noindex', page))
        assert re.search(rf'og:image" content="https?://[^"]+/quizzes/share/{id_}\.png"', page)
        assert f'href="/quizzes/{attempt.quiz_id}"' in page
        assert answer.headers["X-Robots-Tag"].startswith("noindex") and answer.headers["Cache-Control"] == "no-store"


def test_the_picture_is_a_png_that_is_asked_for_again_each_time(client: FlaskClient, attempt: Attempt) -> None:
    with transaction():
        id_ = sharing.share(attempt.token, [attempt.taker])
    answer = client.get(f"/quizzes/share/{id_}.png")
    image = Image.open(io.BytesIO(answer.data))
    assert (answer.mimetype, image.format, image.size) == ("image/png", "PNG", (1200, 630))
    assert "no-cache" in answer.headers["Cache-Control"]
    same = client.get(f"/quizzes/share/{id_}.png", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304
    with transaction():
        db.session.get_one(Attempt, attempt.id).state = AttemptState.VOID
    assert client.get(f"/quizzes/share/{id_}.png").status_code == 404
    assert client.get(f"/quizzes/share/{id_}").status_code == 404


def test_the_drawing_holds_title_score_and_day_and_the_way_to_the_quiz_only() -> None:
    drawn = svg(picture())
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert texts == ["文明云漪", "走路骑车的规矩", "答对", "9", "/ 10", "2026年8月3日", "扫码试试"]
    assert png(picture()) is png(picture()), "drawn once"
    blank = png(picture(title="", site="", label="", day="", call=""))
    assert len(png(picture())) > len(blank) + 5_000, "Chinese words leave ink"


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("五题", 1),
        ("文" * 14, 1),
        ("文" * 28, 2),
        ("长" * 80, 2),
        ("Sorting waste in the kitchen and what comes after it in the yard", 2),
        ("<b>&\"'\x00\ud800", 1),
        ("字" * 13 + "，" + "字" * 5, 2),
    ],
)
def test_titles_of_every_length_fit(title: str, lines: int) -> None:
    drawn = svg(picture(title=title))
    rows = re.findall(r"<text[^>]*font-size=\"(\d+)\"[^>]*>([^<]*)</text>", drawn)[1:-5]
    assert len(rows) == lines
    assert all(not row.startswith("，") for _size, row in rows)
    assert png(picture(title=title))


def test_only_the_taker_shares_and_only_a_result(
    client: FlaskClient, attempt: Attempt, people: dict[str, Person]
) -> None:
    client.sign_in("volunteer@demo.invalid")  # type: ignore[attr-defined]
    address = f"/quizzes/attempts/{attempt.token}/share"
    assert client.get(address).status_code == 404
    assert client.submit(address, page="/account/").status_code == 404  # type: ignore[attr-defined]
    assert client.submit(f"{address}/stop", page="/account/").status_code == 404  # type: ignore[attr-defined]
    who = visitor()
    unfinished = begun(db.session.get_one(Quiz, attempt.quiz_id), who)
    with pytest.raises(Conflict), transaction():
        sharing.share(unfinished.token, [who.key])
    with pytest.raises(NotFound), transaction():
        sharing.share(attempt.token, [who.key])
    with transaction():
        db.session.get_one(Quiz, attempt.quiz_id).kind = QuizKind.REVIEW
    with pytest.raises(NotFound), transaction():
        sharing.share(attempt.token, [attempt.taker])


def test_addresses_cannot_be_worked_out(people: dict[str, Person]) -> None:
    """Many ids of one attempt share nothing that a neighbour's could be guessed from."""
    bank(3)
    with transaction():
        quiz = make_quiz(size=3)
    attempt, ids = done(quiz, visitor(), right=1), []
    for _turn in range(60):
        with transaction():
            ids.append(sharing.share(attempt.token, [attempt.taker]))
        with transaction():
            sharing.take_back(attempt.token, [attempt.taker])
    assert len(set(ids)) == 60 and all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{16}", id_) for id_ in ids)
    assert all(len({id_[place] for id_ in ids}) > 12 for place in range(16)), "every place is random"
