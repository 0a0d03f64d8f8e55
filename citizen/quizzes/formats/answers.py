"""Kind and key of a question as typed: letters, signs for true and false, or nothing that could be either."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.quizzes.formats.draft import LETTERS, Text
from citizen.quizzes.formats.entry import Entry, short
from citizen.quizzes.formats.typed import kind_of, leaves_kind_open, letters_of, truth_of
from citizen.quizzes.rules.questions import Kind


def answer(entry: Entry, options: tuple[Text, ...]) -> tuple[Kind, tuple[str, ...]]:
    """Kind and key; a kind that is not named follows from the options and from how many of them are right."""
    named, typed = entry.texts.get("kind", "").strip(), entry.texts.get("key", "").strip()
    named = "" if leaves_kind_open(named) else named
    kind = kind_of(named) if named else None
    if named and kind is None:
        entry.says(
            "kind", _l("“%(typed)s” is no type of question here: single, multiple or true/false.", typed=short(named))
        )
    if kind == Kind.TRUE_FALSE or not options:
        return Kind.TRUE_FALSE, _truth(entry, typed, options, sure=kind == Kind.TRUE_FALSE)
    letters = letters_of(typed)
    if letters is None and _true_false(options) and truth_of(typed):
        return Kind.TRUE_FALSE, (truth_of(typed) or "",)
    if letters is None:
        entry.says("key", _wrong_key(typed, _l("Write the letters of the right options, such as B or AC.")))
        return kind or Kind.SINGLE, ()
    beyond = [letter for letter in letters if LETTERS.index(letter) >= len(options)]
    if beyond:
        entry.says("key", _l("There is no option %(letter)s.", letter=beyond[0]))
    if kind is None and _true_false(options) and len(letters) == 1 and not beyond:
        return Kind.TRUE_FALSE, (_true_false(options)[LETTERS.index(letters[0])],)
    return kind or (Kind.MULTIPLE if len(letters) > 1 else Kind.SINGLE), letters


def _truth(entry: Entry, typed: str, options: tuple[Text, ...], *, sure: bool) -> tuple[str, ...]:
    words, letters = _true_false(options), letters_of(typed)
    if words and letters and len(letters) == 1 and letters[0] in LETTERS[: len(words)]:
        return (words[LETTERS.index(letters[0])],)
    truth = truth_of(typed)
    if options and not words:
        entry.says("option_hans_0", _l("A true/false question has no options of its own."))
    elif truth is None and not sure and letters_of(typed):
        entry.says("stem_hans", _l("The question has no options."))
    elif truth is None:
        entry.says("key", _wrong_key(typed, _l("Write √ or ×, 对 or 错, or T or F.")))
    return (truth,) if truth else ()


def _true_false(options: tuple[Text, ...]) -> tuple[str, ...]:
    """The truth of each option when there are two and they say nothing but true and false, else nothing."""
    words = tuple(truth_of(option.hans or option.en) or "" for option in options)
    return words if len(words) == 2 and set(words) == {"true", "false"} else ()


def _wrong_key(typed: str, how: Any) -> Any:
    if not typed:
        return _l("The right answer is missing.")
    return _l("“%(typed)s” is not an answer. %(how)s", typed=short(typed), how=how)
