"""The county's own questions, as its folder of files holds them (quiz_questions.yaml)."""

from __future__ import annotations

from typing import Any

from citizen.quizzes.formats.draft import LETTERS, Draft, Text
from citizen.quizzes.rules.questions import FALSE, TRUE, Kind

_KINDS = {"single": Kind.SINGLE, "multiple": Kind.MULTIPLE, "judge": Kind.TRUE_FALSE}


def read_county(parsed: dict[str, Any]) -> list[Draft]:
    """The questions of the parsed file in its order; raises KeyError or ValueError for a file that is not as it should be."""
    return [_draft(row, number) for number, row in enumerate(parsed["questions"], start=1)]


def _draft(row: dict[str, Any], number: int) -> Draft:
    options = row.get("options", ())
    if [option["key"] for option in options] != list(LETTERS[: len(options)]):
        raise ValueError(f"{row['id']}: options are not lettered from A on")
    answer = row["answer"]
    return Draft(
        row=number,
        code=row["id"],
        kind=_KINDS[row["type"]],
        topic=row["topic"],
        difficulty=row["difficulty"],
        stem=Text(row["stem_zh"], row["stem_en"]),
        options=tuple(Text(str(option["zh"]), str(option["en"])) for option in options),
        key=(TRUE if answer else FALSE,) if isinstance(answer, bool) else tuple(answer),
        explanation=Text(row["explain_zh"], row["explain_en"]),
        source=Text(row["basis_zh"], row["basis"]),
    )
