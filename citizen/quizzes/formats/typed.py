"""What authors type for a kind, a difficulty, a right answer or a day, in either language and any width."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from citizen.quizzes.rules.questions import FALSE, TRUE, Kind

_KINDS = {
    Kind.SINGLE: ("single", "single choice", "singlechoice", "单选", "单选题", "单项选择", "单项选择题", "单项"),
    Kind.MULTIPLE: (
        "multiple", "multiple choice", "multiplechoice", "multiple answers", "多选", "多选题", "多项选择", "多项选择题", "多项",
    ),
    Kind.TRUE_FALSE: (
        "true/false", "true_false", "truefalse", "true false", "judge", "判断", "判断题", "是非", "是非题", "对错",
    ),
}  # fmt: skip
#: Chinese authors' words for "one or more may be right": the answer itself says which.
_OPEN = ("选择", "选择题", "不定项", "不定项选择", "不定项选择题")
_DIFFICULTIES = {
    1: ("1", "一", "易", "容易", "简单", "较易", "较容易", "easy", "★", "★☆☆", "☆", "低"),
    2: ("2", "二", "中", "中等", "一般", "适中", "medium", "middling", "middle", "★★", "★★☆", "☆☆"),
    3: ("3", "三", "难", "困难", "较难", "hard", "difficult", "★★★", "☆☆☆", "高"),
}
_TRUTHS = {
    TRUE: ("t", "true", "√", "✓", "✔", "☑", "v", "对", "正确", "是", "y", "yes", "right"),
    FALSE: ("f", "false", "×", "✗", "✘", "✕", "❌", "x", "错", "错误", "否", "n", "no", "wrong", "不正确", "不对"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_DIFFICULTY_OF = {word: level for level, words in _DIFFICULTIES.items() for word in words}
_TRUTH_OF = {word: truth for truth, words in _TRUTHS.items() for word in words}
_BETWEEN = re.compile(r"[\s,，、;；/|.。+&和]+")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?: 00:00(?::00)?)?\Z", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}\Z")


def folded(text: str) -> str:
    """``text`` as it is compared: full-width letters and digits as plain ones, lower case, no brackets around it."""
    # An X sign would become the letter ×; NFKC leaves it alone, and so does this.
    return unicodedata.normalize("NFKC", text).strip().strip("[]()【】").strip().casefold()


def kind_of(text: str) -> Kind | None:
    """The kind that ``text`` names, else None."""
    return _KIND_OF.get(folded(text))


def leaves_kind_open(text: str) -> bool:
    """Whether ``text`` names a choice without saying how many options are right."""
    return folded(text) in _OPEN


def difficulty_of(text: str) -> int | None:
    """1, 2 or 3, else None; numbers out of a spreadsheet may come as 2.0."""
    return _DIFFICULTY_OF.get(folded(text).removesuffix(".0").removesuffix("级"))


def truth_of(text: str) -> str | None:
    """`TRUE` or `FALSE` for any way of typing them, else None."""
    return _TRUTH_OF.get(folded(text).rstrip(".。"))


def letters_of(text: str) -> tuple[str, ...] | None:
    """The option letters in ``text``, sorted, each once ('Ｂ、a' → A, B); None when it holds anything else."""
    bare = _BETWEEN.sub("", folded(text)).upper()
    if not bare or not all("A" <= letter <= "H" for letter in bare):
        return None
    return tuple(sorted(set(bare)))


def day_of(text: str) -> date | None:
    """A day typed as 2026-08-31, 2026/8/31 or 2026年8月31日, else None."""
    match = _DAY.match(folded(text))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def code_of(text: str) -> str | None:
    """A question's code as it may be typed (ASCII letters, digits, dots and dashes, at most 20), else None."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain if _CODE.match(plain) else None
