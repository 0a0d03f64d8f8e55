"""How much processor time a request costs: bounded load over kept connections, and the clock of whole process trees.

The processor time of the server and the database (user and system, the living and the reaped) is far steadier on a shared
machine than the number of requests a second, so that is the figure; the rest stands beside it.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode, urlsplit

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Ask:
    """One request."""

    path: str
    form: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def token(self) -> str:
        """The token of the form on the page."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.text)
        return found[1] if found else ""


#: What one visitor does; the number tells visitors apart.
Flow = Callable[[int], Generator[Ask, Answer, None]]


@dataclass
class Figures:
    """Medians of the rounds; milliseconds. ``ratio`` is the median of each round over what `measure` measured beside it."""

    cpu: float
    ratio: float
    spread: tuple[float, float]
    per_second: float
    p50: float
    p99: float
    statuses: Counter[int]


def processor_seconds(roots: list[int]) -> float:
    """What the process trees of ``roots`` have used so far."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_bytes()
            except OSError:
                continue
            values = text[text.rindex(b")") + 2 :].split()
            parents[int(folder.name)] = int(values[1])
            used[int(folder.name)] = sum(map(int, values[11:15]))
    wanted = set(roots)
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in wanted} - wanted
        wanted |= more
        grown = bool(more)
    return sum(used.get(pid, 0) for pid in wanted) / TICKS


class Connection:
    """One kept connection, opened anew when the server closed it."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, ask: Ask) -> Answer:
        """The answer to ``ask``."""
        try:
            return await asyncio.wait_for(self._send(ask), 60)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            return await asyncio.wait_for(self._send(ask), 60)

    async def _send(self, ask: Ask) -> Answer:
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port, limit=1 << 21)
        reader, writer = self.streams
        body = urlencode(ask.form).encode() if ask.form is not None else b""
        head = [f"{'GET' if ask.form is None else 'POST'} {ask.path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        head += [f"{name}: {value}" for name, value in ask.headers.items()]
        if ask.form is not None:
            head += ["Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin"]
            head += [f"Content-Length: {len(body)}"]
        writer.write(("\r\n".join(head) + "\r\n\r\n").encode() + body)
        await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status, headers = int(lines[0].split()[1]), dict[str, str]()
        for line in lines[1:]:
            name, _, value = line.partition(":")
            if name:
                known = headers.get(name.lower())
                headers[name.lower()] = f"{known}\n{value.strip()}" if known else value.strip()
        data = b"" if status in (204, 304) else await self._body(reader, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, data.decode("utf-8", "replace"))

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if "chunked" not in headers.get("transfer-encoding", ""):
            return await reader.readexactly(int(headers.get("content-length", "0")))
        parts = []
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            parts.append((await reader.readexactly(size + 2))[:-2])
        await reader.readexactly(2)
        return b"".join(parts)

    def close(self) -> None:
        """Let go of the connection."""
        if self.streams is not None:
            self.streams[1].close()
        self.streams = None


@dataclass
class Round:
    """What one round saw."""

    seconds: float
    times: list[float]
    statuses: Counter[int]


async def _round(base: str, flow: Flow, numbers: Iterator[int], *, clients: int) -> Round:
    times: list[float] = []
    statuses: Counter[int] = Counter()

    async def visitor(connection: Connection) -> None:
        for number in numbers:
            steps = flow(number)
            ask = next(steps, None)
            while ask is not None:
                began = time.perf_counter()
                answer = await connection.send(ask)
                times.append(time.perf_counter() - began)
                statuses[answer.status] += 1
                try:
                    ask = steps.send(answer)
                except StopIteration:
                    ask = None
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(visitor(Connection(base)) for _client in range(clients)))
    return Round(time.perf_counter() - began, times, statuses)


def measure(
    base: str, flow: Flow, *, roots: list[int], visits: int, rounds: int = 3, beside: Callable[[], float] = lambda: 1.0
) -> Figures:
    """The cost of one visit: ``rounds`` rounds of ``visits`` each over four connections, after one that does not count.

    ``cpu`` is the median round's processor time of the trees of ``roots`` for a whole visit, however many requests it has.
    The first round is for the server: each of its connections prepares a statement when it has been asked five times.
    ``beside`` measures something else before and after each round: what else runs on the machine meets both.
    """
    asyncio.run(_round(base, flow, iter(range(visits)), clients=4))
    costs, found, others = [], [], [beside()]
    for number in range(rounds):
        first = (number + 1) * visits
        before = processor_seconds(roots)
        found.append(asyncio.run(_round(base, flow, iter(range(first, first + visits)), clients=4)))
        costs.append((processor_seconds(roots) - before) * 1000 / visits)
        others.append(beside())
    times = sorted(one for result in found for one in result.times)
    return Figures(
        cpu=statistics.median(costs),
        ratio=statistics.median(2 * cost / sum(two) for cost, two in zip(costs, pairwise(others), strict=True)),
        spread=(min(costs), max(costs)),
        per_second=statistics.median(len(result.times) / result.seconds for result in found),
        p50=1000 * times[len(times) // 2],
        p99=1000 * times[int(0.99 * (len(times) - 1))],
        statuses=sum((result.statuses for result in found), Counter()),
    )


def visits_needed(visits: int, rounds: int = 3) -> int:
    """How many different visitors `measure` sends in all."""
    return (rounds + 1) * visits
