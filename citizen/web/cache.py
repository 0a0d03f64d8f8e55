"""Answering "not changed" cheaply, without ever serving something that was withdrawn."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock

from flask import Response, current_app, make_response, request

from citizen.config import PROJECT
from citizen.core import clock
from citizen.web.locale import choose_mode, page_language
from citizen.web.security import csp_nonce

#: Pages that one process remembers.
MOST_PAGES = 200
_NONCE = "\x00nonce\x00"
_lock = Lock()


def with_etag(body: str | bytes, *, mimetype: str = "text/html") -> Response:
    """``body`` with a validator of its content; a browser that has it already gets 304 without it.

    The response must be asked for again each time (``no-cache``), so a withdrawal shows in the very next
    answer.
    """
    response = make_response(body)
    response.mimetype = mimetype
    response.add_etag()
    response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response


def page_for_all(stamp: object, render: Callable[[], str]) -> Response:
    """The page that ``render`` makes, remembered as long as ``stamp`` stays the same.

    ``stamp`` must change with everything the page shows; address, language, mode and day are added here. A
    visitor with
    a session gets a page of their own that nobody keeps. Everybody else gets a validator and, when they
    have the page
    already, 304 without a body. The script nonce is new in every full answer.
    """
    if current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        return make_response(render())
    tag = _tag(stamp)
    unchanged = request.if_none_match.contains_weak(tag)
    response = Response(status=304) if unchanged else make_response(_remembered(tag, render))
    response.set_etag(tag, weak=True)
    # Private: a page that several people share would share its script nonce too.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.add("Vary", "Cookie, Accept-Language")
    return response


def _tag(stamp: object) -> str:
    parts = (
        stamp,
        request.full_path,
        request.host,
        page_language(),
        choose_mode(),
        clock.today(),
        _edition(),
    )
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _remembered(tag: str, render: Callable[[], str]) -> str:
    pages: OrderedDict[str, str] = current_app.extensions.setdefault("citizen_pages", OrderedDict())
    with _lock:
        found = pages.get(tag)
        if found is not None:
            pages.move_to_end(tag)
    if found is None:
        found = render().replace(csp_nonce(), _NONCE)
        with _lock:
            pages[tag] = found
            while len(pages) > MOST_PAGES:
                pages.popitem(last=False)
    return found.replace(_NONCE, csp_nonce())


@lru_cache(maxsize=1)
def _edition() -> str:
    """Changes when the site's own files do; read once in the life of a process."""
    newest = 0.0
    for folder in ("templates", "translations", "static/css", "static/js", "citizen"):
        for path, _folders, names in os.walk(PROJECT / folder):
            newest = max([newest, *(Path(path, name).stat().st_mtime for name in names if not name.endswith(".pyc"))])
    return str(newest)
