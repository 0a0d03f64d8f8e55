"""A question as it was read from a file: without ids, without Traditional Chinese, perhaps in one language only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any

from citizen.core.content import Words
from citizen.quizzes.rules.questions import Content, Kind, Option, fingerprint, new_option_id

LETTERS = "ABCDEFGH"
#: Parts that a file may have no place for; what it does not say is left as the bank has it.
PARTS = frozenset({"hans", "en", "topic", "difficulty", "explanation", "source", "tags", "valid"})


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the two languages that authors write."""

    hans: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong and where: the row (or line) counted from 1, the column as its reader counts it.

    Row 0 is the file as a whole; ``message`` is a sentence, lazy until it is stored.
    """

    row: int
    column: str
    message: Any

    def as_json(self) -> dict[str, Any]:
        """For `models.QuestionImport.errors`, in the language of whoever reads now."""
        return {"row": self.row, "column": self.column, "message": str(self.message)}


@dataclass(frozen=True, slots=True)
class Draft:
    """One question."""

    row: int
    code: str
    kind: Kind
    topic: str
    #: 1 to 3; 0 where the file says nothing.
    difficulty: int
    stem: Text
    #: Empty for true/false.
    options: tuple[Text, ...]
    #: Letters of the right options, or "true" or "false".
    key: tuple[str, ...]
    explanation: Text = Text()
    source: Text = Text()
    tags: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    #: Members of `PARTS`.
    unsaid: frozenset[str] = field(default_factory=frozenset)
    #: Where in its row it begins, as the reader counts columns.
    column: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds: the questions without any problem, and the problems."""

    drafts: tuple[Draft, ...] = ()
    problems: tuple[Problem, ...] = ()


def as_json(draft: Draft) -> dict[str, Any]:
    """The draft in plain JSON values, for `models.QuestionImport.rows`."""
    days = {name: day.isoformat() if (day := getattr(draft, name)) else None for name in ("valid_from", "valid_to")}
    return {**asdict(draft), **days, "unsaid": sorted(draft.unsaid)}


def from_json(row: dict[str, Any]) -> Draft:
    """What `as_json` wrote."""
    return Draft(
        row=row["row"],
        code=row["code"],
        kind=Kind(row["kind"]),
        topic=row["topic"],
        difficulty=row["difficulty"],
        stem=Text(**row["stem"]),
        options=tuple(Text(**option) for option in row["options"]),
        key=tuple(row["key"]),
        explanation=Text(**row["explanation"]),
        source=Text(**row["source"]),
        tags=tuple(row["tags"]),
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        unsaid=frozenset(row["unsaid"]),
        column=row["column"],
    )


def _day(typed: str | None) -> date | None:
    return date.fromisoformat(typed) if typed else None


def from_content(content: Content, *, code: str = "", row: int = 0) -> Draft:
    """The draft that says everything of ``content``; options get letters in their order."""
    letters = {option.id: LETTERS[place] for place, option in enumerate(content.options)}
    return Draft(
        row=row,
        code=code,
        kind=content.kind,
        topic=content.topic,
        difficulty=content.difficulty,
        stem=_text(content.stem),
        options=tuple(_text(option.words) for option in content.options),
        key=tuple(sorted(letters.get(id_, id_) for id_ in content.key)),
        explanation=_text(content.explanation),
        source=_text(content.source),
        tags=content.tags,
        valid_from=content.valid_from,
        valid_to=content.valid_to,
    )


def _text(words: Words) -> Text:
    return Text(words.hans, words.en)


def to_content(draft: Draft, known: Content | None = None) -> Content:
    """What an author would have written; ``known`` is the question as the bank has it, which fills in what is unsaid.

    An option whose text the bank has keeps its id, any other gets a new one.
    """
    said = completed(draft, from_content(known)) if known else draft
    ids = {option.words.hans: option.id for option in known.options} if known else {}
    options = tuple(Option(ids.pop(text.hans, "") or new_option_id(), _words(text)) for text in said.options)
    by_letter = {letter: option.id for letter, option in zip(LETTERS, options, strict=False)}
    return Content(
        kind=said.kind,
        topic=said.topic,
        difficulty=said.difficulty,
        stem=_words(said.stem),
        options=options,
        key=frozenset(by_letter.get(letter, letter) for letter in said.key),
        explanation=_words(said.explanation),
        source=_words(said.source),
        tags=said.tags,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
    )


def _words(text: Text) -> Words:
    return Words(text.hans, "", text.en)  # the bank derives the Traditional form when it is written


def completed(draft: Draft, known: Draft) -> Draft:
    """``draft`` with what its file had no place for taken from ``known``.

    An English translation is kept only where the Chinese text is what it was: of a new one it would tell something else.
    """
    whole = {name: getattr(known, name) for name in ("topic", "difficulty", "explanation", "source", "tags")}
    more: dict[str, Any] = {name: value for name, value in whole.items() if name in draft.unsaid}
    if "valid" in draft.unsaid:
        more |= {"valid_from": known.valid_from, "valid_to": known.valid_to}
    filled = replace(draft, **more)
    if not filled.unsaid & {"hans", "en"}:
        return filled
    english = "hans" in filled.unsaid
    texts: dict[str, Any] = {
        name: _joined(getattr(filled, name), getattr(known, name), english=english)
        for name in ("stem", "explanation", "source")
        if name not in filled.unsaid
    }
    return replace(filled, **texts, options=_joined_options(filled.options, known.options, english=english))


def _joined(text: Text, known: Text, *, english: bool) -> Text:
    if english:
        return Text(known.hans, text.en)
    return Text(text.hans, known.en if text.hans == known.hans else "")


def _joined_options(texts: tuple[Text, ...], known: tuple[Text, ...], *, english: bool) -> tuple[Text, ...]:
    """Each option with the other language of the bank's option that says the same, or stands in its place."""
    said = {(other.en if english else other.hans): other for other in known}
    same_number = len(texts) == len(known)
    blank = Text()
    return tuple(
        _joined(
            text,
            said.get(text.en if english else text.hans) or (known[place] if same_number else blank),
            english=english,
        )
        for place, text in enumerate(texts)
    )


def says_the_same(draft: Draft, content: Content) -> bool:
    """Whether taking ``draft`` over would change nothing of ``content``."""
    return not differences(draft, content)


def differences(draft: Draft, content: Content) -> tuple[str, ...]:
    """The fields in which ``draft`` says something else than ``content``."""
    known = from_content(content)
    said = completed(draft, known)
    names = [each.name for each in fields(Draft) if each.name not in ("row", "column", "code", "unsaid")]
    return tuple(name for name in names if getattr(said, name) != getattr(known, name))


def asked(draft: Draft) -> str:
    """A fingerprint of what is asked and answered, in the language that the draft has."""
    if "hans" not in draft.unsaid:
        return fingerprint(to_content(draft))
    swapped = tuple(Text(option.en) for option in draft.options)
    return "en:" + fingerprint(to_content(replace(draft, stem=Text(draft.stem.en), options=swapped)))
