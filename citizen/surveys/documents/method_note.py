"""The method note of a wave as a .docx file in the page's language."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from flask_babel import gettext as _

from citizen.core.clock import local
from citizen.core.exports import clean
from citizen.surveys.documents.chart import group_sentences
from citizen.surveys.documents.method import Section, method
from citizen.surveys.documents.results import area_rows, hidden_sentence
from citizen.surveys.documents.shares import full_day, rate_name, sentence
from citizen.surveys.queries.results import Results
from citizen.web.locale import localised, page_language
from citizen.web.templating import Site

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FONTS = {"zh-Hans": "Microsoft YaHei", "zh-Hant": "Microsoft JhengHei", "en": "Microsoft YaHei"}
_TAGS = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "en": "en-GB"}


def method_note(found: Results) -> bytes:
    """The note of one wave: its rate, its areas and how all of it was worked out; no control character survives."""
    file: Any = Document()
    _set_up(file, found)
    file.add_heading(clean(_("Method note: %(title)s", title=localised(found.wave, "title"))), level=0)
    _say(file, str(Site().office))
    _say(file, sentence(found))
    _areas(file, found)
    for number, section in enumerate(method(found), start=1):
        _section(file, number, section)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _set_up(file: Any, found: Results) -> None:
    """Page, fonts for both scripts, language, and properties that name no computer and no person."""
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.2)
    for name in ("Normal", "Title", "Heading 1"):
        fonts = file.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi"):
            fonts.set(qn(f"w:{script}"), "Arial")
        fonts.set(qn("w:eastAsia"), _FONTS[page_language()])
    file.styles["Normal"].font.size, file.styles["Title"].font.size = Pt(10.5), Pt(20)
    for language in file.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), _TAGS[page_language()] if page_language() != "en" else "zh-CN")
        language.set(qn("w:val"), _TAGS[page_language()])
    about = file.core_properties
    about.title, about.author = (
        clean(f"{rate_name(found)} · {localised(found.wave, 'title')}"),
        clean(str(Site().office)),
    )
    about.comments, about.language = "", _TAGS[page_language()]
    about.created = about.modified = found.wave.released_at or found.wave.closed_at or found.wave.changed_at


def _areas(file: Any, found: Results) -> None:
    head = [_("Area"), _("Share"), _("Interval"), _("Answers counted"), _("Cannot be told apart from")]
    missing = _("not shown")
    rows = [
        [row["name"], *(row[key] or missing for key in ("p", "span", "n")), row["like"] or "–"]
        for row in area_rows(found)
    ]
    _table(file, [head, *rows])
    for words in (*group_sentences(found), hidden_sentence(found)):
        _say(file, words)
    if found.wave.released_at is not None:
        _say(file, _("Released on %(day)s.", day=full_day(local(found.wave.released_at).date())))


def _section(file: Any, number: int, section: Section) -> None:
    file.add_heading(clean(f"{number}. {section.title}"), level=1)
    for words in section.said:
        _say(file, words)
    if section.table:
        _table(file, section.table)


def _say(file: Any, words: str) -> None:
    for line in clean(words).splitlines():
        if line.strip():
            file.add_paragraph(line)


def _table(file: Any, rows: list[list[str]]) -> None:
    """A table whose first row is repeated on every page and read as headings."""
    table = file.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = clean(text)
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    file.add_paragraph()
