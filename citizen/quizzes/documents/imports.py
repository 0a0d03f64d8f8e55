"""What the pages of an import show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from citizen.core.content import content
from citizen.quizzes.documents.bank_words import difficulty_name, joined, kind_name, topic_name
from citizen.quizzes.formats.county import read_county
from citizen.quizzes.formats.draft import Draft
from citizen.quizzes.formats.sheet_writing import template_xlsx
from citizen.quizzes.forms.imports import FORMAT_WORDS
from citizen.quizzes.models import QuestionImport
from citizen.quizzes.queries.bank import names_of, topics
from citizen.quizzes.queries.imports import Planned, counted, mine, signature
from citizen.quizzes.rules.importing import MAX_QUESTIONS, Format, Verdict
from citizen.quizzes.rules.questions import Content, Kind, lacking
from citizen.web.locale import page_language
from citizen.web.templating import when

PAGE = 100
PROBLEMS = "problems"
VIEWS: dict[str, Any] = {
    PROBLEMS: _l("Problems"),
    Verdict.NEW: _l("New questions"),
    Verdict.CHANGED: _l("Changed questions"),
    Verdict.SAME: _l("Nothing changes"),
}
FIELDS: dict[str, Any] = {
    "kind": _l("type"),
    "topic": _l("topic"),
    "difficulty": _l("difficulty"),
    "stem": _l("question"),
    "options": _l("options"),
    "key": _l("right answer"),
    "explanation": _l("explanation"),
    "source": _l("source"),
    "tags": _l("tags"),
    "valid_from": _l("first day"),
    "valid_to": _l("last day"),
}


def index_page(person_id: int) -> dict[str, Any]:
    """The person's last imports."""
    return {"rows": [_import(row) for row in mine(person_id)], "most": MAX_QUESTIONS}


def _import(row: QuestionImport) -> dict[str, Any]:
    outcome = row.outcome
    return {
        "url": url_for("imports.show", import_id=row.id),
        "name": row.file_name or _("Pasted text"),
        "format": str(FORMAT_WORDS[Format(row.format)]),
        "when": when(row.made_at),
        "state": "done" if outcome else "working",
        "word": _("taken over") if outcome else _("only looked at"),
        "outcome": outcome_words(outcome) if outcome else "–",
    }


def outcome_words(outcome: dict[str, int]) -> str:
    """What taking over did, in one line."""
    return joined(
        [
            ngettext("%(num)d new", "%(num)d new", outcome["new"]),
            ngettext("%(num)d changed", "%(num)d changed", outcome["changed"]),
            ngettext("%(num)d unchanged", "%(num)d unchanged", outcome["same"]),
        ]
    )


def import_page(row: QuestionImport, planned: Sequence[Planned], *, view: str, page: int) -> dict[str, Any]:
    """One import: how many questions of each kind, and one page of one of them; a page after the last is the last."""
    numbers = counted(planned)
    problems = _problems(row, planned)
    counts: dict[str, int] = {code: numbers.get(Verdict(code), 0) for code in VIEWS if code != PROBLEMS}
    counts[PROBLEMS] = len(problems)
    chosen = view if view in VIEWS else next((code for code in VIEWS if counts[code]), Verdict.NEW.value)
    pages = max(1, -(-counts[chosen] // PAGE))
    page = min(page, pages)
    span = slice((page - 1) * PAGE, page * PAGE)
    chosen_rows = [step for step in planned if step.verdict == chosen][span]
    return {
        "row": _import(row),
        "done": row.outcome is not None,
        "lines": row.format in (Format.GIFT, Format.AIKEN),
        "view": str(chosen),
        "views": [_view(row.id, code, counts[code], str(chosen)) for code in VIEWS],
        "problems": problems[span] if chosen == PROBLEMS else [],
        "n_problems": len(problems),
        "questions": _questions(chosen_rows),
        "will": numbers[Verdict.NEW] + numbers[Verdict.CHANGED],
        "seen": signature(planned),
        "page": page,
        "pages": pages,
        "prev_url": _address(row.id, chosen, page - 1) if page > 1 else "",
        "next_url": _address(row.id, chosen, page + 1) if page < pages else "",
    }


def _address(import_id: int, view: str, page: int = 1) -> str:
    more: dict[str, Any] = {"page": page} if page > 1 else {}
    return url_for("imports.show", import_id=import_id, view=str(view), **more)


def _view(import_id: int, code: str, count: int, chosen: str) -> dict[str, Any]:
    return {"url": _address(import_id, code), "label": VIEWS[code], "count": count, "current": code == chosen}


def _problems(row: QuestionImport, planned: Iterable[Planned]) -> list[dict[str, Any]]:
    """What the reader found, and what stands in the way in the bank, by rows."""
    blocked = [
        {"row": step.draft.row, "column": step.draft.column, "message": str(step.reason)}
        for step in planned
        if step.verdict == Verdict.BLOCKED
    ]
    found = sorted([*row.errors, *blocked], key=lambda problem: problem["row"])
    return [
        {**problem, "row": problem["row"] or _("whole file"), "column": problem["column"] or "–"} for problem in found
    ]


def _questions(planned: Sequence[Planned]) -> list[dict[str, Any]]:
    authors = names_of(step.over.author_id for step in planned if step.over)
    return [_question(step, authors) for step in planned]


def _question(step: Planned, authors: dict[int, str]) -> dict[str, Any]:
    draft = step.draft
    known = step.verdict in (Verdict.CHANGED, Verdict.SAME)
    return {
        "row": draft.row,
        "code": step.code or draft.code,
        "url": url_for("question_desk.show", code=step.code) if known and step.code else "",
        "stem": (draft.stem.en if page_language() == "en" else draft.stem.hans) or draft.stem.hans or draft.stem.en,
        "about": joined([kind_name(draft.kind), *_said(step.content or draft)]),
        "note": _note(step, authors),
    }


def _said(step: Draft | Content) -> list[str]:
    topic = [topic_name(step.topic)] if step.topic else []
    return [*topic, *([difficulty_name(step.difficulty)] if step.difficulty else [])]


def _note(step: Planned, authors: dict[int, str]) -> str:
    """What is different, whose draft is written over, how much is missing before a review."""
    notes = []
    if step.differs:
        notes.append(_("Other than in the bank: %(fields)s.", fields=joined(FIELDS[name] for name in step.differs)))
    if step.over is not None:
        notes.append(_("Writes over the draft of %(name)s.", name=authors.get(step.over.author_id, "–")))
    missing = len(lacking(step.content)) if step.content else 0
    if missing:
        notes.append(
            ngettext(
                "%(num)d text is missing before the review.", "%(num)d texts are missing before the review.", missing
            )
        )
    if step.retired and step.verdict in (Verdict.SAME, Verdict.CHANGED):
        notes.append(_("Stands in the bank as %(code)s, which is out of use.", code=step.code))
    elif step.verdict == Verdict.SAME:
        notes.append(_("Stands in the bank as %(code)s.", code=step.code))
    return " ".join(notes) if page_language() == "en" else "".join(notes)


def template() -> bytes:
    """The workbook that authors fill in, with one example of each type from the county's own questions."""
    examples: dict[Kind, Draft] = {}
    for draft in read_county(content().yaml("quiz_questions.yaml")):
        examples.setdefault(draft.kind, draft)
    names = {row.code: row.words.hans for row in topics()}
    return template_xlsx("题目 Questions", examples.values(), topics=names, notes=NOTES)


#: The sheet is for authors who send it to each other, so it speaks both languages whatever the page did.
NOTES = (
    "一题一行。第一行是列名，请不要改；列的顺序可以变，不用的列可以删。",
    "“示例”行只作参考，导入时会跳过。",
    "编号：已有题目填原编号，内容不同就生成新版本；新题可以留空，由系统编号。",
    "题型：单选、多选、判断；留空时按选项和答案判断。",
    "主题、难度：从下拉列表中选；整个文件都一样时可以留空，在导入页面统一选择。",
    "选项：从A开始连续填写，最多八个；判断题不填选项。",
    "答案：单选填一个字母，多选如 ABD，判断填 对 或 错（√ × 也可以）。",
    "依据：写清法律名称和条款，如《中华人民共和国民法典》第一千二百五十四条。",
    "日期：写成 2026-08-31。不要使用公式和合并单元格；主题、难度、依据等列纵向合并的，按合并的内容理解。",
    f"一个文件最多 {MAX_QUESTIONS} 题、2 MB。导入前会先显示结果，确认后才写入，写入的都是草稿，由另一人审核。",
    "One question in each row. Keep the first row; columns may stand in any order, unused ones may go.",
    "Rows whose code is 示例 are examples and are not imported.",
    "Code: that of the question in the bank to make its next version; leave it empty for a new question.",
    "Type: 单选 or single, 多选 or multiple, 判断 or true/false; left empty, it follows from options and answer.",
    "Answer: B, or ABD, or 对/错 (√ × T F do as well). Source: name the law and its article.",
    "No formulas. Merged cells count only down one column of type, topic, difficulty, source, tags or dates.",
)
