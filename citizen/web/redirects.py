"""Going back to where somebody came from, never to somebody else's site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect


def safe_next(target: str | None) -> str:
    """``target`` when it is a path of ours that can be shown with GET, else the home page.

    Checking for a leading "/" is not enough: browsers drop tabs and newlines, so "/\\t/evil" becomes "//evil". Hence
    everything but visible ASCII is refused and the path must match an endpoint of our own.
    """
    home = url_for("home.index")
    if not target or len(target) > 500 or any(not "!" <= char <= "~" for char in target) or "\\" in target:
        return home
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return home
    try:
        endpoint, _values = current_app.url_map.bind(request.host).match(parts.path, "GET")
    except (HTTPException, RequestRedirect):
        return home
    return target if endpoint != "static" else home
