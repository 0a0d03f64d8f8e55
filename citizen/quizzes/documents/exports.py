"""The bank as a file that can be brought back: everything as a workbook, or one language as GIFT for Moodle."""

from __future__ import annotations

from dataclasses import replace

from citizen.core import clock
from citizen.quizzes.documents.bank_list import wanted_of
from citizen.quizzes.documents.bank_words import difficulty_name, joined, state_tag, topic_name
from citizen.quizzes.formats.gift_writing import gift_lines
from citizen.quizzes.formats.sheet_writing import questions_xlsx
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.queries.bank_list import Wanted
from citizen.quizzes.queries.exports import exported
from citizen.quizzes.rules.questions import VersionState

#: The value of ?in= → the language of a GIFT file.
LANGUAGES = {"zh-Hans": "hans", "en": "en"}


def asked_for(values: dict[str, str]) -> Wanted:
    """The view that an address asks for; without a state it is what is in use."""
    wanted = wanted_of(values)
    return wanted if wanted.state else replace(wanted, state=VersionState.READY.value)


def view_words(wanted: Wanted) -> str:
    """The view in words: state, topic, difficulty and what else narrows it."""
    parts = [state_tag(wanted.state)[1], wanted.topic and topic_name(wanted.topic)]
    parts += [wanted.difficulty and difficulty_name(wanted.difficulty), wanted.tag, wanted.words]
    return joined(part for part in parts if part)


def xlsx_file(wanted: Wanted) -> bytes:
    """Both languages and everything else that an author writes; imported again, it changes nothing."""
    names = {row.code: row.words.hans for row in topics()}
    return questions_xlsx("题目 Questions", exported(wanted, today=clock.today()), topics=names)


def gift_file(wanted: Wanted, language: str) -> str:
    """One language (hans or en); what is incomplete in it is left out and named in a comment."""
    names = {row.code: row.words.en if language == "en" else row.words.hans for row in topics()}
    return "".join(gift_lines(exported(wanted, today=clock.today()), language, topics=names))
