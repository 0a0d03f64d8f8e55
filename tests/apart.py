"""Processes of their own, each with its own application and connections.

They are forked from one process that has loaded our modules and connected to nothing, since loading them four times takes
longer than what the tests do with them.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any

SECONDS = 240


def at_once(act: Callable[..., str], arguments: Sequence[tuple[Any, ...]]) -> list[str]:
    """What ``act`` says in one process for each of ``arguments``, all at the same time.

    ``act`` is a function of a module; its last argument is called when everything is ready and returns when all are.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "tests.factories"])
    gate, out = context.Barrier(len(arguments)), context.Queue()
    started = [context.Process(target=_run, args=(act, given, gate, out)) for given in arguments]
    for process in started:
        process.start()
    answers = [out.get(timeout=SECONDS) for _ in started]
    for process in started:
        process.join()
    return answers


def _run(act: Callable[..., str], given: tuple[Any, ...], gate: Any, out: Any) -> None:
    try:
        out.put(act(*given, gate.wait))
    except BaseException as error:
        gate.abort()  # the others must not wait for one that will never come
        out.put(repr(error))
        raise
