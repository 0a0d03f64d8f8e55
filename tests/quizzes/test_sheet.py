"""Tables of questions: what people do to a spreadsheet, what strangers do to a file, and that all of it ends in words."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook

from citizen.quizzes.documents.imports import template
from citizen.quizzes.formats.columns import COLUMNS
from citizen.quizzes.formats.draft import Draft, Text
from citizen.quizzes.formats.reading import read
from citizen.quizzes.formats.sheet import read_csv, read_xlsx
from citizen.quizzes.formats.sheet_writing import questions_xlsx
from citizen.quizzes.queries.imports import known
from citizen.quizzes.rules.questions import Kind
from citizen.web.locale import speaking
from tests.quizzes.reading import KNOWN, STRICT, TOPICS, said, short


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    with speaking("en"):
        yield


HEADINGS = ("编号", "题型", "主题", "难度", "题干", "选项A", "选项B", "选项C", "答案", "依据")
GOOD = ("Q1", "单选", "垃圾分类", "中", "红色是哪一类？", "可回收物", "有害垃圾", "", "B", "GB/T 19095")


def workbook(rows: Sequence[Sequence[Any]], change: Callable[[Workbook], None] = lambda book: None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(rows: Sequence[Sequence[str]], sign: str = ",") -> str:
    return "\r\n".join(sign.join(row) for row in rows) + "\r\n"


FULL = replace(
    Draft(0, "Q-1", Kind.MULTIPLE, "waste", 3, Text("甲：=1\n乙？", "=cmd|' /C calc'!A0"), (Text("3月5日", "5 March"), Text("82%", "82%"), Text("012", "12")), ("A", "C")),
    explanation=Text("解析", "Because"), source=Text("《法》", "Law"), tags=("颜色", "标准"), valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31),
)  # fmt: skip


def test_what_is_written_is_read_back() -> None:
    truth = Draft(0, "Q-2", Kind.TRUE_FALSE, "traffic", 1, Text("乙。", "B."), (), ("false",))
    back = read_xlsx(questions_xlsx("题目", [FULL, truth], topics=TOPICS), STRICT)
    assert said(back) == [] and not any(draft.unsaid for draft in back.drafts)
    assert [replace(draft, row=0, column="") for draft in back.drafts] == [FULL, truth]


def test_the_template_has_lists_examples_and_an_explanation_and_holds_no_question() -> None:
    book = load_workbook(io.BytesIO(template()))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == [column.heading for column in COLUMNS]
    assert {str(rule.sqref).split(":")[0] for rule in sheet.data_validations.dataValidation} == {"B2", "C2", "D2"}
    assert [each.sheet_state for each in book.worksheets] == ["visible", "visible", "hidden"]
    assert "一题一行" in str(book.worksheets[1]["A1"].value) and book.worksheets[2]["B1"].value == "核心价值观"
    empty = read_xlsx(template(), known())
    assert empty.drafts == () and said(empty) == []
    rows = [sheet[2], sheet[3], sheet[4]]
    for number, row in enumerate(rows):
        row[0].value = f"X{number}"
    out = io.BytesIO()
    book.save(out)
    assert len(read_xlsx(out.getvalue(), known()).drafts) == 3  # the examples are good questions


ENGLISH = ("Answer", "Option B", "Question", "Option A", "Type", "Topic", "Difficulty")


@pytest.mark.parametrize(
    "rows",
    [
        (HEADINGS, GOOD),
        (("竞赛题库",), (), HEADINGS, (), GOOD),
        (tuple(f" {name} * " for name in HEADINGS), ("Q1", "单项选择题", "waste", "２", *GOOD[4:8], "Ｂ", GOOD[9])),
        (ENGLISH, ("b", "有害垃圾", "红色是哪一类？", "可回收物", "Single", "垃圾分类", "medium")),
        (("答案 Answer", "题干/Question", "选项B（Option B）", "A"), ("B.", "红色是哪一类？", "有害垃圾", "可回收物")),
    ],
)
@pytest.mark.parametrize("kind", ["xlsx", "utf-8-sig", "gb18030", "utf-16", "tabs", "semicolons"])
def test_headings_in_either_language_and_any_order(rows: Sequence[Sequence[str]], kind: str) -> None:
    encoded = {
        "xlsx": lambda: workbook(rows),
        "tabs": lambda: table(rows, "\t").encode("utf-16-le"),
        "semicolons": lambda: table(rows, ";").encode(),
    }
    data = encoded.get(kind, lambda: table(rows).encode(kind))()
    found = (read_xlsx if kind == "xlsx" else read_csv)(data, KNOWN)
    assert said(found) == []
    assert [short(draft) for draft in found.drafts] == [("single", "红色是哪一类？", ("可回收物", "有害垃圾"), "B")]


def broken(part: int, value: Any, *, kind: str = "单选") -> tuple[Any, ...]:
    row = ["Q9", kind, "垃圾分类", "中", "问？", "甲", "乙", "", "A", ""]
    row[part] = value
    return tuple(row)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (broken(1, "连线"), "B 题型", "“连线” is no type of question"),
        (broken(2, "钓鱼"), "C 主题", "“钓鱼” is none of the topics."),
        (broken(3, "很难"), "D 难度", "is no difficulty"),
        (broken(4, ""), "E 题干", "Write the question in Chinese"),
        (broken(4, "字" * 501), "E 题干", "too long"),
        (broken(6, "甲。"), "F 选项A", "Two options say the same"),
        (broken(7, "=1+1"), "H 选项C", "A formula stands here."),
        (broken(7, "#N/A"), "H 选项C", "Excel reports an error here (#N/A)."),
        (broken(7, date(2026, 3, 5)), "H 选项C", "has made a date"),
        (broken(8, "D"), "I 答案", "There is no option D."),
        (broken(8, "AB"), "I 答案", "Mark exactly one right answer"),
        (broken(8, "A", kind="多选"), "I 答案", "Mark at least two right answers"),
        (broken(8, ""), "I 答案", "The right answer is missing."),
        (broken(8, "对", kind="判断"), "F 选项A", "has no options of its own"),
        (broken(0, "第 1 题"), "A 编号", "A code has at most 20"),
        (broken(0, "Q1"), "A 编号", "Rows 2 and 3 have the same code."),
        (("Q8", *GOOD[1:]), "E 题干", "Rows 2 and 3 are the same question."),
    ],
)
def test_mistakes_are_named_by_row_and_column_and_hold_up_nothing_else(
    row: Sequence[Any], column: str, words: str
) -> None:
    found = read_xlsx(workbook([HEADINGS, GOOD, row]), KNOWN)
    assert [draft.code for draft in found.drafts] == ["Q1"]
    assert [(problem[0], problem[1]) for problem in said(found)] == [(3, column)] and words in said(found)[0][2]


def test_control_characters_in_a_text_table_are_named() -> None:
    rows = (HEADINGS, GOOD, broken(5, "甲\x07\x00"))
    assert said(read_csv(table(rows).encode(), KNOWN)) == [
        (3, "F 选项A", "An invisible control character (U+0007) stands here. Please type the text again.")
    ]


def test_missing_unknown_and_repeated_columns_are_named() -> None:
    found = read_xlsx(workbook([("题干", "答案", "心情", "题目"), ("盲道可以停车。", "错", "好", "x")]), KNOWN)
    assert [short(draft)[3] for draft in found.drafts] == ["false"]
    assert said(found) == [
        (1, "C", "Nobody knows the column “心情”; it was not read."),
        (1, "D", "The column “题目” is there twice; this one was not read."),
    ]
    assert said(read_xlsx(workbook([("题干", "选项A"), ("甲", "乙")]), KNOWN)) == [
        (1, "A", "The column “答案 / Answer” is missing.")
    ]
    assert "There is no row of headings" in said(read_csv("甲,乙\n丙,丁\n".encode(), KNOWN))[0][2]
    sentences = [words for _row, _column, words in said(read_csv("题干,答案\n甲,对\n".encode(), STRICT))]
    assert len(sentences) == 2 and "topic is missing" in sentences[0] and "difficulty is missing" in sentences[1]


def test_merged_cells_count_down_one_column_only() -> None:
    rows = [
        HEADINGS,
        GOOD,
        ("Q2", "判断", None, "易", "乙。", "", "", "", "√", None),
        ("Q3", "判断", "垃圾分类", "易", "丙。", "", "", "", "×"),
    ]

    def merge(book: Workbook) -> None:
        for span in ("C2:C3", "J2:J3", "E4:F4"):
            book.active.merge_cells(span)

    found = read_xlsx(workbook(rows, merge), STRICT)
    assert [(draft.code, draft.topic, draft.source.hans) for draft in found.drafts] == [
        ("Q1", "waste", "GB/T 19095"), ("Q2", "waste", "GB/T 19095"),
    ]  # fmt: skip
    assert [(row, column) for row, column, _words in said(found)] == [(4, "E 题干")] and "Merged cells" in said(found)[
        0
    ][2]


def test_hidden_sheets_are_ignored_and_a_second_list_is_named() -> None:
    def add(book: Workbook) -> None:
        first = book.active
        hidden = book.create_sheet("旧题", 0)
        for row in (HEADINGS, broken(4, "旧？")):
            hidden.append(row)
        hidden.sheet_state = "hidden"
        book.create_sheet("说明").append(["怎么填"])
        second = book.create_sheet("更多")
        for row in (HEADINGS, broken(4, "新？")):
            second.append(row)
        book.active = book.worksheets.index(first)

    found = read_xlsx(workbook([HEADINGS, GOOD], add), KNOWN)
    assert [draft.code for draft in found.drafts] == ["Q1"]
    assert [(row, column) for row, column, _words in said(found)] == [(0, "更多")]


def test_numbers_and_percentages_are_texts_as_shown() -> None:
    def percent(book: Workbook) -> None:
        book.active["G2"].number_format = "0%"

    row = ("Q1", "单选", "垃圾分类", 2, "多少？", 12315.0, 0.82, 1.5, "B", "")
    [draft] = read_xlsx(workbook([HEADINGS, row], percent), KNOWN).drafts
    assert [option.hans for option in draft.options] == ["12315", "82%", "1.5"]


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_sheet(old: bytes, new: bytes) -> bytes:
    """A good workbook with something put into the XML of its sheet."""
    with zipfile.ZipFile(io.BytesIO(workbook([HEADINGS, GOOD]))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert old in parts[name]
    return packed({**parts, name: parts[name].replace(old, new, 1)})


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet'
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (lambda: packed({"xl/worksheets/sheet1.xml": b"<c/>" * 7_000_000}), "unpacks to far more"),
    "parts": (lambda: packed({f"{n}.xml": b"<a/>" for n in range(500)}), "unpacks to far more"),
    "no zip": (lambda: b"PK\x03\x04" + b"x" * 100, "no Excel file"),
    "text": ("题干,答案".encode, "no Excel file"),
    "old": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel file"),
    "nuls": (lambda: bytes(5_000), "no Excel file"),
    "other zip": (lambda: packed({"a.txt": b"hello"}), "damaged"),
    "broken xml": (lambda: with_sheet(b"<sheetData>", b"<sheetData><row>"), "damaged"),
    "entities": (lambda: with_sheet(b"<worksheet", ENTITIES), "instructions"),
    "utf-16": (lambda: packed({"x.xml": "<a/>".encode("utf-16")}), "instructions"),
    "cells": (lambda: with_sheet(b"<sheetData>", b"<sheetData>" + b"<c/>" * 210_000), "too many cells"),
    "merged": (lambda: with_sheet(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'), "too many cells"),
    "merged oddly": (lambda: with_sheet(b"</sheetData>", b'</sheetData><mergeCells><mergeCell x="" ref="A1:XFD1048576"/></mergeCells>'), "too many cells"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_answered_in_words(name: str) -> None:
    make, words = HOSTILE[name]
    data, before = make(), time.process_time()
    found = read_xlsx(data, KNOWN)
    assert found.drafts == () and len(found.problems) == 1 and words in said(found)[0][2]
    assert time.process_time() - before < 2


def test_far_cells_cost_nothing_and_are_named() -> None:
    far = b'<sheetData><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    before = time.process_time()
    found = read_xlsx(with_sheet(b"<sheetData>", far), KNOWN)
    assert [draft.code for draft in found.drafts] == ["Q1"] and len(found.problems) == 2
    assert time.process_time() - before < 3


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 1_000,
        b'"' * 150_001,
        b"\xff\xfe\x00\xd8",
        b",;\t\n" * 20_000,
        "题干,答案\n".encode() + b'"' + b"x" * 140_000,
    ],
)
def test_a_hostile_text_table_is_answered_in_words(data: bytes) -> None:
    found = read_csv(data, KNOWN)
    assert found.drafts == () and found.problems


def test_a_file_ends_at_two_thousand_questions() -> None:
    rows = [("题干", "答案"), *((f"第{number}题。", "对") for number in range(2_001))]
    found = read_csv(table(rows).encode(), KNOWN)
    assert len(found.drafts) == 2_000 and said(found) == [
        (2_002, "A 题干", "A file has at most 2000 questions; the rest was not read.")
    ]


@pytest.mark.parametrize(("data", "words"), [(b"", "empty"), (b" \n", "empty"), (b"x" * 2_000_001, "larger than 2 MB")])
def test_too_little_and_too_much_is_refused_at_once(data: bytes, words: str) -> None:
    with pytest.raises(Exception, match=words):
        read(data, "a.txt", wanted=None, known=KNOWN)
