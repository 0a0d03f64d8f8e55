"""The real thing in processes of its own: the web server and a worker, as `make run` starts them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests import county

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LiveSite:
    """A site on a port of its own; ``kill_web`` and ``kill_worker`` are as rude as a power cut to a process."""

    def __init__(self, folder: Path, template: Path, *, web_workers: int = 1) -> None:
        self.folder, self.port, self.web_workers = folder, free_port(), web_workers
        (folder / "data").mkdir(parents=True, exist_ok=True)
        shutil.copy(template, folder / "data" / "citizen.db")
        self.url = f"http://127.0.0.1:{self.port}"
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.log = (folder / "site.log").open("ab")

    @property
    def environment(self) -> dict[str, str]:
        """What the processes are started with."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PORT": str(self.port),
            "CITIZEN_DATA_DIR": str(self.folder / "data"),
            "CITIZEN_SECRET_KEY": "tests-only-0123456789abcdefghijklmnop",
            "CITIZEN_TRUSTED_PROXIES": "1",  # so that clients can come from different addresses
        }

    def settings(self) -> county.Settings:
        """The same settings for an application in the test's own process."""
        return county.settings(self.folder, f"sqlite:///{self.folder / 'data' / 'citizen.db'}")

    def start(self) -> LiveSite:
        """Start both processes and wait until the site answers."""
        self.start_web()
        self.start_worker()
        return self

    def start_web(self, timeout: float = 30, *, threads: int | None = None) -> None:
        """Start the web server and wait until it answers."""
        command = [sys.executable, "-m", "citizen.serve", "--port", str(self.port)]
        command += ["--workers", str(self.web_workers), *(["--threads", str(threads)] if threads else [])]
        self.web = self._spawn(command)
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.answers():
                return
            time.sleep(0.05)
        raise AssertionError(f"the site did not start: {(self.folder / 'site.log').read_text()[-3000:]}")

    def answers(self) -> bool:
        """Whether the web server answers now."""
        with contextlib.suppress(OSError, urllib.error.URLError):
            return bool(urllib.request.urlopen(f"{self.url}/healthz", timeout=2).read())
        return False

    def start_worker(self) -> None:
        """Start the worker."""
        self.worker = self._spawn([sys.executable, "-m", "flask", "--app", "wsgi", "worker"])

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def kill_web(self) -> None:
        """SIGKILL to the whole web server."""
        self._kill(self.web)

    def kill_worker(self) -> None:
        """SIGKILL to the worker and the decoder it started."""
        self._kill(self.worker)

    def _kill(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """End both processes."""
        self.kill_web()
        self.kill_worker()
        self.log.close()
