"""What strangers, owners and the office see."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from citizen.accounts.models import Person
from citizen.certificates import services
from citizen.certificates.models import Certificate
from citizen.certificates.rules import grouped
from citizen.core.database import transaction
from citizen.extensions import db
from tests.certificates.conftest import HOLDER, Issue, quiz, statement

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
PHONE = "13800138000"


def revoke(row: Certificate, people: dict[str, Person]) -> None:
    """Take the certificate back."""
    with transaction():
        services.revoke(row.id, "时长有误，已另开", by_id=people["coordinator"].id)


def text_of(client: FlaskClient, path: str) -> str:
    """A page that is there."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stranger_learns_enough_and_no_more(
    client: FlaskClient, issue: Issue, people: dict[str, Person], language: str
) -> None:
    with transaction():
        db.session.execute(update(Person).where(Person.id == people["resident"].id).values(phone=PHONE))
    mine, english, learned = issue(), issue(statement("Wu Zhihe")), issue(quiz())
    for row, name in ((mine, "林**"), (english, "W*** Z***"), (learned, "林**")):
        page = text_of(client, f"/p/{row.token}?lang={language}")
        assert row.number in page and name in page
        for secret in (HOLDER, "知禾", "Zhihe", PHONE, "resident@demo", "东门", "東門", "East Gate"):
            assert secret not in page, secret
        assert 'content="noindex"' in page
    page = text_of(client, f"/p/{mine.token}?lang={language}")
    assert (
        "36.5" in page and {"zh-Hans": "交通劝导员", "zh-Hant": "交通勸導員", "en": "Traffic guide"}[language] in page
    )
    headers = client.get(f"/p/{mine.token}").headers
    assert headers["Cache-Control"] == "no-store" and "noindex" in headers["X-Robots-Tag"]


def test_a_code_is_typed_in_any_way(client: FlaskClient, issue: Issue) -> None:
    row = issue()
    for typed in (grouped(row.token).lower(), " ".join(row.token)):
        answer = client.submit("/p/", {"code": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/p/{row.token}")
    assert client.get(f"/p/{grouped(row.token).lower()}").status_code == 200
    for typed in ("", "nothing", row.number, "0" * 16, "字" * 80):
        answer = client.submit("/p/", {"code": typed})
        assert answer.status_code == 422 and typed[:60] in answer.get_data(as_text=True)
    for path in ("zzzz", "0" * 16, row.number, "%F0%A0%AE%B7"):
        assert client.get(f"/p/{path}").status_code == 404


def test_nobody_tries_codes_without_end(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citizen.certificates.views.CHECKS", "3/hour")
    answers = [client.get("/p/0000000000000000").status_code for _ in range(4)]
    assert answers == [404, 404, 404, 429]
    assert client.submit("/p/", {"code": "0" * 16}).status_code == 429


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_revoked_or_altered_certificate_says_so(
    client: FlaskClient, issue: Issue, people: dict[str, Person], language: str
) -> None:
    revoked, altered, valid = issue(), issue(), issue()
    revoke(revoked, people)
    with transaction():
        more = {**altered.snapshot, "minutes": 99_990}
        db.session.execute(update(Certificate).where(Certificate.id == altered.id).values(snapshot=more))
    pages = [text_of(client, f"/p/{row.token}?lang={language}") for row in (valid, revoked, altered)]
    assert [page.count("notice--overdue") for page in pages] == [0, 1, 1]
    assert len({re.search(r"<h1[^>]*>([^<]+)", page)[1] for page in pages}) == 3  # type: ignore[index]
    assert "时长有误" not in pages[1], "the reason is the owner's"
    assert "1666.5" not in pages[2] and "林*" not in pages[2], "nothing altered is repeated"


def test_the_owner_finds_and_prints_it(client: FlaskClient, issue: Issue, people: dict[str, Person]) -> None:
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    text_of(client, "/account/certificates/")
    row, gone, other = issue(), issue(quiz()), issue(to="volunteer")
    revoke(gone, people)
    page = text_of(client, "/account/certificates/")
    assert row.number in page and gone.number in page and other.number not in page
    page = text_of(client, f"/account/certificates/{row.number.lower()}")
    assert HOLDER in page and grouped(row.token) in page and "<svg" in page and "东门路口" in page
    page = text_of(client, f"/account/certificates/{gone.number}")
    assert "时长有误，已另开" in page and 'class="certificate"' not in page
    assert client.get(f"/account/certificates/{gone.number}.pdf").status_code == 409
    for path in (other.number, f"{other.number}.pdf", "C-26-000000", "zzzz.pdf"):
        assert client.get(f"/account/certificates/{path}").status_code == 404, path


def test_a_name_is_text_on_every_page(client: FlaskClient, issue: Issue) -> None:
    client.echoes = True  # type: ignore[attr-defined]
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    for name in ("<script>alert(1)</script>", '"><svg/onload=alert(1)>', "%(x)s {{7*7}}", "</title><b>"):
        row = issue(statement(name))
        for path in (f"/p/{row.token}", "/account/certificates/", f"/account/certificates/{row.number}"):
            page = text_of(client, path)
            assert name not in page or "<" not in name, path


def test_the_office_revokes_with_a_reason_and_once(client: FlaskClient, issue: Issue) -> None:
    row = issue()
    desk = f"/office/certificates/{row.number}"
    client.sign_in("coordinator@demo.invalid")  # type: ignore[attr-defined]
    page = text_of(client, desk)
    assert "林**" in page and HOLDER not in page
    answer = client.submit(f"{desk}/revoke", {"reason": "误"}, page=desk)
    assert answer.status_code == 422 and "误</textarea>" in answer.get_data(as_text=True)
    token = client.token(desk)  # type: ignore[attr-defined]
    assert client.submit(f"{desk}/revoke", {"reason": "时长有误"}, page=desk).status_code == 303
    assert "时长有误" in text_of(client, desk)
    again = client.post(f"{desk}/revoke", data={"csrf_token": token, "reason": "时长有误"})
    assert again.status_code == 409
    assert client.get("/office/certificates/C-26-000000").status_code == 404
    assert client.get(f"/account/certificates/{row.number}").status_code == 404, (
        "the office prints nobody's certificate"
    )


@pytest.mark.parametrize("who", ["moderator", "resident"])
def test_others_do_not_revoke(app: Flask, client: FlaskClient, issue: Issue, who: str) -> None:
    row = issue()
    client.sign_in(f"{who}@demo.invalid")  # type: ignore[attr-defined]
    assert client.get(f"/office/certificates/{row.number}").status_code == 403
    answer = client.submit(f"/office/certificates/{row.number}/revoke", {"reason": "时长有误"}, page="/account/")
    assert answer.status_code == 403
    db.session.rollback()
    assert db.session.get_one(Certificate, row.id).revoked_at is None
