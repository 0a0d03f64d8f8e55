"""Decode photos in a child process that may use little memory and little time.

Image decoders are large C libraries fed by strangers. The child runs them with an address-space limit, a
CPU limit and a wall clock kept by the parent; it has no secrets in its environment and loads neither the web
framework nor the database. Whatever goes wrong there is a refusal here: nothing is let through unread.

The child is started by ``python -m citizen.photos.decoder`` (never forked from a threaded parent), serves
many photos over its pipes and is replaced after a failure or after 200 of them.

On the pipe: request = operation, argument and payload, each as four bytes of length and the content; answer =
the same, JSON first (``{"parts": [names]}`` or ``{"refused": code}``), then one block a part.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import resource
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from citizen.core.errors import Busy
from citizen.photos.refusals import PhotoRefused, Sentence
from citizen.photos.rules import MAX_BYTES, parse_boxes
from citizen.photos.sanitiser import Sanitised, derive, sanitise

#: Address space of the child in bytes. Measured on the largest pictures allowed: JPEG 221 MiB, PNG with alpha
#: 480, HEIC 474, WebP 506; so the child never holds more than 600 MB.
MEMORY_LIMIT = 570 * 1024 * 1024
#: Seconds of wall time, and of CPU, that one photo may take.
TIME_LIMIT = 10
#: A child is replaced after this many photos, so that fragmented memory does not pile up.
JOBS_PER_CHILD = 200
_MAX_BLOCK = 64 * 1024 * 1024
_l = Sentence
_ROOT = Path(__file__).resolve().parents[2]


class _ChildLost(Exception):
    """The child ended, or answered nonsense, in the middle of a photo."""


class Decoder:
    """One child process and the pipe to it; safe to call from several threads, one photo at a time."""

    def __init__(self, *, memory: int = MEMORY_LIMIT, seconds: float = TIME_LIMIT) -> None:
        self.memory, self.seconds = memory, seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._inherited: subprocess.Popen[bytes] | None = None
        self._jobs = 0

    def run(self, operation: str, payload: bytes, argument: str = "") -> dict[str, bytes]:
        """Return the named parts the child answers with.

        Raises `PhotoRefused` when the photo is refused, takes too long or ends a new child, and `Busy` when
        no child can be started at all: then trying again later is right.
        """
        if len(payload) > MAX_BYTES:
            raise PhotoRefused("too_heavy")
        with self._lock:
            # A child that served others may have been ended from outside: that is not this photo's fault.
            was_used = self._jobs > 0 and self._child is not None
            try:
                return self._ask(operation, payload, argument)
            except _ChildLost:
                if not was_used:
                    raise PhotoRefused("unreadable") from None
            try:
                return self._ask(operation, payload, argument)
            except _ChildLost:
                raise PhotoRefused("unreadable") from None

    def close(self) -> None:
        """End the child; the next photo starts another."""
        with self._lock:
            self._stop()

    def forget(self) -> None:
        """After a fork, leave the child to the other process: two readers on one pipe mix up photos."""
        # It stays referenced: dropping it would flush what a half-written request left in the pipe's buffer.
        self._inherited, self._child = self._child, None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id of the running child, if there is one."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def _ask(self, operation: str, payload: bytes, argument: str) -> dict[str, bytes]:
        child = self._ready_child()
        expired = threading.Event()
        timer = threading.Timer(self.seconds, _end, (child, expired))
        timer.daemon = True
        timer.start()
        try:
            request = (operation.encode(), argument.encode(), payload)
            answer, parts = _converse(child, request)
        except (OSError, EOFError, ValueError):
            self._stop()
            if expired.is_set():
                raise PhotoRefused("too_slow") from None
            raise _ChildLost from None
        finally:
            timer.cancel()
        self._jobs += 1
        if answer.get("last"):
            self._stop()
        if "refused" in answer:
            raise PhotoRefused(str(answer["refused"]))
        return parts

    def _ready_child(self) -> subprocess.Popen[bytes]:
        if self._jobs >= JOBS_PER_CHILD or (self._child is not None and self._child.poll() is not None):
            self._stop()
        if self._child is None:
            self._jobs = 0
            try:
                self._child = _start(self.memory, int(self.seconds) + 1)
            except OSError:
                raise Busy(_l("Photos cannot be processed right now. Please try again later.")) from None
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        child.wait()


_decoder = Decoder()
atexit.register(_decoder.close)
os.register_at_fork(after_in_child=_decoder.forget)


def run_bounded(operation: str, payload: bytes, argument: str = "") -> Any:
    """Run ``"sanitise"`` or ``"derive"`` on a photo within the bounds of the child process.

    ``sanitise`` returns `Sanitised`; ``derive`` takes the boxes as JSON text in ``argument`` (see
    `citizen.photos.rules.dump_boxes`) and returns the derived files by name. At most 10 seconds and 570 MiB
    of address space; raises `PhotoRefused` when the photo is refused or the child fails in any way.
    """
    parts = _decoder.run(operation, payload, argument)
    if operation != "sanitise":
        return parts
    width, height, luminance = struct.unpack(">IId", parts["facts"])
    return Sanitised(parts["master"], width, height, luminance)


def _start(memory: int, seconds: int) -> subprocess.Popen[bytes]:
    environment = {
        "PYTHONPATH": str(_ROOT),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, "-m", "citizen.photos.decoder", str(memory), str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env=environment,
    )


def _converse(child: subprocess.Popen[bytes], request: tuple[bytes, ...]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Send a request and return the answer and its parts; `EOFError` or `OSError` when the child is gone."""
    if child.stdin is None or child.stdout is None:
        raise EOFError
    for block in request:
        _write(child.stdin, block)
    child.stdin.flush()
    answer = json.loads(_read(child.stdout))
    return answer, {name: _read(child.stdout) for name in answer.get("parts", ())}


def _end(child: subprocess.Popen[bytes], expired: threading.Event) -> None:
    expired.set()
    child.kill()


def _operate(operation: str, payload: bytes, argument: str) -> dict[str, bytes]:
    if operation == "sanitise":
        photo = sanitise(payload)
        facts = struct.pack(">IId", photo.width, photo.height, photo.luminance)
        return {"master": photo.master, "facts": facts}
    if operation == "derive":
        return derive(payload, parse_boxes(argument))
    raise PhotoRefused("unreadable")


def _serve(source: IO[bytes], sink: IO[bytes], *, seconds: int) -> None:
    """The child's loop: answer requests until the parent closes the pipe."""
    while True:
        try:
            operation, argument, payload = (_read(source) for _ in range(3))
        except EOFError:
            return
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        limit = int(used) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        answer: dict[str, Any]
        parts: dict[str, bytes] = {}
        try:
            parts = _operate(operation.decode(), payload, argument.decode())
            answer = {"parts": list(parts)}
        except PhotoRefused as refusal:
            # A picture that ran into the memory limit may have left the libraries in a poor state.
            answer = {"refused": refusal.code, "last": refusal.code == "too_large"}
        except BaseException:
            answer = {"refused": "unreadable", "last": True}
        for block in (json.dumps(answer).encode(), *parts.values()):
            _write(sink, block)
        sink.flush()


def _write(pipe: IO[bytes], block: bytes) -> None:
    pipe.write(struct.pack(">I", len(block)))
    pipe.write(block)


def _read(pipe: IO[bytes]) -> bytes:
    head = pipe.read(4)
    if len(head) < 4:
        raise EOFError
    length = struct.unpack(">I", head)[0]
    if length > _MAX_BLOCK:
        raise EOFError
    block = pipe.read(length)
    if len(block) < length:
        raise EOFError
    return block


def _main(memory: int, seconds: int) -> None:
    # Answers leave by a private copy of standard output; anything a library prints goes nowhere.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _serve(sys.stdin.buffer, sink, seconds=seconds)


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
