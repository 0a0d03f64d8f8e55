"""The one way from a question as typed to a draft without problems.

All formats end here, so that all of them know the same words, limits and mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.core.errors import InvalidInput
from citizen.core.text import clean_line, clean_text
from citizen.quizzes.formats.answers import answer
from citizen.quizzes.formats.draft import LETTERS, Draft, Problem, Read, Text, asked, to_content
from citizen.quizzes.formats.entry import Entry, Known, short, topic_name
from citizen.quizzes.formats.typed import code_of, day_of, difficulty_of
from citizen.quizzes.rules.importing import MAX_PROBLEMS, MAX_QUESTIONS
from citizen.quizzes.rules.questions import (
    MAX_EXPLANATION,
    MAX_OPTION,
    MAX_SOURCE,
    MAX_STEM,
    MAX_TAG,
    MAX_TAGS,
    Kind,
    ensure_content,
    lacking,
)

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_LIMITS = {"stem": MAX_STEM, "explanation": MAX_EXPLANATION, "source": MAX_SOURCE}
_TAG_ENDS = re.compile(r"[,，、;；\n]+")


def finish(entries: Iterable[Entry], known: Known, *, problems: Sequence[Problem] = ()) -> Read:
    """The entries as drafts; one with any problem is left out, and so is the second of two that say the same."""
    found, drafts = list(problems), []
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries):
        if number >= MAX_QUESTIONS:
            found.append(Problem(entry.row, entry.place("stem_hans")[1], _most()))
            break
        draft = _finished(entry, known)
        if draft is not None:
            _compare(entry, draft, seen)
        if draft is not None and not entry.problems:
            drafts.append(draft)
        found += entry.problems
    found.sort(key=lambda problem: problem.row)
    return Read(tuple(drafts), tuple(found[:MAX_PROBLEMS]))


def _most() -> Any:
    return _l("A file has at most %(most)s questions; the rest was not read.", most=MAX_QUESTIONS)


def _compare(entry: Entry, draft: Draft, seen: dict[str, int]) -> None:
    """A code or a content that came before in the same file is a problem that names both rows."""
    keys = [("code", draft.code.casefold())] if draft.code else []
    for part, key in [*keys, ("stem_hans", asked(draft))]:
        first = seen.setdefault(f"{part}:{key}", entry.row)
        if first != entry.row:
            sentence = (
                _l("Rows %(first)s and %(second)s have the same code.", first=first, second=entry.row)
                if part == "code"
                else _l("Rows %(first)s and %(second)s are the same question.", first=first, second=entry.row)
            )
            entry.says(part, sentence)
            return


def _finished(entry: Entry, known: Known) -> Draft | None:
    _name_controls(entry)
    if entry.problems:
        return None
    options = _options(entry)
    kind, key = answer(entry, options)
    draft = Draft(
        row=entry.row,
        code=_code(entry),
        kind=kind,
        topic=_topic(entry, known),
        difficulty=_difficulty(entry, known),
        stem=_text(entry, "stem"),
        options=() if kind == Kind.TRUE_FALSE else options,
        key=key,
        explanation=_text(entry, "explanation"),
        source=_text(entry, "source"),
        tags=_tags(entry),
        valid_from=_day(entry, "valid_from"),
        valid_to=_day(entry, "valid_to"),
        unsaid=entry.unsaid,
        column=entry.place("code" if "code" in entry.texts else "stem_hans")[1],
    )
    if not entry.problems:
        _judge(entry, draft)
    return draft if not entry.problems else None


def _name_controls(entry: Entry) -> None:
    for part, text in entry.texts.items():
        control = _CONTROL.search(text)
        if control:
            code = f"U+{ord(control[0]):04X}"
            entry.says(
                part,
                _l("An invisible control character (%(code)s) stands here. Please type the text again.", code=code),
            )


def _cleaned(entry: Entry, part: str, limit: int) -> str:
    try:
        return clean_text(entry.texts.get(part, ""), limit)
    except InvalidInput as error:
        entry.says(part, error.message)
        return ""


def _text(entry: Entry, name: str) -> Text:
    limit = _LIMITS[name]
    return Text(_cleaned(entry, f"{name}_hans", limit), _cleaned(entry, f"{name}_en", limit))


def _options(entry: Entry) -> tuple[Text, ...]:
    found = [
        Text(_cleaned(entry, f"option_hans_{place}", MAX_OPTION), _cleaned(entry, f"option_en_{place}", MAX_OPTION))
        for place in range(len(LETTERS))
    ]
    while found and found[-1] == Text():
        found.pop()
    for place, text in enumerate(found):
        letter = LETTERS[place]
        if text == Text():
            entry.says(f"option_hans_{place}", _l("Option %(letter)s is empty, but a later one is not.", letter=letter))
        elif not text.hans and "hans" not in entry.unsaid:
            entry.says(f"option_en_{place}", _l("Option %(letter)s has no Chinese text.", letter=letter))
    return tuple(found)


def _code(entry: Entry) -> str:
    typed = entry.texts.get("code", "").strip()
    code = code_of(typed) if typed else ""
    if code is None:
        entry.says("code", _l("A code has at most 20 letters, digits, dots and dashes, without spaces."))
    return code or ""


def _topic(entry: Entry, known: Known) -> str:
    typed = entry.texts.get("topic", "").strip()
    if not typed:
        if not known.topic:
            entry.says("topic", _l("The topic is missing. Name it here, or choose one for the whole file."))
        return known.topic
    code = known.topics.get(topic_name(typed))
    if code is None:
        entry.says("topic", _l("“%(typed)s” is none of the topics.", typed=short(typed)))
    return code or ""


def _difficulty(entry: Entry, known: Known) -> int:
    typed = entry.texts.get("difficulty", "").strip()
    level = difficulty_of(typed) if typed else known.difficulty
    if level is None:
        entry.says("difficulty", _l("“%(typed)s” is no difficulty: write 1 (easy), 2 or 3 (hard).", typed=short(typed)))
    elif not level:
        entry.says("difficulty", _l("The difficulty is missing. Write it here, or choose one for the whole file."))
    return level or 0


def _tags(entry: Entry) -> tuple[str, ...]:
    typed = [tag for tag in _TAG_ENDS.split(entry.texts.get("tags", "")) if tag.strip()]
    try:
        tags = tuple(dict.fromkeys(clean_line(tag, MAX_TAG) for tag in typed))
    except InvalidInput:
        entry.says("tags", _l("A tag has at most %(most)s characters.", most=MAX_TAG))
        return ()
    if len(tags) > MAX_TAGS:
        entry.says("tags", _l("A question has at most %(most)s tags.", most=MAX_TAGS))
    return tags


def _day(entry: Entry, part: str) -> Any:
    typed = entry.texts.get(part, "").strip()
    day = day_of(typed) if typed else None
    if typed and day is None:
        entry.says(part, _l("“%(typed)s” is no day. Write it as 2026-08-31.", typed=short(typed)))
    return day


def _judge(entry: Entry, draft: Draft) -> None:
    """The rules of questions, in the language that the file has."""
    judged = draft
    if "hans" in draft.unsaid:
        judged = replace(draft, stem=Text(draft.stem.en), options=tuple(Text(option.en) for option in draft.options))
    content = to_content(judged)
    try:
        ensure_content(content)
    except InvalidInput as error:
        missing = error.field == "stem_hans" and "hans" in draft.unsaid
        entry.says(
            "stem_en" if missing else str(error.field), _l("The question has no text.") if missing else error.message
        )
        return
    parts = {"options": "option_hans_0", "key": "key"}
    for part, message in lacking(content):
        if part in parts:
            entry.says(parts[part], message)
