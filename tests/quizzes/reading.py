"""Reading questions in tests: what the county knows, and problems as plain tuples."""

from __future__ import annotations

from citizen.quizzes.formats.draft import Draft, Read
from citizen.quizzes.formats.entry import Known

TOPICS = {"traffic": "走路骑车的规矩", "waste": "垃圾分类"}
KNOWN = Known({**{code: code for code in TOPICS}, **{name: code for code, name in TOPICS.items()}}, "traffic", 1)
#: Nothing is said for the whole file.
STRICT = Known(KNOWN.topics)


def said(read: Read) -> list[tuple[int, str, str]]:
    """(row, column, sentence) of every problem."""
    return [(problem.row, problem.column, str(problem.message)) for problem in read.problems]


def short(draft: Draft) -> tuple[str, str, tuple[str, ...], str]:
    """(kind, stem, options, key) in Chinese."""
    return draft.kind.value, draft.stem.hans, tuple(option.hans for option in draft.options), "".join(draft.key)
