"""Three hundred phones in one hall: how long a poll and an answer take, at the real web server with two workers.

    python -m tests.benchmarks.hall [--phones 300] [--questions 3] [--seconds 10] [--database sqlite|postgresql]

Every phone keeps its connections open, polls every two seconds, fetches the new part when the host moves on, and answers
once within the given seconds, some of them twice. What the hall is told afterwards must be exactly what was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import psutil
from flask import Flask

from citizen.config import Settings
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import BankQuestion, LiveRound
from citizen.quizzes.queries.live import Told, asked, standing_of, told
from citizen.quizzes.rules.live import Verb
from citizen.quizzes.rules.questions import Kind
from citizen.quizzes.services import live
from citizen.quizzes.services.live import Draft
from tests import county
from tests.live import ROOT, free_port
from tests.quizzes.making import bank

T = TypeVar("T")

EVERY_SECONDS = 2.0
TIMEOUT = 30.0


@dataclass
class Found:
    """What was measured: seconds by kind of request, what went wrong, what was sent."""

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    #: Position → option id → phones whose last accepted answer it is.
    sent: dict[int, Counter[str]] = field(default_factory=dict)
    told: dict[int, Counter[str]] = field(default_factory=dict)
    phones_told: dict[int, int] = field(default_factory=dict)
    #: Seconds of the processors that the server used, of how many that passed.
    cpu: tuple[float, float] = (0.0, 0.0)

    def note(self, kind: str, seconds: float) -> None:
        """Remember one request."""
        self.times.setdefault(kind, []).append(seconds)

    def at(self, kind: str, share: float) -> float:
        """The time within which ``share`` of the requests of ``kind`` were answered."""
        times = sorted(self.times.get(kind, [0.0]))
        return times[min(len(times) - 1, int(share * len(times)))]

    def lines(self) -> list[str]:
        """For people."""
        shown = [
            f"{kind:7} n={len(times):6}  p50={1000 * self.at(kind, 0.5):7.1f} ms  p99={1000 * self.at(kind, 0.99):7.1f} ms"
            f"  max={1000 * max(times):7.1f} ms"
            for kind, times in self.times.items()
        ]
        used, passed = self.cpu
        shown.append(f"errors  {dict(self.errors) or 'none'}")
        shown.append(
            f"server  {used:.1f} s of processor in {passed:.1f} s: {100 * used / max(passed, 0.1):.0f} % of one core"
        )
        same = all(self.sent[n] == self.told.get(n) for n in self.sent)
        shown.append(f"counted {'exactly what was sent' if same else f'sent {self.sent}, told {self.told}'}")
        return shown


class Connection:
    """One keep-alive connection of one phone, with its cookies."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self.port, self.cookies = port, cookies
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, *, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Send one request and read its whole answer."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = {"Host": f"127.0.0.1:{self.port}", "Accept-Language": "zh-CN", **(headers or {})}
        if self.cookies:
            lines["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            lines |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body.encode()))}
            lines |= {"Sec-Fetch-Site": "same-origin"}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._writer.write(f"{head}\r\n{body}".encode())
        return await asyncio.wait_for(self._answer(), TIMEOUT)

    async def _answer(self) -> tuple[int, dict[str, str], str]:
        assert self._reader is not None
        raw = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status, headers = int(raw[0].split(" ")[1]), {}
        for line in raw[1:]:
            name, _colon, value = line.partition(": ")
            headers[name.lower()] = value
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        length = int(headers.get("content-length", "0"))
        text = (await self._reader.readexactly(length)).decode() if length else ""
        return status, headers, text

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None


class Phone:
    """One phone: a connection that polls and one that answers, as a browser would use two."""

    def __init__(self, port: int, where: tuple[str, str], found: Found) -> None:
        code, ticket = where
        self.found, self.code, self.ticket = found, code, ticket
        # As the page's script does, what all phones share is asked for without the cookie.
        self.line, self.other = Connection(port, {}), Connection(port, {})
        self.token, self.tag, self.version, self.stopped = "", "", 0, False

    async def _timed(
        self, kind: str, line: Connection, method: str, path: str, **more: object
    ) -> tuple[int, dict[str, str], str]:
        start = time.perf_counter()
        try:
            answer = await line.ask(method, path, **more)  # type: ignore[arg-type]
        except (OSError, EOFError, TimeoutError) as error:
            line.close()
            self.found.errors[f"{kind}: {type(error).__name__}"] += 1
            return 0, {}, ""
        self.found.note(kind, time.perf_counter() - start)
        if answer[0] not in (200, 204, 304):
            self.found.errors[f"{kind}: {answer[0]}"] += 1
        return answer

    async def come_in(self, within: float) -> None:
        """Scan the code at some moment within so many seconds."""
        await asyncio.sleep(random.uniform(0, within))
        _status, _headers, page = await self._timed(
            "page", self.other, "GET", f"/quizzes/live/{self.code}?k={self.ticket}"
        )
        match = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        self.token = match[1] if match else ""
        body = urlencode({"csrf_token": self.token})
        await self._timed("here", self.other, "POST", f"/quizzes/live/{self.code}/here", body=body)

    async def poll(self) -> None:
        """Poll until told to stop."""
        await asyncio.sleep(random.uniform(0, EVERY_SECONDS))
        while not self.stopped:
            headers = {"If-None-Match": self.tag} if self.tag else {}
            path = f"/quizzes/live/{self.code}/state?k={self.ticket}"
            status, got, text = await self._timed("poll", self.line, "GET", path, headers=headers)
            if status == 200:
                self.tag, version = got.get("etag", ""), json.loads(text)["version"]
                if version > self.version:
                    self.version = version
                    part = f"/quizzes/live/{self.code}/part?k={self.ticket}&l=zh-Hans&v={version}"
                    await self._timed("part", self.line, "GET", part)
            await asyncio.sleep(EVERY_SECONDS * random.uniform(0.8, 1.2))

    async def answer(self, position: int, order: list[str], *, within: float) -> None:
        """Answer at some moment; one phone in five changes its mind."""
        await asyncio.sleep(random.uniform(0, within))
        last = ""
        for _try in range(1 + (random.random() < 0.2)):
            chosen = random.choice(order)
            body = urlencode({"csrf_token": self.token, "position": position, "choice": chosen})
            path = f"/quizzes/live/{self.code}/answer"
            status, _headers, _text = await self._timed(
                "answer", self.other, "POST", path, body=body, headers={"Accept": "application/json"}
            )
            last = chosen if status == 204 else last
        if last:
            self.found.sent.setdefault(position, Counter())[last] += 1

    def stop(self) -> None:
        """Leave the hall."""
        self.stopped = True


class Hall:
    """A round at a running server, moved on by the application of this process."""

    def __init__(self, app: Flask, port: int, *, questions: int) -> None:
        self.app, self.port, self.questions = app, port, questions
        with app.app_context():
            versions = bank(questions, kind=Kind.SINGLE)
            codes = tuple(db.session.get_one(BankQuestion, version.question_id).code for version in versions)
            self.host = county.people()["moderator"].id
            with transaction():
                round_ = live.open_round(Draft("道德讲堂", None, codes), by=self.host)
            self.id, self.code, self.ticket = round_.id, round_.code, standing_of(round_).ticket

    def step(self, verb: Verb) -> None:
        """What the host's button does."""
        with self.app.app_context():
            version = db.session.get_one(LiveRound, self.id).version
            with transaction():
                assert live.step(self.id, verb, seen=version, by=self.host)

    def order(self, position: int) -> list[str]:
        """The options of a question."""
        with self.app.app_context():
            question = asked(db.session.get_one(LiveRound, self.id), position)
            assert question is not None
            return list(question.order)

    def told(self, position: int) -> Told:
        """What the hall is told of the question that was just closed."""
        with self.app.app_context():
            round_ = db.session.get_one(LiveRound, self.id)
            question = asked(round_, position)
            assert question is not None
            return told(standing_of(round_), question)


async def run(hall: Hall, *, phones: int, seconds: float, come_in: float = 5.0) -> Found:
    """A whole round with so many phones, each answering within ``seconds`` of every question."""
    found = Found()
    people = [Phone(hall.port, (hall.code, hall.ticket), found) for _number in range(phones)]
    await asyncio.gather(*(phone.come_in(come_in) for phone in people))
    polls = [asyncio.create_task(phone.poll()) for phone in people]
    for position in range(1, hall.questions + 1):
        await asyncio.to_thread(hall.step, Verb.ASK if position == 1 else Verb.NEXT)
        order = await asyncio.to_thread(hall.order, position)
        await asyncio.gather(*(phone.answer(position, order, within=seconds) for phone in people))
        await asyncio.to_thread(hall.step, Verb.CLOSE)
        result = await asyncio.to_thread(hall.told, position)
        found.told[position] = Counter({id_: n for id_, n in result.tally.chosen.items() if n})
        found.phones_told[position] = result.tally.phones
        await asyncio.sleep(1.25 * EVERY_SECONDS)  # until every phone has heard of it
    for phone in people:
        phone.stop()
    await asyncio.gather(*polls)
    for phone in people:
        phone.line.close()
        phone.other.close()
    return found


@contextlib.contextmanager
def served(settings: Settings, port: int, *, workers: int = 2) -> Iterator[psutil.Process]:
    """The real web server on the site of ``settings``, until the block ends."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(settings.data_dir),
        "LANG": "C.UTF-8",
        "PORT": str(port),
        "CITIZEN_DATA_DIR": str(settings.data_dir),
        "CITIZEN_DATABASE_URL": settings.database_url,
        "CITIZEN_SECRET_KEY": settings.secret_key,
    }
    command = [sys.executable, "-m", "citizen.serve", "--port", str(port), "--workers", str(workers)]
    with (settings.data_dir / "web.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            apart(_answers(port))
            yield psutil.Process(process.pid)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def apart(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` gives, run in a thread of its own: in this one a browser's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _answers(port: int) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        line = Connection(port, {})
        with contextlib.suppress(OSError, EOFError):
            if (await line.ask("GET", "/healthz"))[0] == 200:
                line.close()
                return
        line.close()
        await asyncio.sleep(0.05)
    raise AssertionError("the site did not start")


def used(process: psutil.Process) -> float:
    """Seconds of processor that a process and its children have used."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)


def measured(app: Flask, settings: Settings, *, phones: int, questions: int, seconds: float) -> Found:
    """A round at a server of its own on the database of ``settings``; ``app`` is the host's."""
    port = free_port()
    hall = Hall(app, port, questions=questions)
    with served(settings, port) as process:
        before, start = used(process), time.monotonic()
        found = apart(run(hall, phones=phones, seconds=seconds, come_in=seconds / 2))
        found.cpu = (used(process) - before, time.monotonic() - start)
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--phones", type=int, default=300)
    options.add_argument("--questions", type=int, default=3)
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument(
        "--folder", type=Path, help="where the data lies; on a real disk, to measure what a real site would take"
    )
    chosen = options.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="hall", dir=chosen.folder))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "data").mkdir()
        if chosen.database == "postgresql":
            server = stack.enter_context(county.postgresql_server())
            settings = county.settings(folder, stack.enter_context(server.fresh_database()))
        else:
            settings = county.settings(folder, f"sqlite:///{folder / 'data' / 'citizen.db'}")
            county.build(settings)
        app = county.make_app(settings)
        found = measured(app, settings, phones=chosen.phones, questions=chosen.questions, seconds=chosen.seconds)
        county.dispose(app)
    print(f"{chosen.phones} phones, {chosen.questions} questions, {chosen.seconds:g} s each, {chosen.database}")
    print("\n".join(found.lines()))


if __name__ == "__main__":
    main()
