"""A loaded demonstration for tests: three hundred reports and the volunteering, told from a fixed moment.

It is loaded once for each database in a test process; every test has a copy of its own.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from citizen.demo import photo_rows, pictures
from citizen.demo.load import load
from tests import county

#: A Tuesday, nine o'clock in the county.
NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
#: Database → where the first test of the process left its copy: the folder, and for PostgreSQL the name of a database.
_KEPT: dict[str, tuple[Path, str]] = {}


@pytest.fixture
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small stand-ins for drawings: rendering and cleaning two dozen of them is not what most tests
    are about."""
    small = pictures.Prepared(b"original", b"master", 4, 3, dict.fromkeys(pictures.DERIVED, b"size"))
    monkeypatch.setattr(photo_rows, "prepared", lambda *_what: small)


@pytest.fixture
def loaded(
    app: Flask,
    plain_pictures: None,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Flask:
    """The application with three hundred reports and the volunteering."""
    url = make_url(app.config["SETTINGS"].database_url)
    kind = url.get_backend_name()
    if kind not in _KEPT:
        load(300, NOW)
        _KEPT[kind] = _keep(app, url, tmp_path_factory.mktemp("demo"), request)
    else:
        _put_back(app, url, *_KEPT[kind], request)
    return app


def _keep(app: Flask, url: Any, folder: Path, request: pytest.FixtureRequest) -> tuple[Path, str]:
    county.dispose(app)
    settings = app.config["SETTINGS"]
    shutil.copytree(settings.data_dir, folder / "data")
    if url.get_backend_name() == "sqlite":
        shutil.copy(url.database, folder / "citizen.db")
        return folder, ""
    _on_server(request, f'CREATE DATABASE "demo_{url.database}" TEMPLATE "{url.database}"')
    return folder, f"demo_{url.database}"


def _put_back(app: Flask, url: Any, folder: Path, template: str, request: pytest.FixtureRequest) -> None:
    county.dispose(app)
    shutil.copytree(folder / "data", app.config["SETTINGS"].data_dir, dirs_exist_ok=True)
    if not template:
        shutil.copy(folder / "citizen.db", url.database)
        return
    _on_server(request, f'DROP DATABASE "{url.database}"', f'CREATE DATABASE "{url.database}" TEMPLATE "{template}"')


def _on_server(request: pytest.FixtureRequest, *statements: str) -> None:
    server: county.PostgresqlServer = request.getfixturevalue("postgresql_server")
    with psycopg.connect(server.base, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
