"""What a certificate says in the reader's language: on its page, on paper, and to a stranger who checks it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from flask import current_app, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from citizen.certificates.models import Certificate
from citizen.certificates.rules import MAX_FACTS, Kind, grouped, hours, masked_name
from citizen.core import clock
from citizen.core.content import Words
from citizen.core.pdf import POINT, Sheet, Type
from citizen.web.locale import page_language, speaking

#: By `rules.Kind`.
TITLES: dict[str, Any] = {
    Kind.VOLUNTEERING: _l("Certificate of volunteer service"),
    Kind.QUIZ: _l("Certificate of learning"),
}
KINDS: dict[str, Any] = {Kind.VOLUNTEERING: _l("Volunteer service"), Kind.QUIZ: _l("Quiz")}

#: The site's colours, see static/css/tokens.css; the ripples are the brand colour at a quarter of its strength.
PINE, PINE_DARK, RIPPLE = "14543f", "0c3b2c", "c4d4cf"
PERSIMMON, INK, MUTED, RULE = "b8431a", "1c2422", "53605c", "b9b6ab"
#: Millimetres: the middle of the page, and where its foot begins.
MIDDLE, FOOT = 105.0, 229.0


@dataclass(frozen=True, slots=True)
class Row:
    """A label and what stands beside it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A whole certificate in one language."""

    title: str
    #: The title in the other of Chinese and English, and its language.
    subtitle: str
    subtitle_lang: str
    number: str
    holder: str
    sentence: str
    result: str
    rows: list[Row]
    office: str
    issued_on: str
    check_url: str
    check_code: str


def printed(certificate: Certificate) -> Printed:
    """The certificate in the page's language."""
    snapshot, kind = certificate.snapshot, Kind(certificate.kind)
    other = "zh-Hans" if page_language() == "en" else "en"
    with speaking(other):
        subtitle = str(TITLES[kind])
    return Printed(
        title=str(TITLES[kind]),
        subtitle=subtitle,
        subtitle_lang=other,
        number=certificate.number,
        holder=certificate.holder,
        sentence=_sentence(kind, snapshot),
        result=_result(kind, snapshot),
        rows=[*_subject(kind, snapshot), *_facts(snapshot, everything=True)],
        office=_words(snapshot["office"]),
        issued_on=long_day(clock.local(certificate.issued_at).date()),
        check_url=check_url(certificate),
        check_code=grouped(certificate.token),
    )


def public_rows(certificate: Certificate) -> list[Row]:
    """What a stranger may compare with the paper: neither the whole name nor anything of the account."""
    snapshot, kind = certificate.snapshot, Kind(certificate.kind)
    measure = _("Service time") if kind == Kind.VOLUNTEERING else _("Right answers")
    return [
        Row(_("Number"), certificate.number),
        Row(_("Certifies"), str(KINDS[kind])),
        Row(_("Name, partly hidden"), masked_name(certificate.holder)),
        *([Row(_("Quiz"), _words(snapshot["subject"]))] if kind == Kind.QUIZ else []),
        *([Row(_("Period"), _period(snapshot))] if snapshot["first_day"] else []),
        Row(measure, _result(kind, snapshot)),
        *_facts(snapshot, everything=False),
        Row(_("Issued on"), long_day(clock.local(certificate.issued_at).date())),
        Row(_("Issued by"), _words(snapshot["office"])),
    ]


def check_url(certificate: Certificate) -> str:
    """The address that the QR code holds."""
    base: str = current_app.config["SETTINGS"].base_url
    return urljoin(base, url_for("certificates.check", token=certificate.token))


def revoked_on(certificate: Certificate) -> str:
    """The day from which it is not valid any more; empty for one that is."""
    return long_day(clock.local(certificate.revoked_at).date()) if certificate.revoked_at else ""


def long_day(day: date) -> str:
    """A day as it stands on a document: 2026年8月3日, 3 August 2026."""
    return str(format_date(day, "d\u00a0MMMM\u00a0y" if page_language() == "en" else "y年M月d日"))


def _words(plain: dict[str, str]) -> str:
    return Words(plain["hans"], plain["hant"], plain["en"]).in_language(page_language())


def _days(snapshot: dict[str, Any]) -> tuple[str, str]:
    first, last = (date.fromisoformat(snapshot[name]) for name in ("first_day", "last_day"))
    return long_day(first), long_day(last)


def _period(snapshot: dict[str, Any]) -> str:
    first, last = _days(snapshot)
    return first if first == last else str(_("%(first)s to %(last)s", first=first, last=last))


def _when(snapshot: dict[str, Any]) -> str:
    """The period inside a sentence; empty when the certificate names none."""
    if not snapshot["first_day"]:
        return ""
    first, last = _days(snapshot)
    return str(_("on %(day)s", day=first) if first == last else _("from %(first)s to %(last)s", first=first, last=last))


def _sentence(kind: Kind, snapshot: dict[str, Any]) -> str:
    when = _when(snapshot)
    if kind == Kind.QUIZ:
        name = _words(snapshot["subject"])
        if when:
            return str(_("completed the quiz “%(quiz)s” %(when)s. Right answers:", quiz=name, when=when))
        return str(_("completed the quiz “%(quiz)s”. Right answers:", quiz=name))
    name = _words(snapshot["county"]).replace(" ", "\u00a0")  # a name is not torn apart at a line's end
    if when:
        return str(
            _(
                "took part in the volunteer service of %(county)s %(when)s. Service time, recorded and confirmed:",
                county=name,
                when=when,
            )
        )
    return str(
        _("took part in the volunteer service of %(county)s. Service time, recorded and confirmed:", county=name)
    )


def _result(kind: Kind, snapshot: dict[str, Any]) -> str:
    if kind == Kind.QUIZ:
        return str(_("%(right)s of %(all)s", right=snapshot["right"], all=snapshot["questions"]))
    return str(_("%(hours)s hours", hours=hours(snapshot["minutes"])))


def _subject(kind: Kind, snapshot: dict[str, Any]) -> list[Row]:
    """A quiz names its subject in the sentence already."""
    subject = _words(snapshot["subject"])
    return [Row(_("Service"), subject)] if subject and kind == Kind.VOLUNTEERING else []


def _facts(snapshot: dict[str, Any], *, everything: bool) -> list[Row]:
    return [
        Row(_words(fact["label"]), _words(fact["value"])) for fact in snapshot["facts"] if everything or fact["public"]
    ]


def pdf(certificate: Certificate) -> bytes:
    """The certificate on one A4 page, in the page's language."""
    text = printed(certificate)
    sheet = Sheet(
        f"{text.title} {text.number}",
        language=page_language(),
        author=text.office,
        made_at=certificate.issued_at,
    )
    _frame(sheet)
    _heading(sheet, text)
    y = _body(sheet, text)
    _table(sheet, text.rows, y)
    _foot(sheet, text)
    return sheet.finish()


def _frame(sheet: Sheet) -> None:
    """Two rules around the page, and the county's ripples along its lower edge."""
    canvas = sheet.canvas
    canvas.set_draw_color(*_rgb(RIPPLE))
    canvas.set_fill_color(255)
    canvas.set_line_width(0.3)
    with canvas.rect_clip(12.6, 12.6, 184.8, 271.8):
        # From the back to the front: the nearer ripple covers the one behind it.
        for row, y in enumerate((272.4, 276.4, 280.4, 284.4)):
            for column in range(18):
                for radius in (5.6, 3.9, 2.2):
                    canvas.circle(12.6 + column * 11.55 + row % 2 * 5.775, y, radius, style="DF")
    canvas.set_draw_color(*_rgb(PINE))
    canvas.set_line_width(1.1)
    canvas.rect(10, 10, 190, 277)
    canvas.set_line_width(0.3)
    canvas.rect(12.6, 12.6, 184.8, 271.8)


def _heading(sheet: Sheet, text: Printed) -> None:
    sheet.picture(Path(current_app.static_folder or "") / "img" / "mark.svg", (MIDDLE - 9, 27), 18)
    english = page_language() == "en"
    big = Type(27 if english else 36, PINE_DARK, tracking=0.4 if english else 9, strong=True, align="center")
    sheet.line(text.title, (MIDDLE, 68), sheet.fitting(text.title, big, width=160, smallest=18))
    small = Type(13 if english else 11, MUTED, tracking=4 if english else 1.6, align="center")
    sheet.line(text.subtitle if english else text.subtitle.upper(), (MIDDLE, 77), small)
    canvas = sheet.canvas
    canvas.set_draw_color(*_rgb(PERSIMMON))
    canvas.set_line_width(0.35)
    canvas.line(MIDDLE - 30, 84, MIDDLE - 3, 84)
    canvas.line(MIDDLE + 3, 84, MIDDLE + 30, 84)
    canvas.set_fill_color(*_rgb(PERSIMMON))
    canvas.polygon([(MIDDLE - 1.3, 84), (MIDDLE, 82.7), (MIDDLE + 1.3, 84), (MIDDLE, 85.3)], style="F")
    sheet.line(_("No. %(number)s", number=text.number), (MIDDLE, 92), Type(10.5, MUTED, tracking=0.5, align="center"))


def _body(sheet: Sheet, text: Printed) -> float:
    """Name, sentence and result; returns where the further lines begin. Fewer of those leave more air above."""
    top = 106 + (MAX_FACTS + 1 - len(text.rows)) * 1.3
    sheet.line(_("This is to certify that"), (MIDDLE, top), Type(14, INK, tracking=1, align="center"))
    name = Type(32, INK, tracking=4, strong=True, align="center")
    name = sheet.fitting(text.holder, name, width=150, smallest=8)
    sheet.line(text.holder, (MIDDLE, top + 17), name)
    half = max(45.0, sheet.width(text.holder, name) / 2 + 4)
    canvas = sheet.canvas
    canvas.set_draw_color(*_rgb(RULE))
    canvas.set_line_width(0.25)
    canvas.line(MIDDLE - half, top + 22, MIDDLE + half, top + 22)
    y = sheet.paragraph(text.sentence, (MIDDLE, top + 34), Type(14, INK, align="center"), width=140, leading=1.8)
    big = Type(28, PINE_DARK, tracking=1, strong=True, align="center")
    sheet.line(text.result, (MIDDLE, y + 9), sheet.fitting(text.result, big, width=140, smallest=14))
    return y + 22


def _table(sheet: Sheet, rows: list[Row], y: float) -> None:
    """The further lines as a block in the middle of the page, in the largest type that keeps them above the foot."""
    for size in (11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0):
        label, value = Type(size, MUTED, align="right"), Type(size, INK)
        labels = min(46.0, max((sheet.width(row.label, label) for row in rows), default=0.0))
        values = min(98.0, max((sheet.width(row.value, value) for row in rows), default=0.0))
        lines = [sheet.wrapped(row.value, value, values) for row in rows]
        step = size * 1.75 * POINT
        if sum(map(len, lines)) * step <= FOOT - 2 - y:
            break
    edge = MIDDLE - (labels + 6 + values) / 2 + labels
    for row, texts in zip(rows, lines, strict=True):
        sheet.line(row.label, (edge, y), sheet.fitting(row.label, label, width=labels, smallest=4))
        for text in texts:
            sheet.line(text, (edge + 6, y), value)
            y += step


def _foot(sheet: Sheet, text: Printed) -> None:
    sheet.qr(text.check_url, (24, FOOT), 33)
    sheet.line(_("Check code"), (60, FOOT + 7), Type(9, MUTED))
    sheet.line(text.check_code, (60, FOOT + 13), Type(11.5, INK, tracking=0.4))
    note = _("Scan the code to see whether this certificate is valid. It is free of charge and holds no ID number.")
    sheet.paragraph(note, (60, FOOT + 20), Type(8.5, MUTED), width=52, leading=1.55)
    right = Type(15, INK, tracking=1, strong=True, align="right")
    sheet.line(text.office, (186, FOOT + 15), sheet.fitting(text.office, right, width=68, smallest=8))
    sheet.line(text.issued_on, (186, FOOT + 24), Type(12, INK, align="right"))


def _rgb(value: str) -> tuple[int, int, int]:
    return int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16)
