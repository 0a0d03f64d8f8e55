"""No page mixes languages: English pages hold no Chinese, Traditional pages nothing Simplified, Chinese pages no source text."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from citizen.core.content import to_traditional
from citizen.web.cli import problems
from tests.pages.walk import plain_addresses, texts

ROOT = Path(__file__).resolve().parents[2]
HAN = re.compile("[\u3400-\u9fff\U00020000-\U0002ffff]")
LANGUAGES = ("zh-Hans", "zh-Hant", "en")
#: Written alike in both scripts' everyday use, though the converter would choose another form.
SHARED = set("台里面只干发表松谷丑曲准布周出回才采了余云几系复合向于卷占吁冲千克升志托制雇游游群")


def simplified_only(text: str) -> set[str]:
    """The characters of ``text`` that a Traditional reader would not expect."""
    return {char for char in text if HAN.match(char) and to_traditional(char) != char} - SHARED


def source_texts() -> set[str]:
    """The English texts that are long enough to be told from names and codes."""
    with (ROOT / "translations" / "messages.pot").open("rb") as file:
        catalogue = read_po(file)
    ids = [m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id]
    return {text for text in ids if " " in text and "%(" not in text and "{" not in text}


def wrong_texts(page: str, language: str, sources: set[str]) -> list[str]:
    """What is said on ``page`` in another language than the page's, unless it is marked so."""
    wrong = []
    for marked, text in texts(page):
        if marked != language:
            continue  # marked as another language: a screen reader changes its voice
        if language == "en" and HAN.search(text):
            wrong.append(text)
        if language == "zh-Hant" and simplified_only(text):
            wrong.append(f"{text} ({''.join(sorted(simplified_only(text)))})")
        if language != "en" and text in sources:
            wrong.append(text)
    return wrong


def test_the_catalogues_are_complete() -> None:
    assert problems() == []


def test_the_catalogues_hold_what_the_code_says(tmp_path: Path) -> None:
    """A text that was changed without ``make i18n`` would be shown in English to everybody."""
    line = next(line for line in (ROOT / "Makefile").read_text().splitlines() if "pybabel -q extract" in line)
    options = (
        line.split("pybabel -q extract ")[1].replace("translations/messages.pot", str(tmp_path / "now.pot")).split()
    )
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "-q", "extract", *options], cwd=ROOT, check=True)
    assert _ids(tmp_path / "now.pot") == _ids(ROOT / "translations" / "messages.pot")


def _ids(path: Path) -> set[str]:
    with path.open("rb") as file:
        return {str(message.id) for message in read_po(file) if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_public_page_mixes_languages(app: Flask, client: FlaskClient, language: str) -> None:
    sources, seen, wrong = source_texts(), 0, {}
    for endpoint, address in plain_addresses(app):
        answer = client.get(address, query_string={"lang": language})
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        seen += 1
        page = answer.get_data(as_text=True)
        assert f'<html lang="{language}"' in page
        found = wrong_texts(page, language, sources)
        if found:
            wrong[endpoint] = found[:8]
    assert seen >= 11
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_error_pages_do_not_either(client: FlaskClient, language: str) -> None:
    page = client.get(f"/nowhere?lang={language}").get_data(as_text=True)
    assert not wrong_texts(page, language, source_texts())


@pytest.mark.parametrize("who", ["moderator", "leader", "head", "unit", "verifier", "admin", "publisher", "resident"])
def test_no_page_of_the_workbench_shows_source_texts(app: Flask, client: FlaskClient, who: str) -> None:
    client.sign_in(f"{who}@demo.invalid")  # type: ignore[attr-defined]
    sources, wrong, seen = source_texts(), {}, 0
    for endpoint, address in plain_addresses(app):
        if "sign_out" in endpoint:
            continue
        answer = client.get(address, query_string={"lang": "zh-Hans"})
        if answer.mimetype == "text/html" and answer.status_code == 200:
            seen += 1
            found = wrong_texts(answer.get_data(as_text=True), "zh-Hans", sources)
            if found:
                wrong[endpoint] = found[:8]
    assert seen >= 12
    assert not wrong


@pytest.mark.parametrize(
    ("page", "language"),
    [
        ('<html lang="en"><p>路灯</p></html>', "en"),
        ('<html lang="zh-Hant"><p>查询码</p></html>', "zh-Hant"),
        ('<html lang="zh-Hans"><p>Skip to the content</p></html>', "zh-Hans"),
        ('<html lang="en"><input placeholder="例如"></html>', "en"),
    ],
)
def test_the_reader_is_not_blind(page: str, language: str) -> None:
    """The control: a mixed page is noticed."""
    assert wrong_texts(page, language, source_texts())
