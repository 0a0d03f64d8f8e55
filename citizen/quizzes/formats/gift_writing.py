"""Questions written in Moodle's GIFT, in one language: Moodle reads them, and our own reader reads back what was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from citizen.quizzes.formats.draft import LETTERS, Draft, Text
from citizen.quizzes.formats.gift_text import escaped, marked
from citizen.quizzes.rules.questions import TRUE, Kind

#: Number of right answers → the share that Moodle knows for each; it refuses others.
_SHARES = {2: "50", 3: "33.33333", 4: "25", 5: "20", 6: "16.66667", 7: "14.28571", 8: "12.5"}


def gift_lines(drafts: Iterable[Draft], language: str, *, topics: dict[str, str]) -> Iterator[str]:
    """The file, question by question; ``language`` is hans or en, ``topics`` gives each topic's name in it.

    Drafts come sorted by topic. One that has no text in the language, or that cannot be answered, is left out with a
    comment that names it.
    """
    topic = ""
    for draft in drafts:
        if not can_be_written(draft, language):
            yield f"// left out, incomplete in this language: {draft.code}\n\n"
            continue
        if draft.topic != topic:
            topic = draft.topic
            yield f"$CATEGORY: $course$/top/{topics[topic].replace('/', '//')}\n\n"
        yield question(draft, language)


def can_be_written(draft: Draft, language: str) -> bool:
    """Whether the question has what GIFT cannot do without."""
    texts = [_in(draft.stem, language), *(_in(option, language) for option in draft.options)]
    enough = draft.kind == Kind.TRUE_FALSE or len(draft.options) >= 2
    number = len(draft.key)
    return all(texts) and enough and (number >= 2 if draft.kind == Kind.MULTIPLE else number == 1)


def question(draft: Draft, language: str) -> str:
    """One question with the blank line that ends it; the comment above holds what GIFT itself has no place for."""
    source = _in(draft.source, language)
    fields = [("id", draft.code), *(("tag", tag) for tag in draft.tags), ("difficulty", str(draft.difficulty))]
    fields += [("source", source)] if source else []
    comment = " ".join(f"[{name}:{_bracketed(text)}]" for name, text in fields if text)
    stem = escaped(_in(draft.stem, language))
    explanation = _in(draft.explanation, language)
    ending = f"####{marked(explanation)}" if explanation else ""
    title = f"::{escaped(draft.code)}::" if draft.code else ""
    return f"// {comment}\n{title}[plain]{stem} {{{_answers(draft, language)}{ending}}}\n\n"


def _answers(draft: Draft, language: str) -> str:
    if draft.kind == Kind.TRUE_FALSE:
        return "TRUE" if TRUE in draft.key else "FALSE"
    multiple = draft.kind == Kind.MULTIPLE
    right = f"~%{_SHARES[len(draft.key)]}%" if multiple else "="
    wrong = "~%-100%" if multiple else "~"
    lines = [
        f"\t{right if letter in draft.key else wrong}{marked(_in(option, language))}"
        for letter, option in zip(LETTERS, draft.options, strict=False)
    ]
    return "\n" + "\n".join(lines) + "\n"


def _in(text: Text, language: str) -> str:
    return text.en if language == "en" else text.hans


def _bracketed(text: str) -> str:
    return text.replace("\\", "\\\\").replace("]", "\\]").replace("\n", "\\n")
