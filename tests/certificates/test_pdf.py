"""The file of a certificate: one small page that can be read, searched and scanned."""

from __future__ import annotations

import re
import unicodedata

import pypdfium2
import pytest
import zxingcpp
from flask.testing import FlaskClient

from citizen.certificates.rules import Statement
from tests.certificates.conftest import Issue, quiz, statement

BIGGEST = 200_000


def read(data: bytes) -> tuple[str, list[str], int]:
    """(all text without spaces, what its bar codes hold, number of pages)."""
    document = pypdfium2.PdfDocument(data)
    page = document[0]
    words = page.get_textpage()
    text = unicodedata.normalize("NFKC", re.sub(r"\s+", "", words.get_text_range()))
    codes = [code.text for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())]
    pages = len(document)
    words.close()
    document.close()
    return text, codes, pages


#: Names that the first font has, that only a fallback has, and with a sign that none has.
@pytest.mark.parametrize(
    ("language", "what", "expected"),
    [
        (
            "zh-Hans",
            statement("欧阳𠮷㐂镕"),
            ["欧阳𠮷㐂镕", "云漪县", "2026年8月3日", "36.5", "交通劝导员", "东门路口"],
        ),
        ("zh-Hant", quiz("阿卜杜拉·买买提"), ["阿卜杜拉·买买提", "2026年8月24日", "文明知識周", "18", "雲漪縣創建辦"]),
        (
            "en",
            statement("Dvořák 🌟 " + "Ж" * 40),
            ["Dvořák〓" + "Ж" * 40, "YunyiCounty", "3August2026", "36.5hours", "EastGatecrossing"],
        ),
    ],
)
def test_the_file_can_be_read_and_scanned(
    client: FlaskClient, issue: Issue, language: str, what: Statement, expected: list[str]
) -> None:
    row = issue(what)
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    answer = client.get(f"/account/certificates/{row.number}.pdf?lang={language}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert row.number in answer.headers["Content-Disposition"] and answer.headers["Cache-Control"] == "no-store"
    text, codes, pages = read(answer.data)
    missing = [words for words in [*expected, row.number] if words not in text]
    assert not missing, (missing, text)
    assert codes == [f"http://127.0.0.1:8000/p/{row.token}"]
    assert pages == 1 and len(answer.data) < BIGGEST
    assert f"/Lang ({language})".encode() in answer.data


def test_files_are_not_made_without_end(client: FlaskClient, issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citizen.certificates.views.FILES", "1/hour")
    monkeypatch.setattr("citizen.certificates.views.pdf", lambda _certificate: b"%PDF-")
    path = f"/account/certificates/{issue().number}.pdf"
    client.sign_in("resident@demo.invalid")  # type: ignore[attr-defined]
    assert [client.get(path).status_code for _ in range(2)] == [200, 429]
