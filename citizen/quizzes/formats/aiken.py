"""Questions as Chinese authors type or paste them: numbered stems, lettered options, a line with the answer.

The idea is Moodle's Aiken format; what authors make of it is wider: 1、 or （1） before the stem, A． or （A） before options
that may share a line, 答案：AB or 【答案】B or the answer in the stem's brackets, √ and × for statements, and lines for
解析, 依据, 难度, 主题, 标签 and 编号.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from flask_babel import lazy_gettext as _l

from citizen.core.text import fold_width
from citizen.quizzes.formats.checking import finish
from citizen.quizzes.formats.decoding import decoded
from citizen.quizzes.formats.draft import LETTERS, Problem, Read
from citizen.quizzes.formats.entry import Entry, Known
from citizen.quizzes.formats.typed import kind_of, leaves_kind_open, letters_of, truth_of
from citizen.quizzes.rules.importing import MAX_BYTES, MAX_QUESTIONS
from citizen.quizzes.rules.questions import Kind

_NUMBER = re.compile(r"\s*(?:\((\d{1,4})\)|第(\d{1,4})题[.:、]?|(\d{1,4})(?:[、:)]|\.(?!\d)))\s*")
_OPTION = re.compile(r"\s*(?:\(([A-Ha-h])\)|\[([A-Ha-h])\]|([A-Ha-h])[.、:,)])\s*")
_NEXT_OPTION = re.compile(r"(?<=\s)(?:\(([A-H])\)|([A-H])[.、:)])\s*")
_HEADING = re.compile(
    r"\s*(?:第?[一二三四五六七八九十]{1,3}(?:部分)?[、.:)]|\([一二三四五六七八九十]{1,3}\))\s*(\S{2,8}?题?)(?:[(:,].*)?\s*$"
)
_LABELS = {
    "key": r"正确答案|参考答案|标准答案|答案为|答案是|答案|ANSWER|ANS|KEY",
    "explanation_hans": r"答案解析|试题解析|解析|解释|说明|EXPLANATION",
    "source_hans": r"法律依据|政策依据|依据|出处|来源|SOURCE",
    "difficulty": r"难度系数|难度等级|难易程度|难易度|难度|DIFFICULTY",
    "topic": r"主题|分类|类别|知识点|TOPIC",
    "tags": r"标签|关键词|TAGS",
    "code": r"题目编号|编号|CODE",
    "kind": r"题型|题目类型|TYPE",
}
#: These may stand above the stem as well.
_AHEAD = frozenset({"code", "topic", "difficulty", "tags", "kind"})
#: A label in 【】 needs no colon; one without needs it, or a sentence that begins with the word would be taken for a label.
_LABEL = re.compile(
    r"\s*(?:\[\s*(?:" + "|".join(f"(?P<b_{part}>{words})" for part, words in _LABELS.items()) + r")\s*\]\s*:?|"
    r"(?:" + "|".join(f"(?P<c_{part}>{words})" for part, words in _LABELS.items()) + r")\s*:)\s*",
    re.IGNORECASE,
)
_KIND_TAG = re.compile(r"\s*[(\[]([^()\[\]]{2,6})[)\]]\s*")
_ANSWER_WORDS = r"[A-Ha-h](?:[\s,、;]*[A-Ha-h])*|√|✓|✔|×|✗|✘|对|错|正确|错误|[TtFf]"
_BRACKETS = re.compile(rf"[(\[]\s*({_ANSWER_WORDS})\s*[)\]]")
#: Full-width and corner brackets as plain ones, character by character, so that places stay true.
_PLAIN = str.maketrans("【】〔〕﹙﹚。", "[][]().")


@dataclass(slots=True)
class _Lines:
    """Where the reader stands."""

    entry: Entry | None = None
    #: The part that the last line belonged to, more lines of which may follow; none while there is no stem yet.
    part: str = ""
    blank: bool = True
    #: What a heading such as 二、多选题 says of the questions below it.
    kind: str = ""
    #: The answer stands in brackets in the stem.
    answered: bool = False

    @property
    def done(self) -> bool:
        """Whether the question has its answer, so that another one may follow."""
        return self.entry is not None and ("key" in self.entry.texts or self.answered)


def read_aiken(data: bytes, known: Known) -> Read:
    """The questions of a text; never raises."""
    text = decoded(data[: MAX_BYTES + 1])
    if text is None:
        return Read((), (Problem(0, "", _l("This is no text file that can be read. Save it in UTF-8.")),))
    entries = list(islice(_entries(text.split("\n")), MAX_QUESTIONS + 1))
    if not entries:
        return Read((), (Problem(0, "", _l("There is no question in it.")),))
    for entry in entries:
        _settle(entry)
    return finish(entries, known)


def _entries(lines: list[str]) -> Iterator[Entry]:
    state = _Lines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            state.blank = True
            continue
        finished = state.entry
        state = _taken(state, line, number, (lines[index] for index in range(number, len(lines))))
        if finished is not None and state.entry is not finished:
            yield finished
        state.blank = False
    if state.entry:
        yield state.entry


def _taken(state: _Lines, line: str, number: int, rest: Iterator[str]) -> _Lines:
    """Where the reader stands after a line: a heading, a label, options, or a stem or more of what stands above."""
    plain = fold_width(line).translate(_PLAIN)
    heading = _HEADING.match(plain)
    if heading and (kind_of(heading[1]) or leaves_kind_open(heading[1])):
        return _Lines(kind=heading[1])
    label = _LABEL.match(plain)
    if label and _label(state, label, line, number):
        return state
    options = state.part == "stem_hans" or state.part.startswith("option")
    if options and state.entry is not None and _OPTION.match(plain):
        _put_options(state, line, plain, number)
    else:
        _stem(state, (line, plain), number, rest)
    return state


def _label(state: _Lines, label: re.Match[str], line: str, number: int) -> bool:
    """Take a line that names what it says; False for one that belongs to no question."""
    part = next(name[2:] for name, found in label.groupdict().items() if found)
    if part in _AHEAD and (state.entry is None or (state.blank and state.done)):
        state.entry, state.part, state.answered = Entry(number), "", False
    elif state.entry is None:
        return False
    elif state.part:
        state.part = part
    state.entry.put(part, line[label.end() :].strip(), number, str(_column(line, label.end())))
    return True


def _stem(state: _Lines, typed: tuple[str, str], number: int, rest: Iterator[str]) -> None:
    """Take a line that begins a question, goes on with what stands above, or is the stem below labels."""
    line, plain = typed
    start = _begins(plain, state, rest)
    if start is None and state.entry is not None and state.part:
        state.entry.put(state.part, line.strip(), number, str(_column(line, 0)))
    else:
        if state.entry is None or state.part:
            state.entry, state.answered = Entry(number), False
        _begin(state.entry, line, plain, number, start=start or 0, kind=state.kind)
        state.part = "stem_hans"
    state.answered |= state.part == "stem_hans" and bool(_BRACKETS.search(plain))


def _put_options(state: _Lines, line: str, plain: str, number: int) -> None:
    """One or several options of a line; a further one counts only when its letter is the next."""
    entry = state.entry
    match = _OPTION.match(plain)
    while match and entry:
        letter = next(found for found in match.groups() if found).upper()
        start = match.end()
        following = _NEXT_OPTION.search(plain, start)
        while following and ord(following[1] or following[2]) != ord(letter) + 1:
            following = _NEXT_OPTION.search(plain, following.start() + 1)
        end = following.start() if following else len(line)
        part = f"option_hans_{LETTERS.index(letter)}"
        if part in entry.texts:
            sentence = _l("Option %(letter)s is there twice.", letter=letter)
            entry.problems.append(Problem(number, str(_column(line, match.start())), sentence))
        entry.put(part, line[start:end].strip(), number, str(_column(line, start)))
        state.part, match = part, following


def _begins(plain: str, state: _Lines, rest: Iterator[str]) -> int | None:
    """Where the stem starts when the line begins a question, else None: then it goes on with what stands above."""
    number = _NUMBER.match(plain)
    done = state.done
    free = state.entry is None or state.blank or done or not state.part or state.part.startswith("option")
    if number and number.end() < len(plain) and free:
        return number.end()
    if state.entry is None or (done and (state.blank or state.part == "key")):
        return 0
    if done or state.part.startswith("option"):
        following = next((line for line in rest if line.strip()), "")
        option = _OPTION.match(fold_width(following).translate(_PLAIN))
        if option and "A" in option.groups():
            return 0
    return None


def _plain_stem(entry: Entry) -> str:
    return fold_width(entry.texts.get("stem_hans", "")).translate(_PLAIN)


def _begin(entry: Entry, line: str, plain: str, number: int, *, start: int, kind: str) -> None:
    """Put the stem, and the kind that stands before it in brackets or in the heading above."""
    tag = _KIND_TAG.match(plain, start)
    if tag and (kind_of(tag[1]) or leaves_kind_open(tag[1])):
        kind, start = tag[1], tag.end()
    if kind and "kind" not in entry.texts:
        entry.put("kind", kind, number, "1")
    entry.put("stem_hans", line[start:].strip(), number, str(_column(line, start)))


def _column(line: str, start: int) -> int:
    """The column, from 1, of the first character that is no space from ``start`` on."""
    return start + len(line[start:]) - len(line[start:].lstrip()) + 1


def _settle(entry: Entry) -> None:
    """Take the answer out of the stem's brackets where it stands there, and say what a text like this cannot."""
    optional = ("explanation_hans", "source_hans", "topic", "difficulty", "tags")
    entry.unsaid = frozenset(
        {"en", "valid", *(part.removesuffix("_hans") for part in optional if part not in entry.texts)}
    )
    stem = entry.texts.get("stem_hans", "")
    options = any(part.startswith("option") for part in entry.texts)
    if options and kind_of(entry.texts.get("kind", "")) == Kind.TRUE_FALSE:
        del entry.texts["kind"]  # a heading may hold for the next questions only; options say more than it does
    found = list(_BRACKETS.finditer(_plain_stem(entry)))
    for match in reversed(found):
        typed = match[1]
        fits = (
            letters_of(typed) is not None
            if options
            else truth_of(typed) is not None and match.end() >= len(stem.rstrip()) - 1
        )
        agrees = "key" not in entry.texts or _meaning(entry.texts["key"]) == _meaning(typed)
        if fits and agrees:
            if "key" not in entry.texts:
                row, column = entry.place("stem_hans")
                first_line = "\n" not in stem[: match.start()]
                entry.put("key", typed, row, str(int(column) + match.start(1)) if first_line else "1")
            bracket = "（ ）" if options else ""
            entry.texts["stem_hans"] = (stem[: match.start()] + bracket + stem[match.end() :]).strip()
            return


def _meaning(typed: str) -> object:
    return letters_of(typed) or truth_of(typed)
