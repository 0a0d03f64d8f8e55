"""The small print of Moodle's GIFT: escapes, formats of texts, and where in the file each part stands.

Follows the importer and exporter of Moodle itself (question/format/gift/format.php): questions end at a blank line, a line
that begins with // is a comment, and a backslash stands before : # = { } ~ and before n for a new line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

ESCAPED = ":#={}~"
_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([\\:#={}~n])")
#: What must stand behind [plain], because it would be read as a weight or as a format.
_MISREAD = re.compile(r"%|\[[A-Za-z]+\]")
MAX_HTML = 30_000
#: Stands where a text showed something that words cannot.
PICTURE = "\ufffc"
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Block:
    """One question as it stands in the file, with comments blanked out so that places stay true."""

    text: str
    #: Line of the first character, from 1.
    line: int
    #: What the comments above and inside it say.
    comments: str = ""
    category: str = ""

    def place(self, position: int) -> tuple[int, str]:
        """(line, column) of a position in the text, both from 1."""
        before = self.text[:position]
        return self.line + before.count("\n"), str(position - (before.rfind("\n") + 1) + 1)


class _Words(HTMLParser):
    """Collects what a reader of the page would see, blocks on lines of their own."""

    PICTURES = frozenset(("img", "audio", "video", "iframe", "object", "svg"))
    BLOCKS = frozenset(("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; a picture leaves its sign."""
        if tag in self.PICTURES:
            self.found.append(PICTURE)
        if tag in self.BLOCKS and self.found:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        """Words are kept."""
        self.found.append(data)


def without_tags(text: str) -> str:
    """The words of an HTML text; line ends only where a reader would see one."""
    if len(text) > MAX_HTML:
        return text  # too long for any part of a question, and will be refused as that
    parser = _Words()
    parser.feed(re.sub(r"\s*\n\s*", " ", text))
    parser.close()
    lines = (line.strip() for line in "".join(parser.found).replace("\xa0", " ").split("\n"))
    return "\n".join(line for line in lines if line)


def find(text: str, wanted: str, start: int = 0, end: int | None = None) -> int:
    """The first of the characters ``wanted`` that no backslash escapes, from ``start`` to ``end``; -1 without one."""
    position, last = start, len(text) if end is None else end
    while position < last:
        if text[position] == "\\":
            position += 2
            continue
        if text[position] in wanted:
            return position
        position += 1
    return -1


def unescaped(text: str) -> str:
    """``text`` as its author meant it."""
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], text)


def escaped(text: str) -> str:
    """``text`` for the file, on one line."""
    backslashed = text.replace("\\", "\\\\")
    for sign in ESCAPED:
        backslashed = backslashed.replace(sign, f"\\{sign}")
    return backslashed.replace("\n", "\\n")


def marked(text: str) -> str:
    """An escaped answer or feedback, with [plain] in front where it would be read as something else."""
    return f"[plain]{escaped(text)}" if _MISREAD.match(text) else escaped(text)


def plain(raw: str, default: str = "") -> tuple[str, str]:
    """(words, format) of a text as it stands in the file; ``default`` is the format of one that names none."""
    stripped = raw.strip()
    match = _FORMAT.match(stripped)
    kind = match[1].lower() if match else default
    words = unescaped(stripped[match.end() :] if match else stripped)
    # Moodle's own automatic format allows tags too, but a plain < may stand there just as well.
    if kind == "html" or (kind == "moodle" and _TAG.search(words)):
        return without_tags(words), kind
    return words.strip(), kind
