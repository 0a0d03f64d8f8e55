"""A request is dealt with once it has arrived whole, and one at a time.

A phone on a slow line takes a minute to send its photos. While it sends, it holds nothing but a thread that waits; with
threads that read and work in one go, four such phones silence a worker. And of the requests that have arrived a process
deals with one: threads that compete for the interpreter cost more than they gain. A request that takes long mostly waits
itself, for the storage of photos or for somebody's lock; after a quarter of a second it no longer keeps the next one out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from threading import Condition
from time import monotonic
from typing import IO, TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: A request that takes longer than this waits for something else than the interpreter.
SLOW_SECONDS = 0.25
#: Requests of one process that are dealt with at the same time, the slow ones with them: no more than connections to the
#: database (`citizen.app.POOL`).
AT_MOST = 8
#: What is larger waits on the disk.
IN_MEMORY = 512 * 1024
PORTION = 64 * 1024


class Turnstile:
    """Lets one in at a time, and the next as soon as that one has left or turned out to be slow."""

    def __init__(self, *, slow: float = SLOW_SECONDS, at_most: int = AT_MOST) -> None:
        self._slow, self._at_most = slow, at_most
        self._moved = Condition()
        self._entered: dict[object, float] = {}

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Be one of those inside; whoever waits enters at the latest when one of the ``at_most`` has left."""
        me = object()
        with self._moved:
            while (wait := self._to_wait()) > 0:
                self._moved.wait(wait)
            self._entered[me] = monotonic()
        try:
            yield
        finally:
            with self._moved:
                del self._entered[me]
                self._moved.notify()

    def _to_wait(self) -> float:
        """Seconds until there may be a place, unless somebody leaves before; 0 if there is one."""
        if not self._entered:
            return 0
        if len(self._entered) >= self._at_most:
            return self._slow
        return max(0, max(self._entered.values()) + self._slow - monotonic())


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
