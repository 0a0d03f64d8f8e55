"""The child process: bounded, replaced when it fails, and closed to everything but photos."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from citizen.core.errors import Busy, InvalidInput
from citizen.photos import decoder
from citizen.photos.decoder import Decoder, run_bounded
from citizen.photos.refusals import PhotoRefused
from citizen.photos.rules import Box, dump_boxes
from citizen.photos.sanitiser import derive, sanitise
from tests.photos import corpus


@pytest.fixture
def child() -> Iterator[Decoder]:
    one = Decoder()
    yield one
    one.close()


def test_the_child_gives_what_the_functions_give() -> None:
    data, box = corpus.canary_jpeg(), Box(0.2, 0.2, 0.3, 0.3)
    photo = run_bounded("sanitise", data)
    assert photo == sanitise(data)
    assert run_bounded("derive", photo.master, dump_boxes([box])) == derive(photo.master, [box])


def test_refusals_keep_their_reason_and_the_child_goes_on(child: Decoder) -> None:
    child.run("sanitise", corpus.canary_jpeg())
    first = child.pid
    for name in ("html", "png cut in half", "gif", "apng of 300 frames", "nothing"):
        data, code = corpus.corpus()[name]
        with pytest.raises(PhotoRefused) as caught:
            child.run("sanitise", data)
        assert caught.value.code == code
    assert isinstance(caught.value, InvalidInput) and child.pid == first


@pytest.mark.parametrize(
    ("operation", "argument"), [("delete", ""), ("derive", "not boxes"), ("derive", '[{"x":1}]'), ("", "\0")]
)
def test_nonsense_is_refused(child: Decoder, operation: str, argument: str) -> None:
    with pytest.raises(PhotoRefused):
        child.run(operation, corpus.canary_jpeg(), argument)
    assert child.run("sanitise", corpus.canary_jpeg())


def test_a_hungry_photo_is_refused_by_the_memory_limit() -> None:
    photo = corpus.png_bomb(7_000, 7_000)  # allowed by its header: 49 million pixels
    small, usual = Decoder(memory=120 * 1024 * 1024), Decoder()
    try:
        with pytest.raises(PhotoRefused):
            small.run("sanitise", photo)
        assert small.run("sanitise", corpus.canary_jpeg())
        assert usual.run("sanitise", photo)  # control: the usual limit is enough for it
        peak = next(line for line in Path(f"/proc/{usual.pid}/status").read_text().splitlines() if "VmHWM" in line)
        assert int(peak.split()[1]) < 600 * 1024
    finally:
        small.close()
        usual.close()


def test_a_stuck_child_is_ended_in_time_and_replaced() -> None:
    slow = Decoder(seconds=1.0)
    try:
        slow.run("sanitise", corpus.canary_jpeg())
        stuck = slow.pid
        assert stuck is not None
        os.kill(stuck, signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(PhotoRefused) as caught:
            slow.run("sanitise", corpus.canary_jpeg())
        assert time.monotonic() - started < 3 and caught.value.code == "too_slow"
        assert slow.run("sanitise", corpus.canary_jpeg()) and slow.pid != stuck
    finally:
        slow.close()


def test_a_killed_child_costs_no_photo(child: Decoder) -> None:
    child.run("sanitise", corpus.canary_jpeg())
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert child.run("sanitise", corpus.canary_jpeg()) and child.pid != first


def test_without_a_process_to_spare_the_photo_waits(child: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(Busy):
        child.run("sanitise", corpus.canary_jpeg())


def test_a_forked_process_starts_its_own_child(child: Decoder) -> None:
    child.run("sanitise", corpus.canary_jpeg())
    inherited = child._child
    child.forget()
    assert inherited is not None
    with inherited:
        assert child.run("sanitise", corpus.canary_jpeg()) and child.pid != inherited.pid
        assert inherited.poll() is None
        inherited.kill()


def test_the_child_is_renewed_after_many_photos(child: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "JOBS_PER_CHILD", 3)
    pids = set()
    for _ in range(7):
        child.run("sanitise", corpus.canary_jpeg())
        pids.add(child.pid)
    assert len(pids) == 3


def test_threads_never_get_each_others_photo(child: Decoder) -> None:
    widths = [20 + 7 * n for n in range(24)]
    barrier = threading.Barrier(6)

    def ask(width: int) -> tuple[int, bytes]:
        if width < widths[6]:
            barrier.wait(timeout=10)
        return width, child.run("sanitise", corpus.encoded(corpus.picture((width, 16)), "PNG"))["facts"]

    with ThreadPoolExecutor(6) as pool:
        for width, facts in pool.map(ask, widths):
            assert int.from_bytes(facts[:4], "big") == width


def test_the_child_knows_no_secret(child: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITIZEN_SECRET_KEY", "very-secret-value")
    child.run("sanitise", corpus.canary_jpeg())
    assert b"very-secret-value" not in Path(f"/proc/{child.pid}/environ").read_bytes()
    assert b"very-secret-value" not in Path(f"/proc/{child.pid}/cmdline").read_bytes()


def test_too_heavy_a_file_never_reaches_the_child(child: Decoder) -> None:
    with pytest.raises(PhotoRefused):
        child.run("sanitise", bytes(15 * 1024 * 1024 + 1))
    assert child.pid is None
