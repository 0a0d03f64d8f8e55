"""The share picture: a title, a score, a day and the way to the quiz; drawn as SVG, sent as PNG."""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import urljoin

import resvg_py
import segno
from flask import current_app, url_for
from flask_babel import format_date
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.content import content
from citizen.core.pdf import FONTS, font_file, printable
from citizen.quizzes.queries.sharing import Shared
from citizen.web.locale import localised, page_language

WIDTH, HEIGHT = 1200, 630
#: Pictures that one process remembers; drawing one takes some 50 ms.
MOST_PICTURES = 200

# The site's colours, see static/css/tokens.css.
PAPER, INK, MUTED, PINE, PINE_DARK, RIPPLE = "#fbfaf6", "#1c2422", "#53605c", "#14543f", "#0c3b2c", "#dfe7df"
_FAMILY = "Noto Sans CJK SC"
_MARK = (
    "M11 22.5a5.6 5.6 0 0 1 3.6-10.2 7.6 7.6 0 0 1 14.3.6 5 5 0 0 1 4.6 9.6",
    "M8.5 28.5c4.5-3.4 9-3.4 13.5 0s9 3.4 13.5 0M12.5 34.2c3.2-2.3 6.3-2.3 9.5 0s6.3 2.3 9.5 0",
)
_NEVER_FIRST = frozenset("，。、；：！？）》」』】”’,.;:!?)]}%")


@dataclass(frozen=True, slots=True)
class Picture:
    """Every word of a picture, in one language, and the address in its QR code."""

    site: str
    title: str
    label: str
    score: int
    counted: int
    day: str
    call: str
    address: str


def words_of(found: Shared) -> Picture:
    """The picture of a result in the page's language."""
    return Picture(
        site=content().site["name"].in_language(page_language()),
        title=localised(found, "title"),
        label=_("Right answers"),
        score=found.score,
        counted=found.counted,
        day=long_day(clock.local(found.submitted_at).date()),
        call=_("Scan and try it yourself"),
        address=absolute(url_for("quizzes.show", quiz_id=found.quiz_id)),
    )


def absolute(path: str) -> str:
    """A path of ours as others write it."""
    base: str = current_app.config["SETTINGS"].base_url
    return urljoin(base, path)


def long_day(day: date) -> str:
    """A day with its year, since a picture lives long."""
    return str(format_date(day, "d MMMM y" if page_language() == "en" else "y年M月d日"))


@lru_cache(maxsize=MOST_PICTURES)
def png(picture: Picture) -> bytes:
    """The picture as a PNG file of 1200 × 630 pixels."""
    fonts = [str(font_file(package, inside)) for name, package, inside in FONTS if name == "sans"]
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg(picture),
            font_files=fonts,
            font_family=_FAMILY,
            sans_serif_family=_FAMILY,
            skip_system_fonts=True,
        )
    )


def svg(picture: Picture) -> str:
    """The drawing. Titles are set in the largest size in which they need no more than two lines."""
    size, lines = _fitted(printable(picture.title), width=1040, sizes=(64, 56, 48, 42, 36))
    top = 250 if len(lines) == 1 else 158 + size
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        _ripples(),
        f'<rect width="{WIDTH}" height="16" fill="{PINE}"/>',
        _mark(80, 62, 68),
        _text(picture.site, (168, 108), 34, fill=PINE_DARK, bold=True),
        *(_text(row, (80, top + n * size * 1.3), size, fill=INK, bold=True) for n, row in enumerate(lines)),
        _text(picture.label, (80, 396), 32, fill=MUTED),
        _score(picture),
        _text(picture.day, (80, 574), 28, fill=MUTED),
        _qr(picture.address, (934, 348), 186),
        _text(picture.call, (1027, 574), 24, fill=MUTED, anchor="middle"),
        "</svg>",
    ]
    return "".join(parts)


def _score(picture: Picture) -> str:
    whole = str(picture.score)
    rest = 80 + len(whole) * 84 + 18
    return _text(whole, (76, 526), 144, fill=PINE, bold=True) + _text(
        f"/ {picture.counted}", (rest, 526), 72, fill=MUTED
    )


def _text(
    text: str, at: tuple[float, float], size: int, *, fill: str, bold: bool = False, anchor: str = "start"
) -> str:
    # The font has one weight: strokes of the same colour thicken it.
    stroke = f' stroke="{fill}" stroke-width="{size * 0.025:.2f}"' if bold else ""
    return (
        f'<text x="{at[0]:g}" y="{at[1]:g}" font-family="{_FAMILY}" font-size="{size}" fill="{fill}" '
        f'text-anchor="{anchor}"{stroke}>{html.escape(printable(text))}</text>'
    )


def _mark(x: int, y: int, size: int) -> str:
    """The drawing of static/img/mark.svg."""
    lines = "".join(f'<path d="{path}"/>' for path in _MARK)
    return (
        f'<g transform="translate({x} {y}) scale({size / 44:.4f})"><circle cx="22" cy="22" r="22" fill="{PINE}"/>'
        f'<g fill="none" stroke="{PAPER}" stroke-width="2.4" stroke-linecap="round">{lines}</g></g>'
    )


def _ripples() -> str:
    """The county's ripples along the lower edge."""
    rings = [
        f'<circle cx="{column * 46 + row * 23}" cy="{y}" r="{radius}"/>'
        for row, y in enumerate((624, 640))
        for column in range(27)
        for radius in (22, 15, 8)
    ]
    return f'<g fill="{PAPER}" stroke="{RIPPLE}" stroke-width="2">{"".join(rings)}</g>'


def _qr(address: str, at: tuple[int, int], size: int) -> str:
    rows = [list(row) for row in segno.make(address, error="m").matrix_iter(border=2)]
    cell = size / len(rows)
    # Horizontal runs as one path: no hairlines between modules.
    runs = [
        f"M{at[0] + x * cell:.2f} {at[1] + y * cell:.2f}h{cell:.2f}v{cell + 0.2:.2f}h-{cell:.2f}z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    ]
    ground = f'<rect x="{at[0]}" y="{at[1]}" width="{size}" height="{size}" rx="8" fill="#ffffff"/>'
    return ground + f'<path d="{"".join(runs)}" fill="{INK}" shape-rendering="crispEdges"/>'


def _fitted(text: str, *, width: int, sizes: tuple[int, ...]) -> tuple[int, list[str]]:
    for size in sizes:
        lines = _wrapped(text, width / size)
        if len(lines) <= 2:
            return size, lines
    return sizes[-1], [lines[0], lines[1].rstrip() + "…"]


def _wrapped(text: str, ems: float) -> list[str]:
    """Lines of at most ``ems`` heights of the type: Han may break anywhere, words of letters stay whole."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and _ems(line + piece) > ems and piece[0] not in _NEVER_FIRST:
            lines.append(line.strip())
            line = ""
        line += piece
    return [*lines, line.strip()]


def _pieces(text: str) -> list[str]:
    found: list[str] = []
    for char in text:
        narrow = not char.isspace() and _ems(char) < 1
        if narrow and found and found[-1] and _ems(found[-1][-1]) < 1 and not found[-1][-1].isspace():
            found[-1] += char
        else:
            found.append(char)
    return found


def _ems(text: str) -> float:
    """About how wide a text is: a Han character is 1, a letter little more than half of it."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.58 for char in text)
