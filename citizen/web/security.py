"""Headers, host names and the origin of requests."""

from __future__ import annotations

import secrets

from flask import Flask, Response, abort, current_app, g, request, session
from werkzeug.middleware.proxy_fix import ProxyFix

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: On every response, unless its page says otherwise.
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
}


def csp_nonce() -> str:
    """This response's script nonce: 128 random bits, the same throughout one response."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _policy() -> str:
    tiles = current_app.config["SETTINGS"].tiles_url
    pictures = f" {tiles.split('{')[0]}" if tiles else ""
    return (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}' 'strict-dynamic'; style-src 'self'; "
        f"img-src 'self' data: blob:{pictures}; connect-src 'self'; font-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    )


def init_security(app: Flask) -> None:
    """Refuse foreign hosts and cross-site writes; put the security headers on every response."""
    settings = app.config["SETTINGS"]
    app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts)
    hops = settings.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    # Before everything else, the form token too: a foreign form must not be offered again with a good token.
    app.before_request_funcs.setdefault(None, []).insert(0, _refuse_foreign)
    app.after_request(_harden)


def _refuse_foreign() -> None:
    """A browser says where an unsafe request comes from; anything but our own pages is refused.

    Older browsers send neither header: for them the token in the form decides alone.
    """
    if request.method not in UNSAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        abort(400)
    origin = request.headers.get("Origin")
    if site is None and origin is not None and origin != request.host_url.rstrip("/"):
        abort(400)


def _harden(response: Response) -> Response:
    headers = response.headers
    said = {name.lower() for name, _value in headers}  # one look; asking header by header is most of what this costs
    for name, value in ALWAYS.items():
        if name.lower() not in said:
            headers.add(name, value)
    # A 304 would overwrite the policy, and so the nonce, of the page that the browser kept.
    if response.mimetype == "text/html" and response.status_code != 304 and "content-security-policy" not in said:
        headers.add("Content-Security-Policy", _policy())
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    if request.endpoint != "static" and "cache-control" not in said:
        # A page that looked at the session may hold somebody's data; a shared phone must not show it to the next.
        headers["Cache-Control"] = "no-store" if getattr(session, "was_read", True) else "no-cache"
        headers.add("Vary", "Cookie, Accept-Language")
    return response
