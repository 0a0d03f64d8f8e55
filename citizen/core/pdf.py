"""PDF files: A4 pages with Chinese text that can be searched and copied, small because only the used glyphs are in them.

The fonts come out of two packages (see the Makefile): Noto Serif CJK for everything, Noto Sans CJK for the few Han
characters that it lacks, Noto Serif for the Latin, Greek and Cyrillic letters that both lack. A character that none of
them can draw becomes 〓, the printer's mark for a missing type: visible, and never a reason to fail.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import segno
from fpdf import FPDF, ViewerPreferences
from fpdf.enums import TextMode

#: Page size in millimetres.
A4 = (210.0, 297.0)
MISSING = "〓"
POINT = 25.4 / 72

#: In the order in which they are asked for a character: (name, package, file inside it).
FONTS = (
    ("serif", "mplfonts", "fonts/NotoSerifCJKsc-Regular.otf"),
    ("sans", "mplfonts", "fonts/NotoSansCJKsc-Regular.otf"),
    ("latin", "fontpkg_noto_serif", "files/NotoSerif[wdth,wght].ttf"),
)

# Chinese dates and words of letters and digits stay whole; everything else, Han above all, may be cut anywhere.
_PIECE = re.compile(
    r"(?:[0-9]+[年月日])+|[0-9A-Za-z\u00a0\u00c0-\u024f\u0370-\u04ff\u1e00-\u1eff'’&/@:._-]+|\s+|.", re.DOTALL
)
_SPACES = re.compile(r"[^\S\u00a0]+")
_NEVER_FIRST = frozenset("，。、；：！？）》」』】”’…·,.;:!?)]}%％")
_BOTH_SCRIPTS = frozenset("“”‘’…—–·")
_PAUSES = frozenset("，。；：,;:")
_NEVER_LAST = frozenset("（《「『【“‘([{")


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set: size in points, colour as RRGGBB, letter spacing in points; ``strong`` thickens the strokes."""

    size: float
    colour: str = "000000"
    tracking: float = 0.0
    strong: bool = False
    #: "left", "center" or "right" of the point it is set at.
    align: str = "left"


def font_file(package: str, inside: str) -> Path:
    """Where a font is installed; raises RuntimeError naming the package that is missing."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / inside
        if path.is_file():
            return path
    raise RuntimeError(f"the package {package} with the font {inside} is not installed")


def printable(text: str) -> str:
    r"""``text`` on one line, without what leaves no ink or cannot be stored: controls, format characters, surrogates."""
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())).strip()
    kept = (char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf"))
    return "".join(char for char in kept if not "\ufe00" <= char <= "\ufe0f")


def _colour(value: str) -> tuple[int, int, int]:
    return int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16)


class Sheet:
    """One document in the making. Places are millimetres from the top left corner; text stands on its base line.

    ``canvas`` is the drawing surface itself, for lines and areas; text goes through the methods here, which choose the
    font character by character.
    """

    def __init__(self, title: str, *, language: str, author: str = "", made_at: datetime | None = None) -> None:
        self.canvas = FPDF(orientation="portrait", unit="mm", format="A4")
        self.canvas.set_auto_page_break(False)
        self.canvas.set_margin(0)
        self.canvas.c_margin = 0
        self.canvas.set_title(printable(title))
        self.canvas.set_author(printable(author))
        self.canvas.set_lang(language)
        self.canvas.viewer_preferences = ViewerPreferences(display_doc_title=True)
        if made_at is not None:
            self.canvas.set_creation_date(made_at)
        self._english = language == "en"
        self._covered: dict[str, frozenset[int]] = {}
        self.canvas.add_page()

    def width(self, text: str, style: Type) -> float:
        """How many millimetres ``text`` takes on one line."""
        text = printable(text)
        drawn = sum(self._run_width(run, font, style) for font, run in self._runs(text))
        return drawn - style.tracking * POINT if text else 0.0

    def line(self, text: str, at: tuple[float, float], style: Type) -> None:
        """Set ``text`` on one line; ``at`` is its left end, middle or right end on the base line."""
        shift = {"left": 0.0, "center": 0.5, "right": 1.0}[style.align]
        x = at[0] - self.width(text, style) * shift
        red, green, blue = _colour(style.colour)
        for font, run in self._runs(printable(text)):
            with self.canvas.local_context(
                text_color=(red, green, blue),
                draw_color=(red, green, blue),
                text_mode=TextMode.FILL_STROKE if style.strong else TextMode.FILL,
                line_width=style.size * (0.02 if style.strong else 0),
            ):
                self.canvas.set_font(font, size=style.size)
                self.canvas.set_char_spacing(style.tracking)
                self.canvas.text(x, at[1], run)
            x += self._run_width(run, font, style)

    def paragraph(
        self, text: str, at: tuple[float, float], style: Type, *, width: float, leading: float = 1.7
    ) -> float:
        """Set ``text`` over as many lines of ``width`` as it takes; returns the base line that would come next.

        ``leading`` is the distance of two lines in heights of the type. Centred lines come out of about equal length.
        """
        y, rows = at[1], self.wrapped(text, style, width)
        if style.align == "center":
            rows = self._balanced(rows, text, style, width=width)
        for row in rows:
            self.line(row, (at[0], y), style)
            y += style.size * leading * POINT
        return y

    def wrapped(self, text: str, style: Type, width: float) -> list[str]:
        """``text`` cut into lines of at most ``width``."""
        rows, row = [], ""
        for piece in self._pieces(printable(text), style, width):
            if row and self.width(row + piece, style) > width:
                rows.append(row.strip())
                row = ""
            row += piece
        return [found for found in (*rows, row.strip()) if found]

    def fitting(self, text: str, style: Type, *, width: float, smallest: float) -> Type:
        """``style`` in the largest size, down to ``smallest`` points, in which ``text`` needs no more than ``width``."""
        needed = self.width(text, style)
        size = style.size if needed <= width else max(smallest, style.size * width / needed)
        return replace(style, size=size, tracking=style.tracking if size == style.size else 0.0)

    def qr(self, text: str, at: tuple[float, float], size: float) -> None:
        """A QR code of ``text`` with its quiet zone, its top left corner at ``at``, ``size`` millimetres wide."""
        rows = [list(row) for row in segno.make(text, error="m").matrix_iter(border=4)]
        cell = size / len(rows)
        self.canvas.set_fill_color(0)
        for y, row in enumerate(rows):
            start = 0
            for x, dark in enumerate([*row, 0]):
                # One rectangle for each run of dark modules: no hairlines between them, and a smaller file.
                if not dark:
                    if x > start:
                        self.canvas.rect(at[0] + start * cell, at[1] + y * cell, (x - start) * cell, cell, style="F")
                    start = x + 1

    def picture(self, svg: Path, at: tuple[float, float], width: float) -> None:
        """A drawing from an SVG file, its top left corner at ``at``."""
        self.canvas.image(str(svg), x=at[0], y=at[1], w=width)

    def finish(self) -> bytes:
        """The file. The fonts are closed, those too that were only asked whether they have a character."""
        try:
            return bytes(self.canvas.output())
        finally:
            for font in self.canvas.fonts.values():
                font.close()  # type: ignore[union-attr]

    def _run_width(self, run: str, font: str, style: Type) -> float:
        self.canvas.set_font(font, size=style.size)
        return self.canvas.get_string_width(run) + len(run) * style.tracking * POINT

    def _covers(self, name: str, package: str, inside: str) -> frozenset[int]:
        """The characters of a font; it is loaded when first asked for, since most documents need only one."""
        if name not in self._covered:
            self.canvas.add_font(name, fname=font_file(package, inside))
            self._covered[name] = frozenset(self.canvas.fonts[name].cmap)  # type: ignore[union-attr]
        return self._covered[name]

    def _font_of(self, char: str) -> tuple[str, str]:
        """(font, what it draws for ``char``); a mark on a letter that no font has is left out, the letter stays."""
        # Chinese fonts draw curly quotes as wide as a Han character, which tears an English sentence apart.
        narrow = self._english and char in _BOTH_SCRIPTS
        for name, package, inside in reversed(FONTS) if narrow else FONTS:
            if ord(char) in self._covers(name, package, inside):
                return name, char
        return FONTS[0][0], "" if unicodedata.category(char)[0] == "M" else MISSING

    def _runs(self, text: str) -> Iterator[tuple[str, str]]:
        """``text`` cut where the font changes."""
        current, run = "", ""
        for char in text:
            font, drawn = self._font_of(char)
            if font != current and run:
                yield current, run
                run = ""
            current, run = font, run + drawn
        if run:
            yield current, run

    def _balanced(self, rows: list[str], text: str, style: Type, *, width: float) -> list[str]:
        """A narrower setting with as many lines as ``rows``: one that breaks at a comma if there is one, else the
        narrowest, so that no single word is left alone on the last line.
        """
        settings = [self.wrapped(text, style, width * part / 100) for part in range(100, 45, -5)]
        even = [tried for tried in settings if len(tried) == len(rows)]
        at_commas = [tried for tried in even if all(row[-1] in _PAUSES for row in tried[:-1])]
        return at_commas[0] if at_commas else even[-1]

    def _pieces(self, text: str, style: Type, width: float) -> Iterator[str]:
        """What may not be torn apart: words, and characters with the punctuation that belongs to them."""
        held = ""
        for piece in _PIECE.findall(text):
            if held and piece[0] not in _NEVER_FIRST and held[-1] not in _NEVER_LAST:
                yield held
                held = ""
            held += piece
            if self.width(held, style) > width:
                yield from held
                held = ""
        if held:
            yield held
