"""Processes die at any moment: what was acknowledged is there, once, whole; what was not is not half there."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from PIL import Image

from citizen.app import create_app
from citizen.cases.models import Case, CaseReport
from citizen.core import anchors
from citizen.core.audit import Event
from citizen.core.outbox import Job, JobState
from citizen.core.storage import Bucket, storage
from citizen.core.worker import run_until_idle
from citizen.extensions import db
from citizen.photos.models import Photo
from citizen.photos.rules import PhotoState
from citizen.reports.models import Report
from tests import county
from tests.live import ROOT, LiveSite

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("KILLS", "200"))
WRITERS = 3
SEED = 20260901


def picture(marker: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), random.Random(marker).choice(["olive", "teal", "maroon", "navy"])).save(out, "JPEG")
    return out.getvalue()


class Resident:
    """One stranger reporting with a browser that tries again until it gets an answer."""

    def __init__(self, url: str, marker: str, stop: threading.Event) -> None:
        self.url, self.marker, self.stop = url, marker, stop
        self.session = requests.Session()
        # Everybody comes from an address of their own: how often one may report is another test's business.
        self.session.headers["X-Forwarded-For"] = f"198.51.{random.randrange(256)}.{random.randrange(256)}"

    def report(self) -> str | None:
        """Send one report with a photo; its number once it was acknowledged, None when the test ended before."""
        page = self.fetch("GET", f"{self.url}/reports/new")
        photo = {"photos": (f"{self.marker}.jpg", picture(self.marker), "image/jpeg")}
        page = self.post(page, f"{self.url}/reports/new", {}, files=photo)
        key = re.search(r"/reports/new/([0-9a-f]{32})/", page.url if page is not None else "")
        if page is None or key is None:
            return None
        base = f"{self.url}/reports/new/{key[1]}"
        steps: list[tuple[str, dict[str, str]]] = [
            ("place", {"area": "A1", "landmark": f"巷口 {self.marker}"}),
            ("what", {"group": "unsure", "words": f"路灯不亮 {self.marker}"}),
            ("check", {}),
        ]
        for name, values in steps:
            form = self.fetch("GET", f"{base}/{name}")
            page = self.post(form, f"{base}/{name}", values)
            if page is None:
                return None
        number = re.search(r"YY\d\d-[0-9A-Z]{4}-[0-9A-Z]{2}", page.text)
        return number[0] if number and "/receipt" in page.url else None

    def post(
        self, form: requests.Response | None, url: str, values: dict[str, str], **more: object
    ) -> requests.Response | None:
        """Submit a form with the token of the page it stands on."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text) if form is not None else None
        return self.fetch("POST", url, data={"csrf_token": token[1], **values}, **more) if token else None

    def fetch(self, method: str, url: str, **more: object) -> requests.Response | None:
        """Ask until somebody answers; a broken connection says nothing about what happened, so ask again."""
        while not self.stop.is_set():
            with contextlib.suppress(requests.RequestException):
                answer = self.session.request(method, url, timeout=10, **more)  # type: ignore[arg-type]
                if answer.status_code < 500:
                    return answer
            time.sleep(0.05)
        return None


class FragileSite(LiveSite):
    """A site whose workers are forked from a process that has loaded the application: most of this test would otherwise be
    the loading of modules."""

    def __init__(self, folder: Path, template: Path, *, web_workers: int) -> None:
        super().__init__(folder, template, web_workers=web_workers)
        command = [sys.executable, "-m", "tests.faults.nursery"]
        self.nursery = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.worker_id = 0

    def start_worker(self) -> None:
        """Have a worker born."""
        assert self.nursery.stdin is not None and self.nursery.stdout is not None
        asked = {"environment": self.environment, "log": str(self.folder / "site.log")}
        print(json.dumps(asked), file=self.nursery.stdin, flush=True)
        self.worker_id = int(self.nursery.stdout.readline())

    def kill_worker(self) -> None:
        """SIGKILL to the worker and the decoder it started; returns when it is gone."""
        if self.worker_id:
            os.kill(self.worker_id, signal.SIGKILL)  # by itself: it may be too young to lead a group
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.worker_id, signal.SIGKILL)
            while psutil.pid_exists(self.worker_id):
                time.sleep(0.005)
            self.worker_id = 0

    def stop(self) -> None:
        """End everything."""
        super().stop()
        self.nursery.communicate()  # nobody asks any more: it ends by itself


@pytest.fixture
def site(tmp_path: Path, sqlite_template: Path) -> Iterator[LiveSite]:
    running = FragileSite(tmp_path, sqlite_template, web_workers=4).start()
    yield running
    running.stop()


def web_processes(site: LiveSite) -> list[psutil.Process]:
    assert site.web is not None
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(site.web.pid).children(recursive=True)
    return []


def wait_for_work(site: LiveSite) -> None:
    """Return when the site answers again: killing what is dead already would test nothing."""
    end = time.monotonic() + 30
    while not site.answers():
        assert time.monotonic() < end, "the site did not come back"
        if site.web is not None and site.web.poll() is not None:
            site.start_web()  # as the machine's own supervisor would
        time.sleep(0.02)


def wait_for_success(acknowledged: dict[str, str]) -> None:
    """Return when one more report came through: on a slow machine the kills would leave time for none."""
    end, before = time.monotonic() + 60, len(acknowledged)
    while len(acknowledged) == before:
        assert time.monotonic() < end, "no report comes through"
        time.sleep(0.02)


def kill_at_random(site: LiveSite, chance: random.Random) -> str:
    """SIGKILL to one process that serves pages, to the worker, or to everything at once; what it hit.

    Where no process that serves pages is old enough, the worker dies instead: every call really kills something.
    """
    choice = chance.random()
    if choice < 0.65 and kill_one_web_process(site, chance):
        return "web"
    if choice < 0.95:
        site.kill_worker()
        site.start_worker()
        return "worker"
    site.kill_worker()
    site.kill_web()
    site.start_web()
    site.start_worker()
    return "all"


def kill_one_web_process(site: LiveSite, chance: random.Random) -> bool:
    """The server gives up on a worker that dies twice within seconds, so only those above that age are taken."""
    for process in chance.sample(found := web_processes(site), len(found)):
        with contextlib.suppress(psutil.NoSuchProcess):
            if time.time() - process.create_time() > 6:
                process.send_signal(signal.SIGKILL)
                return True
    return False


@pytest.mark.long
def test_acknowledged_reports_survive_every_kill(site: LiveSite) -> None:
    stop = threading.Event()
    chance = random.Random(SEED)
    sent: list[str] = []
    hit: Counter[str] = Counter()

    acknowledged: dict[str, str] = {}

    def write(name: int) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            marker = f"m{name}x{turn}z"
            sent.append(marker)
            number = Resident(site.url, marker, stop).report()
            if number:
                acknowledged[marker] = number

    threads = [threading.Thread(target=write, args=(name,)) for name in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        for number in range(KILLS):
            wait_for_work(site)
            if number % 10 == 0:
                wait_for_success(acknowledged)
            time.sleep(chance.uniform(0.0, 0.4))
            hit[kill_at_random(site, chance)] += 1
        wait_for_work(site)
        time.sleep(4)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    site.stop()
    print(f"\nkilled: {dict(hit)}")
    assert hit.total() == KILLS
    # How many hit which depends on how fast processes come back; none of the kinds may be missing.
    assert KILLS < 100 or set(hit) == {"web", "worker", "all"}
    check_history(site, acknowledged, sent)


def check_history(site: LiveSite, acknowledged: dict[str, str], sent: list[str]) -> None:
    """Compare what the clients were told with what the database holds."""
    application = create_app(site.settings())
    with application.app_context():
        run_until_idle()
        reports = db.session.execute(db.select(Report)).scalars().all()
        by_marker: dict[str, list[Report]] = {}
        for report in reports:
            by_marker.setdefault(report.words.split()[-1], []).append(report)
        lost = {
            marker
            for marker, number in acknowledged.items()
            if number not in [r.number for r in by_marker.get(marker, [])]
        }
        doubled = {marker for marker, rows in by_marker.items() if len(rows) > 1}
        print(
            f"\n{KILLS} kills: {len(sent)} begun, {len(acknowledged)} acknowledged, lost {len(lost)}, doubled {len(doubled)}"
        )
        assert len(acknowledged) >= 10, "the site must have worked between the kills"
        assert not lost
        assert not doubled
        for report in reports:
            check_whole(report)
        unfinished = db.session.execute(
            db.select(Job.kind, Job.last_error).where(Job.state.in_([JobState.PARKED])).limit(5)
        ).all()
        assert not unfinished, unfinished
        settings = site.settings()
        assert anchors.verify(settings.data_dir / "audit", settings.secret_bytes) == []
        assert db.session.execute(db.text("PRAGMA integrity_check")).scalar() == "ok"
    county.dispose(application)


def check_whole(report: Report) -> None:
    """A report has its case, its event and its photo, and the photo its bytes."""
    link = db.session.execute(db.select(CaseReport).where(CaseReport.report_id == report.id)).scalar_one()
    case = db.session.get_one(Case, link.case_id)
    events = (
        db.session.execute(db.select(Event.action).where(Event.subject == "case", Event.subject_id == case.id))
        .scalars()
        .all()
    )
    assert events.count("submit") == 1
    photos = (
        db.session.execute(db.select(Photo).where(Photo.owner_kind == "report", Photo.owner_id == report.id))
        .scalars()
        .all()
    )
    assert photos, f"{report.number} lost its photo"
    for photo in photos:
        assert storage().get(Bucket.PRIVATE, photo.original_key or "")
        assert photo.state in (PhotoState.MASKED, PhotoState.SEALED)
