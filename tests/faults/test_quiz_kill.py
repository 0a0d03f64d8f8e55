"""A quiz whose server dies or hangs: what was acknowledged is there, it goes on where it was, and there is one score."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
import requests

from citizen.core.database import transaction
from citizen.extensions import db
from citizen.quizzes.models import QuestionVersion
from citizen.quizzes.rules.questions import Kind
from tests import county
from tests.live import LiveSite
from tests.quizzes.making import make_quiz, make_version

pytestmark = pytest.mark.faults

SIZE = 8
BEFORE = 6
#: So long after question 7 was sent the server dies; each time with several people on their way.
MOMENTS = (0.0, 0.006, 0.012, 0.02, 0.035)
PEOPLE = 5
LIMIT_SECONDS = 4


@dataclass
class Resident:
    """Somebody with a phone who takes a quiz by plain forms."""

    url: str
    quiz_id: int
    session: requests.Session = field(default_factory=requests.Session)
    csrf: str = ""
    #: Where the attempt's questions are.
    base: str = ""
    #: Position → option ids that were sent.
    sent: dict[int, list[str]] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)

    def start(self) -> int:
        """Press the start button; the question that one is led to."""
        if not self.csrf:
            page = self.session.get(f"{self.url}/quizzes/{self.quiz_id}", timeout=10).text
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            assert found
            self.csrf = found[1]
        place = self.post(f"/quizzes/{self.quiz_id}/start")
        self.base, end = place.rsplit("/", 1)
        return int(end) if end != "check" else SIZE + 1

    def answer(self, position: int, chosen: list[str]) -> str:
        """Send an answer; where it leads. Only whoever is led on knows that it was taken."""
        self.sent[position] = chosen
        place = self.post(f"{self.base}/{position}", choice=chosen)
        self.acknowledged.add(position)
        return place

    def try_to_answer(self, position: int, chosen: list[str]) -> None:
        """Send an answer to a server that may die."""
        try:
            self.answer(position, chosen)
        except requests.RequestException:
            self.session.close()

    def post(self, path: str, **values: object) -> str:
        """Send a form; where it leads."""
        data = {"csrf_token": self.csrf, **values}
        answer = self.session.post(f"{self.url}{path}", data=data, timeout=20, allow_redirects=False)
        assert answer.status_code == 303, (answer.status_code, answer.text[-1000:])
        return str(answer.headers["Location"])

    @property
    def token(self) -> str:
        """The attempt's name."""
        return self.base.rsplit("/", 1)[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[LiveSite]:
    running = LiveSite(tmp_path_factory.mktemp("quiz"), sqlite_template)
    running.start_web()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def keys(site: LiveSite) -> Iterator[dict[int, list[str]]]:
    """Version → what is right, of a bank as large as a quiz."""
    app = county.make_app(site.settings())
    with app.app_context():
        with transaction():
            for _number in range(SIZE):
                make_version(kind=Kind.SINGLE)
        rows = db.session.execute(db.select(QuestionVersion.id, QuestionVersion.key))
        found = {id_: list(key) for id_, key in rows}
        yield found
        db.session.remove()
    county.dispose(app)


@pytest.fixture
def quiz_id(keys: dict[int, list[str]], request: pytest.FixtureRequest) -> int:
    """A quiz of the whole bank, with the limit that the test asks for."""
    with transaction():
        return make_quiz(size=SIZE, limit_seconds=getattr(request, "param", None)).id


def rows(site: LiveSite, query: str, *values: object) -> list[tuple[object, ...]]:
    """What the database holds, whoever lives."""
    with closing(sqlite3.connect(f"file:{site.folder / 'data' / 'citizen.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def asked(site: LiveSite, who: Resident) -> dict[int, tuple[int, list[str] | None]]:
    """Position → version and stored answer of somebody's attempt."""
    query = """SELECT position, version_id, answer FROM attempt_items
        WHERE attempt_id = (SELECT id FROM attempts WHERE token = ?)"""
    return {
        int(str(position)): (int(str(version)), json.loads(str(answer)) if answer else None)
        for position, version, answer in rows(site, query, who.token)
    }


def test_killed_at_question_seven(site: LiveSite, keys: dict[int, list[str]], quiz_id: int) -> None:
    everybody: list[Resident] = []
    for moment in MOMENTS:
        people = [Resident(site.url, quiz_id) for _number in range(PEOPLE)]
        everybody += people
        for who in people:
            assert who.start() == 1
            chosen = asked(site, who)
            for position in range(1, BEFORE + 1):
                who.answer(position, keys[chosen[position][0]])
        kill_on_the_way(site, people, keys, moment)
        for who in people:
            check_resumed(site, who)
    unheard = [who for who in everybody if BEFORE + 1 not in who.acknowledged]
    stored = [who for who in everybody if asked(site, who)[BEFORE + 1][1] is not None]
    print(f"\n{len(everybody)} on their way: {len(unheard)} never heard, {len(stored)} stored")
    assert len(everybody) >= 25 and unheard, "the server must have died before it had answered somebody"
    for who in everybody:
        finish(site, who, keys)
    assert rows(site, "PRAGMA integrity_check") == [("ok",)]
    assert rows(site, "SELECT count(*), count(DISTINCT taker) FROM attempts") == [(len(everybody),) * 2]


def kill_on_the_way(site: LiveSite, people: list[Resident], keys: dict[int, list[str]], moment: float) -> None:
    """Everybody sends question 7, and ``moment`` seconds later the whole server is dead; then it is started again."""
    right = {who.token: keys[asked(site, who)[BEFORE + 1][0]] for who in people}
    gate = threading.Barrier(len(people) + 1)

    def send(who: Resident) -> None:
        gate.wait()
        who.try_to_answer(BEFORE + 1, right[who.token])

    with ThreadPoolExecutor(len(people)) as pool:
        under_way = [pool.submit(send, who) for who in people]
        gate.wait()
        time.sleep(moment)
        site.kill_web()
        for one in under_way:
            one.result()
    site.start_web()


def check_resumed(site: LiveSite, who: Resident) -> None:
    """The start button leads on in the same attempt, behind everything that was acknowledged."""
    before, found = who.base, asked(site, who)
    place = who.start()
    assert who.base == before
    assert place == (BEFORE + 1 if found[BEFORE + 1][1] is None else BEFORE + 2)
    assert place > max(who.acknowledged)
    for position, (_version, answer) in found.items():
        wanted = who.sent[position] if position in who.acknowledged or answer is not None else None
        assert answer == wanted, "what is stored is what was sent, and all that was acknowledged is stored"


def finish(site: LiveSite, who: Resident, keys: dict[int, list[str]]) -> None:
    """Hand in twice: one score, and it counts what is stored."""
    for _turn in range(2):
        assert who.post(f"{who.base}/hand-in") == f"{who.base}/result"
    right = sum(answer == keys[version] for version, answer in asked(site, who).values())
    query = "SELECT state, score, counted FROM attempts WHERE token = ?"
    assert rows(site, query, who.token) == [("submitted", right, SIZE)]
    assert right >= BEFORE


@pytest.mark.parametrize("quiz_id", [LIMIT_SECONDS], indirect=True)
def test_an_answer_that_a_paused_server_takes_up_after_the_limit(
    site: LiveSite, keys: dict[int, list[str]], quiz_id: int
) -> None:
    """An answer arrives when a process of the server takes its request up, not when it left the phone.

    What waits before that (the network, a full queue, a machine that stood still) is what the grace of thirty seconds is
    for: within it the answer counts. Beyond it the server cannot know when it was sent, and the answer does not count.
    """
    within, beyond = (Resident(site.url, quiz_id) for _name in range(2))
    for who in (within, beyond):
        assert who.start() == 1
    limit = moment_of(site, beyond, "limit_at")
    assert (moment_of(site, within, "ends_at") - moment_of(site, within, "limit_at")).total_seconds() == 30
    with transaction():  # thirty seconds are long for a test: one of them has none
        query = db.text("UPDATE attempts SET ends_at = limit_at WHERE token = :token")
        db.session.execute(query, {"token": beyond.token})
    right = {who.token: keys[asked(site, who)[1][0]] for who in (within, beyond)}
    wait_until(limit, -1)
    with ThreadPoolExecutor(2) as pool, paused(site):
        sent = [pool.submit(who.answer, 1, right[who.token]) for who in (within, beyond)]
        wait_until(limit, 1)
        assert not any(one.done() for one in sent), "nobody was answered while the server stood still"
    assert [one.result() for one in sent] == [f"{within.base}/2", f"{beyond.base}/result"]
    assert asked(site, within)[1][1] == right[within.token]
    assert asked(site, beyond)[1][1] is None
    query = "SELECT state, score FROM attempts WHERE token = ?"
    assert rows(site, query, beyond.token) == [("expired", 0)]
    within.post(f"{within.base}/hand-in")
    assert rows(site, query, within.token) == [("submitted", 1)]


@contextmanager
def paused(site: LiveSite) -> Iterator[None]:
    """The whole web server stands still inside the block; the machine still accepts connections for it."""
    assert site.web is not None
    web = psutil.Process(site.web.pid)
    processes = [web, *web.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def moment_of(site: LiveSite, who: Resident, column: str) -> datetime:
    ((found,),) = rows(site, f"SELECT {column} FROM attempts WHERE token = ?", who.token)
    return datetime.fromisoformat(str(found)).replace(tzinfo=UTC)


def wait_until(moment: datetime, seconds: float) -> None:
    """Return so many seconds after ``moment``."""
    left = moment.timestamp() + seconds - time.time()
    assert left > 0, "the machine is too slow for this test's limit"
    time.sleep(left)
