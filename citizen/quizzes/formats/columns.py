"""The columns of the table of questions: their headings in both languages and every other name that authors use."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from citizen.quizzes.formats.draft import LETTERS


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the template."""

    #: The part of an `entry.Entry` that it fills.
    part: str
    zh: str
    en: str
    #: In characters of the spreadsheet.
    width: int = 14
    #: Other headings that mean it.
    aliases: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """What the template's first row says."""
        return f"{self.zh} {self.en}"


def _options(language: str, width: int) -> tuple[Column, ...]:
    zh, en = ("", "") if language == "hans" else ("（英文）", " (English)")
    return tuple(
        Column(
            f"option_{language}_{place}",
            f"选项{letter}{zh}",
            f"Option {letter}{en}",
            width,
            (f"{letter}{zh}", f"{letter}选项{zh}", *((f"Option {letter} (Chinese)",) if language == "hans" else ())),
        )
        for place, letter in enumerate(LETTERS)
    )


COLUMNS = (
    Column("code", "编号", "Code", 10, ("题号", "题目编号", "代码", "ID")),
    Column("kind", "题型", "Type", 10, ("类型", "题目类型", "Kind", "Question type")),
    Column("topic", "主题", "Topic", 16, ("分类", "类别", "知识点", "Category")),
    Column("difficulty", "难度", "Difficulty", 8, ("难易", "难易度", "难度等级", "Level")),
    Column("stem_hans", "题干", "Question", 44, ("题目", "问题", "试题", "题目内容", "Stem", "Question (Chinese)")),
    *_options("hans", 20),
    Column("key", "答案", "Answer", 9, ("正确答案", "参考答案", "标准答案", "Key", "Right answer", "Correct answer")),
    Column("explanation_hans", "解析", "Explanation", 36, ("答案解析", "试题解析", "说明", "Explanation (Chinese)")),
    Column("source_hans", "依据", "Source", 30, ("出处", "来源", "法律依据", "Basis", "Source (Chinese)")),
    Column("stem_en", "题干（英文）", "Question (English)", 44, ("英文题干", "Stem (English)")),
    *_options("en", 20),
    Column("explanation_en", "解析（英文）", "Explanation (English)", 36, ("英文解析",)),
    Column("source_en", "依据（英文）", "Source (English)", 30, ("英文依据", "Basis (English)")),
    Column("tags", "标签", "Tags", 14, ("关键词", "Keywords")),
    Column("valid_from", "生效日期", "Valid from", 12, ("有效期起", "起始日期")),
    Column("valid_to", "失效日期", "Valid to", 12, ("有效期止", "截止日期", "Valid until")),
)
#: Without these a table is no list of questions.
NEEDED = ("stem_hans", "key")
_DROPPED = re.compile(r"[\s()\[\]【】*:_/\\|-]+")


def _plain(heading: str) -> str:
    return _DROPPED.sub("", unicodedata.normalize("NFKC", heading)).casefold()


_PART_OF = {
    _plain(name): column.part
    for column in COLUMNS
    for name in (column.zh, column.en, column.heading, f"{column.en}{column.zh}", *column.aliases)
}


def part_of(heading: str) -> str | None:
    """The part that a heading means, in either language or both, with any spaces and brackets; else None."""
    return _PART_OF.get(_plain(heading))


def unsaid(parts: set[str]) -> frozenset[str]:
    """What a table with these columns has no place for, as `draft.PARTS`."""
    english = {part for part in parts if part.endswith("_en") or "_en_" in part}
    places = {
        "en": bool(english),
        "topic": "topic" in parts,
        "difficulty": "difficulty" in parts,
        "explanation": bool(parts & {"explanation_hans", "explanation_en"}),
        "source": bool(parts & {"source_hans", "source_en"}),
        "tags": "tags" in parts,
        "valid": bool(parts & {"valid_from", "valid_to"}),
    }
    return frozenset(name for name, there in places.items() if not there)
