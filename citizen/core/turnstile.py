"""One at a time, until one turns out to be slow.

The threads of a process take turns at the interpreter: those that compete for it cost more than they gain, and whoever waits
for it inside a transaction keeps rows locked. Something that takes long mostly waits itself, for a storage, for somebody's
lock; then the next may begin.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from time import monotonic

from citizen.core.errors import Busy

#: What takes longer than this waits for something else than the interpreter.
SLOW_SECONDS = 0.25
#: With the slow ones; no more than a process has connections to the database (`citizen.core.connections`).
AT_MOST = 8


class Turnstile:
    """Lets threads in one at a time, and the next as soon as the last one in has left or has been inside for ``slow`` seconds;
    never more than ``at_most``."""

    def __init__(self, *, slow: float = SLOW_SECONDS, at_most: int = AT_MOST) -> None:
        self._slow, self._at_most = slow, at_most
        self._moved = Condition()
        self._entered: dict[object, float] = {}

    @contextmanager
    def passing(self, *, patience: float = float("inf")) -> Iterator[None]:
        """Be inside for the length of the block; raises Busy after having waited for ``patience`` seconds."""
        me, deadline = object(), monotonic() + patience
        with self._moved:
            while (wait := self._to_wait()) > 0:
                left = deadline - monotonic()
                if left <= 0:
                    raise Busy()
                self._moved.wait(min(wait, left))
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
