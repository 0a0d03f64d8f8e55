"""What a reader sees when something cannot be done: a clear sentence, never a trace."""

from __future__ import annotations

import logging

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from citizen.core.errors import Busy, Conflict, DomainError, Forbidden, InvalidInput, NotFound
from citizen.extensions import db

log = logging.getLogger(__name__)

STATUS = {NotFound: 404, Forbidden: 403, Conflict: 409, Busy: 503, InvalidInput: 422}
PAGES = frozenset({400, 403, 404, 409, 413, 429, 500, 503})
#: Statuses that share another one's page.
SAME_PAGE = {401: 403, 405: 404, 410: 404}
#: Never repeated back to the browser.
SECRET_FIELDS = ("password", "code", "csrf_token", "totp")


def init_errors(app: Flask) -> None:
    """Install the handlers; anything unforeseen is logged and answered with the plain 500 page."""
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _unforeseen)


def error_page(status: int, message: str = "") -> tuple[str, int]:
    """The designed page for ``status``; ``message`` is a sentence for the reader."""
    page = SAME_PAGE.get(status, status if status in PAGES else 400)
    return render_template(f"errors/{page}.html", message=message), status


def _expired(error: CSRFError) -> ResponseReturnValue:
    """The form's token is missing or old: show what was typed, with a new token and one button to send it again."""
    fields = [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if not any(secret in name for secret in SECRET_FIELDS)
    ]
    return render_template("errors/expired.html", fields=fields[:200], action=request.path), 400


def _domain(error: DomainError) -> ResponseReturnValue:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    body, status = error_page(status, str(error.message))
    return (body, status, {"Retry-After": "5"}) if status == 503 else (body, status)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    if isinstance(error, SecurityError):
        # Somebody else's host name: no page is drawn, since every address on it would carry that name.
        return "This address is not ours.", 400, {"Content-Type": "text/plain"}
    body, status = error_page(error.code)
    response_headers = {"Retry-After": "60"} if status == 429 else {}
    return body, status, response_headers


def _database(error: OperationalError) -> ResponseReturnValue:
    log.exception("the database failed")
    db.session.rollback()
    body, _status = error_page(503)
    return body, 503, {"Retry-After": "5"}


def _unforeseen(error: Exception) -> ResponseReturnValue:
    log.exception("unforeseen error on %s", request.endpoint)
    db.session.rollback()
    return error_page(500)
