"""Which language a page speaks: the address, the cookie, the account, then the browser; script first, region second.

The stock negotiation gives English to a reader in Taipei who accepts zh-TW, zh, en; and a Babel locale id such as zh_Hans
is no valid value of ``<html lang>``. So both are written out here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Domain, force_locale
from flask_login import current_user

from citizen.config import PROJECT

#: Language tag of the page → Babel locale id.
LOCALES = {"zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant", "en": "en"}
DEFAULT = "zh-Hans"
_SUFFIX = {"zh-Hans": "_hans", "zh-Hant": "_hant", "en": "_en"}
NAMES = {"zh-Hans": ("简体", "简体中文"), "zh-Hant": ("繁體", "繁體中文"), "en": ("EN", "English")}
MODES = ("standard", "elder")
YEAR = 365 * 24 * 3600
_TRADITIONAL = {"tw", "hk", "mo"}
_RANGE = re.compile(r"([A-Za-z0-9-]{1,35})(?:\s*;\s*q=([01](?:\.\d{0,3})?))?$")


def negotiate(header: str) -> str | None:
    """The page language for an Accept-Language ``header``, or None when it names none of ours.

    A Chinese range is decided by its script (Hans, Hant), else by its region (TW, HK, MO read Traditional), else Simplified.
    The header's order of preference is kept; ranges with q=0 are dropped; nonsense is skipped.
    """
    wanted: list[tuple[float, int, str]] = []
    for position, part in enumerate(header[:1000].split(",")):
        match = _RANGE.match(part.strip())
        if match and float(match[2] or 1) > 0:
            tag = _tag_of(match[1].lower())
            if tag:
                wanted.append((-float(match[2] or 1), position, tag))
    return min(wanted)[2] if wanted else None


def _tag_of(language: str) -> str | None:
    parts = language.split("-")
    if parts[0] in ("zh", "yue", "cmn"):
        if "hant" in parts:
            return "zh-Hant"
        if "hans" in parts:
            return "zh-Hans"
        return "zh-Hant" if _TRADITIONAL & set(parts) or parts[0] == "yue" else "zh-Hans"
    return "en" if parts[0] == "en" else None


def choose_language() -> str:
    """The language tag for the present request, decided once and kept for it."""
    if not has_request_context():
        return DEFAULT
    chosen: str | None = g.get("language")  # asked hundreds of times for a page: one look
    if chosen is None:
        chosen = g.language = (
            _known(request.args.get("lang"))
            or _known(request.cookies.get("lang"))
            or _known(_account_language())
            or negotiate(request.headers.get("Accept-Language", ""))
            or DEFAULT
        )
    return chosen


def _known(tag: str | None) -> str | None:
    return tag if tag in LOCALES else None


def _account_language() -> str | None:
    return getattr(current_user, "language", None) if request.endpoint != "static" else None


def select_locale() -> str:
    """The Babel locale id for the present request."""
    return LOCALES[choose_language()]


_speaking: ContextVar[str | None] = ContextVar("citizen_speaking", default=None)


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Speak the language ``tag`` inside the block, whatever the request asks for: a message has its own reader."""
    token = _speaking.set(tag)
    try:
        with force_locale(LOCALES[tag]):
            yield
    finally:
        _speaking.reset(token)


def page_language() -> str:
    """The tag of the language that texts are translated into right now (also inside `speaking`)."""
    return _speaking.get() or choose_language()


@cache
def _catalogue(tag: str) -> NullTranslations:
    return Translations.load(str(PROJECT / "translations"), [LOCALES[tag]])


def catalogue() -> NullTranslations:
    """The translations of the page's language; found once, since a page asks for hundreds of texts."""
    return _catalogue(page_language())


class Catalogues(Domain):  # Flask-Babel has no types
    """Flask-Babel's texts out of `catalogue`: its own look-up finds the locale anew for each of a page's hundreds of texts."""

    def get_translations(self) -> NullTranslations:
        """The translations of the page's language."""
        return catalogue()


def choose_mode() -> str:
    """ "elder" for large type, else "standard": the address, then the cookie."""
    asked = request.args.get("mode")
    mode = asked if asked in MODES else request.cookies.get("mode")
    return mode if mode in MODES else "standard"


def localised(row: Any, name: str) -> str:
    """The column ``name`` of a content row in the page's language: ``name_hans``, ``name_hant`` or ``name_en``.

    An empty translation falls back to Simplified Chinese, never to nothing.
    """
    text = getattr(row, name + _SUFFIX[page_language()], "") or getattr(row, name + _SUFFIX[DEFAULT], "")
    return str(text or "")


def init_locale(app: Flask) -> None:
    """Texts out of our catalogues; remember a language or mode chosen in the address: a GET changes nothing but the
    reader's own cookie."""
    app.extensions["babel"].instance.domain_instance = Catalogues()

    @app.after_request
    def remember(response: Response) -> Response:
        for name, known in (("lang", LOCALES), ("mode", MODES)):
            chosen = request.args.get(name)
            if chosen in known and request.cookies.get(name) != chosen:
                response.set_cookie(
                    name,
                    chosen or "",
                    max_age=YEAR,
                    samesite="Lax",
                    httponly=True,
                    secure=current_app.config["SESSION_COOKIE_SECURE"],
                )
        return response
