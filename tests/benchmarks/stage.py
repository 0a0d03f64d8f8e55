"""A whole site for measuring: a database with so many reports and shifts, the web server, and the bare page beside it."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from flask import Flask
from sqlalchemy import make_url

from citizen.app import create_app
from citizen.config import load_settings
from tests import county
from tests.live import ROOT, free_port

PASSWORD = "benchmark-" + secrets.token_hex(8)
WORKERS = 2


@dataclass
class Stage:
    """Where everything is; ``roots`` are the processes whose time counts."""

    app: Flask
    url: str
    bare: str
    database: str
    rows: int
    roots: list[int]
    bare_roots: list[int]
    cookies: dict[str, str] = field(default_factory=dict)


@contextmanager
def stage(database: str, rows: int) -> Iterator[Stage]:
    """A site with ``rows`` reports and as many shifts on ``database`` ("sqlite" or "postgresql"), until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    with ExitStack() as end:
        end.callback(shutil.rmtree, folder, ignore_errors=True)
        address, servers = f"sqlite:///{folder / 'citizen.db'}", []
        if database == "postgresql":
            server = end.enter_context(county.postgresql_server())
            address, servers = _empty(server.base), [_postmaster(server.base)]
        port, bare_port = free_port(), free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "CITIZEN_DATA_DIR": str(folder),
            "CITIZEN_DATABASE_URL": address,
            "CITIZEN_SECRET_KEY": "benchmarks-only-0123456789abcdefghijklmnop",
            "CITIZEN_TRUSTED_PROXIES": "1",  # visitors come from different addresses
            "CITIZEN_BASE_URL": f"http://127.0.0.1:{port}",
        }
        flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
        load = ["demo", "load", "--reports", str(rows), "--shifts", str(rows), "--password", PASSWORD]
        for command in (["db", "upgrade"], load):
            subprocess.run([*flask, *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        web = _serve(end, ["citizen.serve", "--port", str(port), "--workers", str(WORKERS)], environment)
        bare = _serve(
            end, ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(bare_port)], environment
        )
        _wait(f"http://127.0.0.1:{port}/healthz")
        _wait(f"http://127.0.0.1:{bare_port}/constant")
        yield Stage(
            app=create_app(load_settings(environment)),
            url=f"http://127.0.0.1:{port}",
            bare=f"http://127.0.0.1:{bare_port}",
            database=database,
            rows=rows,
            roots=[web, *servers],
            bare_roots=[bare, *servers],
        )


def _empty(base: str) -> str:
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench")
    return make_url(base).set(drivername="postgresql+psycopg", database="bench").render_as_string(hide_password=False)


def _postmaster(base: str) -> int:
    """The database server's first process, which the others come from; the folder is where its socket is."""
    return int((Path(str(make_url(base).query["host"])) / "postmaster.pid").read_text().split()[0])


def _serve(end: ExitStack, module: list[str], environment: dict[str, str]) -> int:
    more = (
        ["tests.benchmarks.bare:app", "--workers", str(WORKERS), "--blocking-threads", "4", "--log-level", "warning"]
        if "granian" in module
        else []
    )
    process = subprocess.Popen([sys.executable, "-m", *module, *more], cwd=ROOT, env=environment)
    end.callback(process.wait)
    end.callback(process.terminate)
    return process.pid


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).read()
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")
