"""Requests that arrive slowly, in numbers: everybody else is answered meanwhile."""

from __future__ import annotations

import io
import socket
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import pytest

from citizen.core.turnstile import Turnstile
from citizen.web.arrivals import IN_MEMORY, Arrivals
from tests.live import LiveSite

SLOW = 8


class Dripping(io.RawIOBase):
    """A body of which the rest comes when ``go`` is set."""

    def __init__(self, data: bytes, go: Event) -> None:
        self._data, self._go, self._given = data, go, False

    def read(self, size: int = -1) -> bytes:
        if self._given:
            self._go.wait(10)
        self._given = True
        part, self._data = self._data[: max(1, size // 2)], self._data[max(1, size // 2) :]
        return part


def request(body: Any = None, length: object = "") -> dict[str, Any]:
    return {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(length), "wsgi.input": body or io.BytesIO()}


def answered(site: Arrivals, environ: dict[str, Any]) -> bytes:
    """The whole answer, closed as a server closes it."""
    answer = site(environ, lambda *_: None)
    with ExitStack() as end:
        if hasattr(answer, "close"):
            end.callback(answer.close)
        return b"".join(answer)


def echo(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
    return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))]


def test_what_arrives_slowly_keeps_nobody_waiting() -> None:
    never = Turnstile(slow=60)  # nobody enters because somebody else is slow
    site, go, answers = Arrivals(echo, most=1_000_000, turnstile=never), Event(), []

    def send() -> None:
        answers.append(answered(site, request(Dripping(b"slow" * 1000, go), 4000)))

    slow = [Thread(target=send) for _ in range(SLOW)]
    for thread in slow:
        thread.start()
    quick = Thread(target=lambda: answers.append(answered(site, request(io.BytesIO(b"quick"), 5))))
    quick.start()
    quick.join(5)
    assert answers == [b"quick"], "the slow ones hold no place while they send"
    go.set()
    for thread in slow:
        thread.join()
    assert sorted(answers) == [b"quick", *[b"slow" * 1000] * SLOW]


def crowd(turnstile: Turnstile, seconds: float, *, size: int = 10) -> tuple[int, float]:
    """So many come at once and stay for ``seconds`` each: how many were inside together, and how long it took in all."""
    inside, most, guard = [0], [0], Lock()

    def work(_environ: object, _start: object) -> Iterable[bytes]:
        with guard:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(seconds)
        with guard:
            inside[0] -= 1
        return []

    site = Arrivals(work, most=10, turnstile=turnstile)
    threads = [Thread(target=site, args=(request(), None)) for _ in range(size)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return most[0], time.monotonic() - began


def test_one_is_dealt_with_at_a_time() -> None:
    assert crowd(Turnstile(slow=5), 0.02)[0] == 1


def test_nobody_stands_behind_the_slow_for_longer_than_it_takes_to_see_that_they_are() -> None:
    most, seconds = crowd(Turnstile(slow=0.05), 2)
    assert most == 8, "no more than connections to the database"
    assert seconds < 10, "two bouts of two seconds, not ten"
    assert crowd(Turnstile(slow=0.05, at_most=3), 0.5)[0] == 3


def test_a_quick_one_passes_the_slow_and_keeps_the_next_one_out() -> None:
    turnstile, seen = Turnstile(slow=0.05), []
    with turnstile.passing():
        time.sleep(0.06)
        with turnstile.passing():
            late = Thread(target=lambda: [seen.append("in") for _ in [0] if turnstile.passing().__enter__() is None])
            late.start()
            late.join(0.01)
            assert seen == [], "the second has only just come in"
        late.join(5)
    assert seen == ["in"], "it has left: the slow first one keeps nobody out"


def test_a_place_is_given_back_when_the_application_fails() -> None:
    def fail(_environ: object, _start: object) -> Iterable[bytes]:
        raise RuntimeError("broken")

    site = Arrivals(fail, most=10, turnstile=Turnstile(slow=60))
    for _ in range(3):
        with pytest.raises(RuntimeError):
            site(request(), None)


@pytest.mark.parametrize(
    ("sent", "length", "seen"),
    [
        (b"", "", b""),
        (b"abc", 3, b"abc"),
        (b"abcdef", 3, b"abc"),
        (b"ab", 3, b"ab"),  # the sender went away; werkzeug notices that too little came
        (b"x" * (IN_MEMORY * 2 + 7), IN_MEMORY * 2 + 7, b"x" * (IN_MEMORY * 2 + 7)),
    ],
)
def test_a_body_arrives_as_it_was_sent(sent: bytes, length: object, seen: bytes) -> None:
    assert answered(Arrivals(echo, most=10_000_000), request(io.BytesIO(sent), length)) == seen


def test_a_body_is_closed_with_the_answer_and_when_there_is_none() -> None:
    bodies: list[Any] = []

    def keep(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        bodies.append(environ["wsgi.input"])
        if len(bodies) == 2:
            raise RuntimeError("broken")
        return [b"ok"]

    site = Arrivals(keep, most=10)
    answered(site, request(io.BytesIO(b"abc"), 3))
    with pytest.raises(RuntimeError):
        answered(site, request(io.BytesIO(b"abc"), 3))
    assert [body.closed for body in bodies] == [True, True]


@pytest.mark.parametrize("length", [11, "-3", "ten", "１０", "9" * 40])
def test_what_is_too_long_or_no_length_is_left_to_the_application_unread(length: object) -> None:
    source, seen = io.BytesIO(b"x" * 50), []

    def look(environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        seen.append(environ["wsgi.input"])
        return []

    Arrivals(look, most=10)(request(source, length), None)
    assert seen == [source] and source.tell() == 0


@pytest.fixture
def site(tmp_path: Path, sqlite_template: Path) -> Iterator[LiveSite]:
    live = LiveSite(tmp_path, sqlite_template)
    yield live
    live.stop()


def hold(site: LiveSite, stack: ExitStack) -> None:
    """Begin so many uploads as keep every thread busy that reads and works in one go."""
    for _ in range(SLOW):
        phone = stack.enter_context(socket.create_connection(("127.0.0.1", site.port)))
        head = "POST /report/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        phone.sendall(f"{head}Content-Length: 400000\r\n\r\n--x\r\n".encode())
    time.sleep(0.5)


def test_uploads_from_slow_phones_do_not_silence_the_site(site: LiveSite) -> None:
    site.start_web()
    with ExitStack() as stack:
        hold(site, stack)
        assert urllib.request.urlopen(f"{site.url}/boards/", timeout=5).status == 200


def test_with_few_threads_they_do(site: LiveSite) -> None:
    """The control: the test above is able to see a silent site."""
    site.start_web(threads=4)
    with ExitStack() as stack:
        hold(site, stack)
        with pytest.raises(OSError, match="timed out"):
            urllib.request.urlopen(f"{site.url}/boards/", timeout=2)
