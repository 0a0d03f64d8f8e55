"""A request is dealt with once it has arrived whole, and one at a time.

A phone on a slow line takes a minute to send its photos. While it sends, it holds nothing but a thread that waits; with
threads that read and work in one go, four such phones silence a worker. And of the requests that have arrived a process
deals with one, until it turns out to be slow; see `citizen.core.turnstile`.
"""

from __future__ import annotations

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

from citizen.core.turnstile import Turnstile

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: What is larger waits on the disk.
IN_MEMORY = 512 * 1024
PORTION = 64 * 1024


class Arrivals:
    """A WSGI application around another, which gets every request with a body that can be read without waiting.

    A body longer than ``most`` bytes is not waited for: the application refuses it unread. One without a length, or of
    which less arrives than was announced, is passed on as it is.
    """

    def __init__(self, application: WSGIApplication, *, most: int, turnstile: Turnstile | None = None) -> None:
        self._application, self._most = application, most
        self._turnstile = turnstile or Turnstile()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The application's answer."""
        body = self._body(environ)
        try:
            with self._turnstile.passing():
                answer = self._application(environ, start_response)
        except BaseException:
            if body is not None:
                body.close()
            raise
        return answer if body is None else ClosingIterator(answer, body.close)

    def _body(self, environ: WSGIEnvironment) -> IO[bytes] | None:
        length = environ.get("CONTENT_LENGTH", "")
        left = int(length) if length.isascii() and length.isdigit() else 0
        if not 0 < left <= self._most:
            return None
        body, source = SpooledTemporaryFile(IN_MEMORY), environ["wsgi.input"]  # noqa: SIM115 - closed with the answer
        while left > 0 and (portion := source.read(min(left, PORTION))):
            body.write(portion)
            left -= len(portion)
        body.seek(0)
        environ["wsgi.input"] = body
        return body
