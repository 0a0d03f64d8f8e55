"""The table of questions as a workbook: empty with an example and an explanation, or filled for export."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from citizen.core.exports import clean, sheet_name
from citizen.quizzes.formats.columns import COLUMNS
from citizen.quizzes.formats.draft import LETTERS, Draft, Text
from citizen.quizzes.rules.importing import MAX_QUESTIONS
from citizen.quizzes.rules.questions import TRUE, Kind

KINDS = {Kind.SINGLE: "单选", Kind.MULTIPLE: "多选", Kind.TRUE_FALSE: "判断"}
LEVELS = {1: "易", 2: "中", 3: "难"}
EXAMPLE = "示例"
_LISTS = "lists"
#: As text, so that a spreadsheet makes no date of 3月5日 and no number of 012.
_TEXT = {"num_format": "@", "text_wrap": True, "valign": "top"}


def questions_xlsx(title: str, drafts: Iterable[Draft], *, topics: Mapping[str, str]) -> bytes:
    """A workbook that `sheet.read_xlsx` reads back without any change; ``topics`` gives the Chinese name of each code."""
    return _workbook(title, [_row(draft, topics) for draft in drafts], topics=topics)


def template_xlsx(title: str, examples: Iterable[Draft], *, topics: Mapping[str, str], notes: Sequence[str]) -> bytes:
    """The workbook that authors fill in: examples that are never imported, and ``notes`` on a sheet of their own."""
    rows = [{**_row(draft, topics), "code": EXAMPLE} for draft in examples]
    return _workbook(title, rows, topics=topics, notes=notes)


def _workbook(
    title: str, rows: Sequence[Mapping[str, str]], *, topics: Mapping[str, str], notes: Sequence[str] = ()
) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(sheet_name(title))
        _headings(book, sheet)
        example = book.add_format(
            {"font_color": "#6b6b6b", "italic": True, "text_wrap": True, "valign": "top", "num_format": "@"}
        )
        text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for number, row in enumerate(rows, start=1):
            for place, column in enumerate(COLUMNS):
                if row.get(column.part):
                    form = example if row["code"] == EXAMPLE else text
                    sheet.write_string(number, place, clean(row[column.part]), form)
        if notes:
            explanation = book.add_worksheet("填写说明 How to fill in")
            explanation.set_column(0, 0, 100)
            for number, note in enumerate(notes):
                explanation.write_string(number, 0, clean(note), text)
        _choices(book, sheet, topics)
    return out.getvalue()


def _headings(book: Any, sheet: Any) -> None:
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#eef3f0"})
    plain = book.add_format(_TEXT)
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width, plain)
        sheet.write_string(0, place, column.heading, bold)


def _choices(book: Any, sheet: Any, topics: Mapping[str, str]) -> None:
    """Lists to choose from for type, topic and difficulty; long ones do not fit into the cell's own rule."""
    hidden = book.add_worksheet(_LISTS)
    hidden.hide()
    lists = {"kind": list(KINDS.values()), "topic": list(topics.values()), "difficulty": list(LEVELS.values())}
    for place, (part, words) in enumerate(lists.items()):
        hidden.write_column(0, place, [clean(word) for word in words])
        name = "ABC"[place]
        column = next(number for number, column in enumerate(COLUMNS) if column.part == part)
        source = f"={_LISTS}!${name}$1:${name}${len(words)}"
        sheet.data_validation(1, column, MAX_QUESTIONS, column, {"validate": "list", "source": source})


def _row(draft: Draft, topics: Mapping[str, str]) -> dict[str, str]:
    """Part → text of every cell."""
    judged = draft.kind == Kind.TRUE_FALSE
    cells = {
        "code": draft.code,
        "kind": KINDS[draft.kind],
        "topic": topics.get(draft.topic, draft.topic),
        "difficulty": LEVELS.get(draft.difficulty, ""),
        "key": ("对" if TRUE in draft.key else "错" if draft.key else "") if judged else "".join(draft.key),
        "tags": "、".join(draft.tags),
        "valid_from": draft.valid_from.isoformat() if draft.valid_from else "",
        "valid_to": draft.valid_to.isoformat() if draft.valid_to else "",
    }
    texts = {"stem": draft.stem, "explanation": draft.explanation, "source": draft.source}
    texts |= {f"option_{place}": option for place, option in zip(range(len(LETTERS)), draft.options, strict=False)}
    for name, text in texts.items():
        cells |= _both(name, text)
    return cells


def _both(name: str, text: Text) -> dict[str, str]:
    noun, _line, place = name.partition("_")
    ending = f"_{place}" if place else ""
    return {f"{noun}_hans{ending}": text.hans, f"{noun}_en{ending}": text.en}
