"""The method note: whole, in the reader's language, and free of what a file cannot hold."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient

from citizen.core.database import transaction
from citizen.extensions import db
from citizen.surveys.documents.method import method
from citizen.surveys.models import Wave
from citizen.surveys.queries.results import results_of
from tests.surveys.making import make_measure
from tests.surveys.test_results import FULL, PATCHY, survey


def note(client: FlaskClient, wave_id: int, lang: str = "en") -> tuple[Any, str]:
    """The file and all of its words."""
    answer = client.get(f"/surveys/{wave_id}/method-note.docx?lang={lang}")
    assert answer.status_code == 200 and answer.mimetype.endswith("wordprocessingml.document")
    file = Document(io.BytesIO(answer.data))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    return file, "\n".join([paragraph.text for paragraph in file.paragraphs] + cells)


def test_everything_that_makes_the_rate_is_in_it(app: Flask, client: FlaskClient) -> None:
    with transaction():
        wave = survey(FULL)
        wave_id, last = wave.id, wave.closes_on
    file, words = note(client, wave_id)
    assert f"to {last.day} {last:%B %Y}." in words
    headings = [p.text for p in file.paragraphs if p.style.name.startswith("Heading")]
    assert [re.sub(r"^\d\. ", "", text) for text in headings] == [
        "What was measured",
        "Sample",
        "What became of the invitations",
        "Weighting and precision",
        "Comparing",
        "What is not shown",
        "Limits",
    ]
    for said in (
        "71.7%",
        "definition no.",
        "Drawn at random from the list of households",
        "6 ÷ 9 = 66.7%",
        "p = Σ",
        "deff = 1.0",
        "Wilson",
        "fewer than 30",
        "never a quiz score",
    ):
        assert said in words, said
    strata = file.tables[1]
    assert len(strata.rows) == 1 + 9 and strata.rows[1].cells[2].text == "1,000"
    assert file.core_properties.language == "en-GB"


def test_small_cells_are_not_in_the_note(app: Flask, client: FlaskClient) -> None:
    with transaction():
        wave_id = survey(PATCHY).id
    file, words = note(client, wave_id)
    answers = [row.cells[4].text for row in file.tables[1].rows[1:]]
    assert answers.count("not shown") == 6 and sorted(answers)[:6] == ["40"] * 3 + ["59"] * 3
    assert "6 cells of area and age are not shown." in words


@pytest.mark.parametrize(("lang", "tag"), [("zh-Hans", "zh-CN"), ("zh-Hant", "zh-TW")])
def test_it_speaks_the_page_s_language(app: Flask, client: FlaskClient, lang: str, tag: str) -> None:
    with transaction():
        wave_id = survey(FULL).id
    file, words = note(client, wave_id, lang)
    assert file.core_properties.language == tag
    assert ("按户册随机抽取" if lang == "zh-Hans" else "按戶冊隨機抽取") in words


def test_control_characters_and_markup_stay_harmless(app: Flask, client: FlaskClient) -> None:
    with transaction():
        measure = make_measure(definition_en="Who \x0bknows\x00 <b>&amp; “all” \ufffe]]>", title_en="T\x1f<script>")
        wave_id = survey(FULL, measure=measure).id
    _file, words = note(client, wave_id)
    assert "Who knows <b>&amp; “all” ]]>" in words and "T<script>" in words


def test_how_many_strata_are_counted_together_is_said_and_never_which(app: Flask) -> None:
    with transaction():
        wave = survey([[(30, 10), (0, 0), (30, 10)], [(30, 10)] * 3])
    with app.test_request_context("/?lang=en"):
        said = [words for section in method(results_of(db.session.get_one(Wave, wave.id))) for words in section.said]
    assert any(words.startswith("2 strata are counted together with others") for words in said)
    assert any("next age band of its area" in words for words in said)
    assert not any("18 to 44" in words or "45 to 59" in words for words in said)
