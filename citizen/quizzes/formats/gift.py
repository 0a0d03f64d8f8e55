"""Questions in Moodle's GIFT, read: single and multiple choice, true/false, feedback, categories, names, tags.

What has no counterpart here (matching, numbers, essays, short answers, partly right answers, pictures) is a problem that
names its line, never a question that was guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.quizzes.formats.checking import finish
from citizen.quizzes.formats.decoding import decoded
from citizen.quizzes.formats.draft import LETTERS, Problem, Read
from citizen.quizzes.formats.entry import Entry, Known, topic_name
from citizen.quizzes.formats.gift_text import PICTURE, Block, find, plain, unescaped
from citizen.quizzes.formats.typed import code_of, truth_of
from citizen.quizzes.rules.importing import MAX_BYTES, MAX_QUESTIONS

_WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:\.\d*)?)%")
_CATEGORY = re.compile(r"\s*\$CATEGORY:\s*(.*)", re.IGNORECASE)
_COMMENT = re.compile(r"\s*//(.*)")
_FIELD = re.compile(r"\[(id|tag|difficulty|source):((?:[^\]\\]|\\.)*)\]")
#: A slash divides folders, two are one within a name.
_LAST_FOLDER = re.compile(r"(?<!/)/(?!/)")
_TITLE = re.compile(r"\s*::")
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
#: No comment that means anything to us is longer; what looks for fields in it takes the square of its length.
MAX_COMMENT = 4_000
MISSING_WORD = "_____"


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    feedback: str
    #: Per cent of the mark.
    weight: float
    position: int


def read_gift(data: bytes, known: Known) -> Read:
    """The questions of a GIFT file; never raises. Its language is English when most questions hold no Chinese character."""
    text = decoded(data[: MAX_BYTES + 1])
    if text is None:
        return Read((), (Problem(0, "", _l("This is no text file that can be read. Save it in UTF-8.")),))
    found = list(islice(blocks(text), MAX_QUESTIONS + 1))
    if not found:
        return Read((), (Problem(0, "", _l("There is no question in it.")),))
    chinese = sum(bool(_HAN.search(block.text)) for block in found)
    language = "hans" if chinese * 2 >= len(found) else "en"
    return finish((_entry(block, language, known) for block in found), known)


def blocks(text: str) -> Iterator[Block]:
    """The questions of a file, each with the comments and the category that belong to it."""
    lines: list[str] = []
    comments: list[str] = []
    first, category = 0, ""
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        comment, path = _COMMENT.match(line), _CATEGORY.match(line)
        if comment:
            comments.append(comment[1])
        if path and not lines:
            category, comments = path[1].strip(), []
        elif comment or line.strip():
            first = first or (0 if comment else number)
            if first:
                lines.append(" " if comment else line)
        elif lines:
            yield Block("\n".join(lines), first, "\n".join(comments), category)
            lines, comments, first = [], [], 0
        else:
            comments = []


def _entry(block: Block, language: str, known: Known) -> Entry:
    entry = Entry(block.line)
    other = "en" if language == "hans" else "hans"
    unsaid = {other, "valid"}
    _comments(entry, block, unsaid)
    topic = known.topics.get(topic_name(_LAST_FOLDER.split(block.category)[-1].replace("//", "/")))
    if topic:
        entry.put("topic", topic, *block.place(0))
    else:
        unsaid.add("topic")
    entry.unsaid = frozenset(unsaid)
    _parts(entry, block, language)
    return entry


def _parts(entry: Entry, block: Block, language: str) -> None:
    """Title, stem and answers."""
    start = _title(entry, block)
    opening = find(block.text, "{", start)
    closing = find(block.text, "}", opening + 1) if opening >= 0 else -1
    extra = find(block.text, "{}", closing + 1) if closing >= 0 else -1
    second = _l(
        "A second { or } in one question: a blank line divides two questions, \\ stands before a sign of the text."
    )
    wrong: tuple[tuple[bool, int, Any], ...] = (
        (opening < 0, start, _l("There are no answers in { } here.")),
        (closing < 0, opening, _l("The answers that begin here are not closed by }.")),
        (extra >= 0, extra, second),
    )
    for there, position, sentence in wrong:
        if there:
            entry.problems.append(Problem(*block.place(position), sentence))
            return
    before, after = block.text[start:opening], block.text[closing + 1 :].strip()
    stem, form = plain(f"{before.rstrip()} {MISSING_WORD} {after}" if after else before)
    _put(entry, block, f"stem_{language}", stem, start + len(before) - len(before.lstrip()))
    _answers(entry, block, (opening + 1, closing), (language, form))


def _comments(entry: Entry, block: Block, unsaid: set[str]) -> None:
    """What Moodle and our own export say in comments: [id:…] [tag:…], and [difficulty:…] [source:…] of ours."""
    parts = {"id": "code", "tag": "tags", "difficulty": "difficulty", "source": "source"}
    for name, raw in _FIELD.findall(block.comments[:MAX_COMMENT]):
        part = parts[name]
        text = re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], raw)
        if part == "source":
            language = "en" if "hans" in unsaid else "hans"
            part = f"source_{language}"
        if part != "code" or code_of(text):
            entry.put(part, text, *block.place(0))
    unsaid |= {name for name in ("tags", "difficulty") if name not in entry.texts}
    if not any(part.startswith("source") for part in entry.texts):
        unsaid.add("source")


def _title(entry: Entry, block: Block) -> int:
    """Take the name between :: and :: for a code when it looks like one; the position after it."""
    match = _TITLE.match(block.text)
    if not match:
        return 0
    position = match.end()
    while (position := find(block.text, ":", position)) >= 0:
        if block.text[position : position + 2] == "::":
            name = unicodedata.normalize("NFKC", unescaped(block.text[match.end() : position]))
            if "code" not in entry.texts and code_of(name):
                entry.put("code", name, *block.place(match.end()))
            return position + 2
        position += 1
    return match.end()


def _put(entry: Entry, block: Block, part: str, text: str, position: int) -> None:
    if PICTURE in text:
        entry.problems.append(Problem(*block.place(position), _l("A picture or film cannot be taken over.")))
    if text:
        entry.put(part, text, *block.place(position))


def _answers(entry: Entry, block: Block, span: tuple[int, int], spoken: tuple[str, str]) -> None:
    """Fill in options, key and explanation from what stands between the brackets."""
    start, end = span
    language, form = spoken
    general = _general(block.text, start, end)
    explanation = ""
    if general >= 0:
        explanation, end = plain(block.text[general + 4 : end], form)[0], general
    body = block.text[start:end]
    refused = _refused(body)
    if refused is not None:
        entry.problems.append(Problem(*block.place(start), refused))
        return
    choice = find(body, "~") >= 0
    feedbacks = _choice(entry, block, (start, end), spoken) if choice else _true_false(entry, block, (start, end), form)
    explanation = explanation or "\n".join(dict.fromkeys(text for text in feedbacks if text))
    if explanation:
        _put(entry, block, f"explanation_{language}", explanation, general if general >= 0 else start)


def _general(text: str, start: int, end: int) -> int:
    """Where #### stands, else -1."""
    position = start
    while (position := find(text, "#", position, end)) >= 0:
        if text[position : position + 4] == "####":
            return position
        position += 1
    return -1


def _refused(body: str) -> Any:
    """The sentence for a kind of question that does not exist here; None for one that does."""
    bare = body.strip()
    if not bare:
        return _l("Essay questions are not known here.")
    if bare.startswith("#"):
        return _l("Numerical questions are not known here.")
    if find(body, "~") >= 0:
        return None
    if find(body, "=") >= 0:
        matching = "->" in body
        return (
            _l("Matching questions are not known here.")
            if matching
            else _l("Short-answer questions are not known here.")
        )
    sign = find(body, "#")
    word = bare if sign < 0 else body[:sign].strip()
    return None if word.upper() in ("T", "TRUE", "F", "FALSE") else _l("These answers are not marked with = or ~.")


def _true_false(entry: Entry, block: Block, span: tuple[int, int], form: str) -> list[str]:
    """The key, and the feedback for those who are right before that for those who are wrong."""
    start, end = span
    parts = _split(block.text, "#", start, end)
    entry.put("kind", "true/false", *block.place(start))
    entry.put("key", truth_of(block.text[parts[0][0] : parts[0][1]]) or "", *block.place(start))
    feedback = [plain(block.text[first:last], form)[0] for first, last in parts[1:3]]
    return [text for text in reversed(feedback) if text][:1]


def _choice(entry: Entry, block: Block, span: tuple[int, int], spoken: tuple[str, str]) -> list[str]:
    """Options, kind and key; the feedback of the right ones."""
    language, form = spoken
    found = list(islice(_choices(block, *span, form), len(LETTERS) + 1))
    for place, answer in enumerate(found[: len(LETTERS)]):
        _put(entry, block, f"option_{language}_{place}", answer.text, answer.position)
    equals = [answer for answer in found if answer.weight == 1_000]
    right = equals or [answer for answer in found if answer.weight > 0]
    for wrong, at in _wrong_choices(found, equals, right):
        entry.problems.append(Problem(*block.place(at), wrong))
    letters = [LETTERS[place] for place, answer in enumerate(found[: len(LETTERS)]) if answer in right]
    entry.put("kind", "multiple" if len(right) > 1 else "single", *block.place(span[0]))
    entry.put("key", "".join(letters), *block.place(right[0].position if right else span[0]))
    return [answer.feedback for answer in right]


def _wrong_choices(found: list[_Answer], equals: list[_Answer], right: list[_Answer]) -> Iterator[tuple[object, int]]:
    if len(found) > len(LETTERS):
        yield _l("A question has at most %(most)s options", most=len(LETTERS)), found[len(LETTERS)].position
    if len(equals) > 1:
        sentence = _l(
            "Two answers are marked with =. Where several are right, write shares, such as ~%(share)s.", share="%50%"
        )
        yield sentence, equals[1].position
    partly = [answer for answer in found if 0 < answer.weight <= 100 and answer not in right]
    shares = {round(answer.weight) for answer in right}
    if partly or len(shares) > 1:
        yield (
            _l("Partly right answers are not known here: all right ones need the same share."),
            (partly or right)[-1].position,
        )


def _choices(block: Block, start: int, end: int, form: str) -> Iterator[_Answer]:
    position = find(block.text, "=~", start, end)
    while position >= 0:
        following = find(block.text, "=~", position + 1, end)
        last = following if following >= 0 else end
        share = _WEIGHT.match(block.text, position + 1, last)
        weight = 1_000.0 if block.text[position] == "=" else float(share[1]) if share else 0.0
        first = share.end() if share else position + 1
        parts = _split(block.text, "#", first, last)
        text, feedback = (
            plain(block.text[a:b], form)[0] for a, b in (parts[0], parts[1] if len(parts) > 1 else (0, 0))
        )
        yield _Answer(text, feedback, weight, position)
        position = following


def _split(text: str, sign: str, start: int, end: int) -> list[tuple[int, int]]:
    """The pieces between unescaped ``sign``s, as positions."""
    pieces, first = [], start
    while (position := find(text, sign, first, end)) >= 0:
        pieces.append((first, position))
        first = position + 1
    return [*pieces, (first, end)]
