"""Which language a page speaks."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import lazy_gettext
from hypothesis import given
from hypothesis import strategies as st

from citizen.web.locale import LOCALES, negotiate


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-MO,en", "zh-Hant"),
        ("yue-HK", "zh-Hant"),
        ("yue", "zh-Hant"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh-Hant-CN", "zh-Hant"),
        ("zh-SG", "zh-Hans"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("cmn-Hans-CN", "zh-Hans"),
        ("en-US", "en"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("fr-FR,fr;q=0.9,en;q=0.3,zh-TW;q=0.5", "zh-Hant"),
        ("en;q=0, zh-TW;q=0.1", "zh-Hant"),
        ("en;q=0", None),
        ("en;q=0.000,zh;q=0.0", None),
        ("fr,de;q=0.5", None),
        ("*", None),
        ("", None),
        (",,,;;;q=", None),
        ("en;q=junk", None),
        ("en;q=2", None),
        ("zh\x00", None),
        ("zh-TW" * 2000, None),
        ("EN-gb", "en"),
        ("ZH-tw", "zh-Hant"),
    ],
)
def test_negotiation(header: str, expected: str | None) -> None:
    assert negotiate(header) == expected


@given(st.text(max_size=200))
def test_no_header_breaks_it(header: str) -> None:
    assert negotiate(header) in (None, *LOCALES)


def language(client: FlaskClient, path: str = "/account/sign-in", **headers: str) -> str:
    found = re.search(r'<html lang="([^"]+)"', client.get(path, headers=headers).get_data(as_text=True))
    assert found
    return found[1]


def test_address_then_cookie_then_account_then_browser(client: FlaskClient) -> None:
    assert language(client) == "zh-Hans"
    assert language(client, **{"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.8"}) == "zh-Hant"
    client.sign_in("admin@demo.invalid")
    saved = {"name": "高峰", "language": "zh-Hant"}
    assert client.submit("/account/", saved).status_code == 303
    assert language(client, "/account/", **{"Accept-Language": "en"}) == "zh-Hant"
    assert language(client, "/account/?lang=en") == "en"
    assert language(client, "/account/") == "en", "the cookie remembers it"
    assert language(client, "/account/?lang=xx") == "en", "nonsense changes nothing"
    assert language(client, "/account/?lang=zh_CN") == "en"


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("path", ["/account/sign-in", "/account/sign-up", "/nowhere"])
def test_pages_name_a_valid_language(client: FlaskClient, lang: str, path: str) -> None:
    assert language(client, f"{path}?lang={lang}") == lang


def test_a_lazy_sentence_with_typed_words_is_escaped(app: Flask) -> None:
    """Flask-Babel would let it into the page as it is."""
    sentence = lazy_gettext("“%(word)s” is no day such as 2026-10-01.", word="<b>x</b>")
    with app.test_request_context():
        page = render_template_string("{{ sentence }}", sentence=sentence)
    assert "<b>" not in page and "&lt;b&gt;" in page
