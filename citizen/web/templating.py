"""What every template can use, and the only module that may call text safe."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
from babel.dates import format_date
from flask import Flask, current_app, g, request, url_for
from flask.templating import Environment
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from flask_login import current_user
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from citizen.core.clock import COUNTY_ZONE, local
from citizen.core.content import Words, content
from citizen.web import navigation
from citizen.web.locale import LOCALES, NAMES, catalogue, choose_mode, localised, page_language
from citizen.web.redirects import safe_next
from citizen.web.security import csp_nonce

_DAY = {"zh-Hans": "M月d日 EEE", "zh-Hant": "M月d日 EEE", "en": "EEE d MMM"}


class Site:
    """The county's own words in the page's language."""

    def __getattr__(self, name: str) -> Any:
        value = content().site.get(name, "")
        return value.in_language(page_language()) if isinstance(value, Words) else value

    @property
    def demo(self) -> bool:
        """Whether this is the fictional demonstration."""
        return not current_app.config["SETTINGS"].production


def day(moment: datetime | date) -> str:
    """A date with its weekday on the county's calendar, with the year only when it is not this year's."""
    when_ = local(moment).date() if isinstance(moment, datetime) else moment
    return _day_words(page_language(), when_, this_year=when_.year == datetime.now(COUNTY_ZONE).year)


@lru_cache(maxsize=5_000)
def _day_words(language: str, when_: date, *, this_year: bool) -> str:
    """A day has one name for everybody, and a list shows the same few days again and again."""
    pattern = _DAY[language]
    if not this_year:
        pattern = f"{pattern} y" if language == "en" else f"y年{pattern}"
    return str(format_date(when_, pattern, locale=LOCALES[language]))


def clock(moment: datetime) -> str:
    """The time of day in 24 hours on the county's clock."""
    return local(moment).strftime("%H:%M")


def when(moment: datetime) -> str:
    """Date with weekday and time of day."""
    return f"{day(moment)} {clock(moment)}"


def words(value: Words) -> str:
    """A content text in the page's language."""
    return value.in_language(page_language())


def qr_svg(text: str, label: str) -> Markup:
    """A QR code of ``text`` as inline SVG that screen readers call ``label``."""
    svg = segno.make(text, error="m").svg_inline(border=2, omitsize=True, title=label)
    return Markup(svg)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def markdown(text: str) -> Markup:
    """The HTML of a text in Markdown: tables are known, HTML inside is shown as text, links to scripts stay text."""
    return Markup(_markdown().render(text))


@lru_cache(maxsize=5_000)
def option(value: str, label: str, *, selected: bool) -> Markup:
    """One option of a select, escaped; drawn once, since desks show the same hundreds again and again."""
    return Markup('<option{} value="{}">{}</option>').format(Markup(" selected") if selected else "", value, label)


@lru_cache(maxsize=500)
def _version(path: str, _changed: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file, which changes whenever its content does."""
    known: dict[str, str] = g.setdefault("asset_addresses", {})
    if name not in known:
        path = Path(current_app.static_folder or "", name)
        known[name] = _asset_address(
            request.script_root, str(path), name, path.stat().st_mtime if path.is_file() else 0
        )
    return known[name]


@lru_cache(maxsize=2_000)
def _asset_address(_root: str, path: str, name: str, changed: float) -> str:
    """Pages name the same few files: each address is put together once for as long as its file stays as it is."""
    return url_for("static", filename=name, v=_version(path, changed) if changed else None)


def _import_map(app: Flask) -> dict[str, dict[str, str]]:
    """Which address each script module is loaded from; made once, since it is the same on every page."""
    with app.test_request_context(base_url=app.config["SETTINGS"].base_url):
        modules = sorted(path.name for path in (Path(app.static_folder or "") / "js").glob("*.js"))
        found = {url_for("static", filename=f"js/{name}"): asset(f"js/{name}") for name in modules}
        return {"imports": {**found, "htmx.org": asset("node_modules/htmx.org/dist/htmx.esm.js")}}


def here(**changes: Any) -> str:
    """The present page's address with some query values changed; a form's answer has no address of its own."""
    if request.endpoint is None:
        return url_for("home.index", **changes)
    reserved = {"endpoint", "values", *changes}  # and url_for's own options begin with an underscore
    sent = request.args.to_dict(flat=False).items()
    values: dict[str, Any] = {key: found for key, found in sent if key not in reserved and not key.startswith("_")}
    return url_for(request.endpoint, **{**values, **(request.view_args or {}), **changes})


def _language_links() -> list[dict[str, Any]]:
    current = page_language()
    return [
        {"code": code, "label": short, "title": title, "url": here(lang=code), "current": code == current}
        for code, (short, title) in NAMES.items()
    ]


def _mode_link() -> dict[str, str]:
    if choose_mode() == "elder":
        return {"url": here(mode="standard"), "label": _("Standard view")}
    return {"url": here(mode="elder"), "label": _("Large type")}


def _viewer() -> Any:
    """The signed-in person, without looking for one when no session was sent."""
    name = current_app.config["SESSION_COOKIE_NAME"]
    if name not in request.cookies:
        return None
    return current_user if current_user.is_authenticated else None


def _escaped(text: LazyString) -> Markup:
    """What a lazy sentence is in a page: text like any other."""
    return escape(str(text))


def _translated(text: str, **values: Any) -> Markup:
    """A template's text in the page's language, with values escaped into it; always a format, as Jinja's own is."""
    said: str = catalogue().ugettext(text)
    return Markup(said) % values if values else Markup(said % values)


class Pages(Environment):
    """Flask's templates; what all of them can use is looked up in one table.

    Jinja chains two tables and compares them name by name for every macro that a page imports. So the globals are set
    before the first template is loaded, here and nowhere else.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The names that a template knows beside its own variables."""
        return {**self.globals, **(d or {})}


def init_templating(app: Flask) -> None:
    """Register the globals that components need and the variables of the layouts."""
    # Flask-Babel calls its lazy strings safe HTML as they are; with what somebody typed in them they are not.
    LazyString.__html__ = _escaped
    app.jinja_env.globals.update(
        asset=asset,
        day=day,
        when=when,
        clock=clock,
        words=words,
        localised=localised,
        csp_nonce=csp_nonce,
        site=Site(),
        here=here,
        safe_next=safe_next,
    )
    app.jinja_env.globals["import_map"] = _import_map(app)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: catalogue().ugettext(text),
        lambda one, many, number: catalogue().ungettext(one, many, number),
        newstyle=True,
    )
    # A page has hundreds of texts, and every template of ours is HTML: Jinja's three calls for each come down to one.
    app.jinja_env.globals["_"] = _translated
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    app.context_processor(_layout_variables)


def _layout_variables() -> dict[str, Any]:
    viewer = _viewer()
    return {
        "html_lang": page_language(),
        "mode": choose_mode(),
        "lang_links": _language_links(),
        "mode_link": _mode_link(),
        "navigation": navigation.public_items(),
        "staff_navigation": navigation.staff_items(viewer) if viewer is not None and viewer.roles else [],
        "viewer": viewer,
    }
