"""Forms of the question desk: writing a question, judging one, taking one out of use."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice

from citizen.core.content import Words
from citizen.core.errors import InvalidInput, MissingVersion
from citizen.core.numbers import parse_int
from citizen.core.text import clean_line
from citizen.quizzes.models import QuestionVersion
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.rules.questions import (
    MAX_EXPLANATION,
    MAX_OPTION,
    MAX_OPTIONS,
    MAX_SOURCE,
    MAX_STEM,
    MAX_TAG,
    MAX_TAGS,
    Content,
    Kind,
    Option,
    new_option_id,
    option_ids,
)
from citizen.quizzes.services.reviewing import MAX_WORDS
from citizen.web.fields import DayField
from citizen.web.forms import Cleaned, DecisionForm, Form, line, paragraph
from citizen.web.locale import page_language

KIND_WORDS: dict[Kind, Any] = {
    Kind.SINGLE: _l("One right answer"),
    Kind.MULTIPLE: _l("Several right answers"),
    Kind.TRUE_FALSE: _l("True or false"),
}
DIFFICULTY_WORDS: dict[int, Any] = {1: _l("Easy"), 2: _l("Middling"), 3: _l("Hard")}
#: Rows that a new question begins with.
FIRST_ROWS = 4
BIGGEST = 2**31 - 1
_ID = re.compile(r"[0-9A-Za-z_-]{1,20}\Z")
_TAG_ENDS = re.compile(r"[,，、;；\"“”\n]")


def mark_of(version: QuestionVersion) -> str:
    """What a form carries of the version that its author looked at: the counter alone would also fit a later version."""
    return f"{version.id}-{version.version}"


def seen_in(mark: object) -> tuple[int, int]:
    """(version id, version seen) of such a mark; raises MissingVersion for anything else."""
    id_, _dash, seen = str(mark or "").partition("-")
    pair = parse_int(id_, 1, BIGGEST), parse_int(seen, 1, BIGGEST)
    if pair[0] is None or pair[1] is None:
        raise MissingVersion(_l("This page is incomplete. Please load it again and send once more."))
    return pair[0], pair[1]


def _text(label: Any, limit: int, *, lines: bool = True) -> TextAreaField:
    return TextAreaField(label, validators=[Cleaned(limit, lines=lines)])


class QuestionForm(DecisionForm):
    """A whole question in both languages. Its options stand in eight rows; a row without an id is not there."""

    FALLBACK = "stem_hans"
    once = HiddenField()
    kind = SelectField(_l("Type"), validate_choice=False, default=Kind.SINGLE.value)
    topic = SelectField(_l("Topic"), validate_choice=False)
    difficulty = SelectField(_l("Difficulty"), validate_choice=False, default="1")
    valid_from = DayField(_l("First day"))
    valid_to = DayField(_l("Last day"))
    tags = line(_l("Tags"), MAX_TAGS * (MAX_TAG + 2))
    stem_hans, stem_en = _text(_l("Question in Chinese"), MAX_STEM), _text(_l("Question in English"), MAX_STEM)
    key = SelectMultipleField(_l("Correct answers"), validate_choice=False)
    explanation_hans = _text(_l("Explanation in Chinese"), MAX_EXPLANATION)
    explanation_en = _text(_l("Explanation in English"), MAX_EXPLANATION)
    source_hans = _text(_l("Source in Chinese"), MAX_SOURCE, lines=False)
    source_en = _text(_l("Source in English"), MAX_SOURCE, lines=False)

    @property
    def chosen_kind(self) -> Kind:
        """The type as far as one is chosen."""
        return Kind(self.kind.data) if self.kind.data in list(Kind) else Kind.SINGLE

    @property
    def rows(self) -> list[int]:
        """Numbers of the option rows that are there."""
        return [n for n in range(MAX_OPTIONS) if _ID.match(self[f"option_id_{n}"].data or "")]

    def offer_choices(self) -> QuestionForm:
        """Fill in what can be chosen, in the page's language."""
        self.kind.choices = [SelectChoice(code.value, str(word)) for code, word in KIND_WORDS.items()]
        self.topic.choices = [SelectChoice(row.code, row.words.in_language(page_language())) for row in topics()]
        self.difficulty.choices = [SelectChoice(str(code), f"{code} {word}") for code, word in DIFFICULTY_WORDS.items()]
        return self

    def reshape(self, act: str) -> str | None:
        """Add or remove a row, or show another type, as the pressed button says; nothing typed is lost.

        Returns the id of the field to go on with, or None for a button that saves.
        """
        verb, _dash, number = act.partition("-")
        if verb == "kind":
            return "kind"
        if verb == "add":
            free = [n for n in range(MAX_OPTIONS) if n not in self.rows]
            for n in free[:1]:
                self._fill_row(n, Option(new_option_id(), Words("", "", "")))
            return f"option_hans_{free[0]}" if free else "kind"
        row = parse_int(number, 0, MAX_OPTIONS - 1)
        if verb != "remove" or row is None:
            return None
        kept = [self._row(n) for n in self.rows if n != row]
        self.fill_rows(kept)
        return f"option_hans_{min(row, len(kept) - 1)}" if kept else "add-option"

    def fill_rows(self, options: list[Option]) -> None:
        """Write ``options`` into the rows from the first on; the rows after them are not there."""
        for n in range(MAX_OPTIONS):
            self._fill_row(n, options[n] if n < len(options) else Option("", Words("", "", "")))

    def blank_rows(self) -> QuestionForm:
        """The rows of a new question."""
        self.fill_rows([Option(new_option_id(), Words("", "", "")) for _row in range(FIRST_ROWS)])
        return self

    def written(self) -> list[tuple[int, Option]]:
        """(row, option) of every row in which something is typed or marked; the others were never filled in."""
        marked = set(self.key.data or [])
        rows = [(n, self._row(n)) for n in self.rows]
        return [(n, row) for n, row in rows if row.words.hans or row.words.en or row.id in marked]

    def to_content(self) -> Content:
        """What was typed; raises InvalidInput for a type that there is not and for too many or too long tags."""
        if self.kind.data not in list(Kind):
            raise InvalidInput(_l("Choose the type"), "kind")
        kind = Kind(self.kind.data)
        content = Content(
            kind=kind,
            topic=self.topic.data or "",
            difficulty=parse_int(self.difficulty.data, 1, 3) or 0,
            stem=self._words("stem"),
            options=() if kind == Kind.TRUE_FALSE else tuple(option for _n, option in self.written()),
            key=frozenset(),
            explanation=self._words("explanation"),
            source=self._words("source"),
            tags=self._tags(),
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
        )
        return with_key(content, self.key.data or [])

    def refuse_lacking(self, found: list[tuple[str, object]]) -> None:
        """Say at each field what is missing; options are numbered as they were written, rows as they stand."""
        rows = [n for n, _option in self.written()]
        for name, sentence in found:
            stem, _dash, number = name.rpartition("_")
            wanted = f"{stem}_{rows[int(number)]}" if number.isdigit() else "key" if name == "options" else name
            self.refuse(InvalidInput(sentence, wanted), self.FALLBACK)

    def fill(self, content: Content, mark: str) -> QuestionForm:
        """Show ``content`` as it is stored in the version that ``mark`` stands for."""
        self.version.data, self.kind.data = mark, content.kind.value
        self.topic.data, self.difficulty.data = content.topic, str(content.difficulty)
        self.valid_from.data, self.valid_to.data = content.valid_from, content.valid_to
        self.tags.data, self.key.data = "、".join(content.tags), sorted(content.key)
        for name in ("stem", "explanation", "source"):
            words = getattr(content, name)
            self[f"{name}_hans"].data, self[f"{name}_en"].data = words.hans, words.en
        self.fill_rows(list(content.options))
        return self

    def _row(self, n: int) -> Option:
        hans, en = (self[f"option_{language}_{n}"].data or "" for language in ("hans", "en"))
        return Option(self[f"option_id_{n}"].data, Words(hans, "", en))

    def _fill_row(self, n: int, option: Option) -> None:
        self[f"option_id_{n}"].data = option.id
        self[f"option_hans_{n}"].data, self[f"option_en_{n}"].data = option.words.hans, option.words.en

    def _words(self, name: str) -> Words:
        return Words(self[f"{name}_hans"].data or "", "", self[f"{name}_en"].data or "")

    def _tags(self) -> tuple[str, ...]:
        typed = [clean_line(part, 500) for part in _TAG_ENDS.split(self.tags.data or "")]
        found = tuple(tag for n, tag in enumerate(typed) if tag and tag not in typed[:n])
        if len(found) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in found):
            raise InvalidInput(
                _l("At most %(most)s tags of at most %(long)s characters each", most=MAX_TAGS, long=MAX_TAG), "tags"
            )
        return found


for _n in range(MAX_OPTIONS):
    setattr(QuestionForm, f"option_id_{_n}", HiddenField())
    setattr(QuestionForm, f"option_hans_{_n}", _text(_l("Option in Chinese"), MAX_OPTION, lines=False))
    setattr(QuestionForm, f"option_en_{_n}", _text(_l("Option in English"), MAX_OPTION, lines=False))


def with_key(content: Content, marked: list[str]) -> Content:
    """``content`` with those of the ``marked`` ids as its key that it has."""
    return replace(content, key=frozenset(marked) & frozenset(option_ids(content)))


class ReviewForm(DecisionForm):
    """A reviewer's words; which button was pressed says what they decide."""

    FALLBACK = "note"
    note = paragraph(_l("What has to change"), MAX_WORDS)


class RetireForm(DecisionForm):
    """Why a question is taken out of use."""

    FALLBACK = "reason"
    reason = line(_l("Why it is taken out of use"), MAX_WORDS, required=_l("Say why it is taken out of use."))


class NextForm(Form):
    """The next version of a question, once for each form."""

    once = HiddenField()


class TickedForm(Form):
    """Questions ticked in the list, each as id and version; one more than allowed is read, so that too many are refused."""

    FALLBACK = "ticked"
    ticked = SelectMultipleField(_l("Ticked questions"), validate_choice=False)
