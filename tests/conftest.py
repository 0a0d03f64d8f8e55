"""What every test may ask for: an application on a fresh copy of a migrated county, people of every role, a client."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.accounts.models import Person
from tests import county
from tests.client import PageClient

POSTGRESQL = "postgresql"
SQLITE = "sqlite"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database with the county and its people in it, made once for each test process."""
    folder = tmp_path_factory.mktemp("template")
    county.build(county.settings(folder, f"sqlite:///{folder / 'citizen.db'}"))
    return folder / "citizen.db"


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A private copy of the template database."""
    shutil.copy(sqlite_template, tmp_path / "citizen.db")
    return f"sqlite:///{tmp_path / 'citizen.db'}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[county.PostgresqlServer]:
    """A real PostgreSQL server with a template database, started once for each test process that needs it."""
    with county.postgresql_server() as server:
        yield server


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The database of the test: SQLite, or both in turn for tests marked ``both_databases``."""
    kind = getattr(request, "param", SQLITE)
    if kind == POSTGRESQL:
        server: county.PostgresqlServer = request.getfixturevalue("postgresql_server")
        return server.fresh_database()
    return str(request.getfixturevalue("sqlite_url"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--sqlite-only`` is for every save: it leaves PostgreSQL out, and says so by its name."""
    parser.addoption("--sqlite-only", action="store_true", help="run on SQLite only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test marked ``both_databases`` once on SQLite and once on PostgreSQL."""
    if metafunc.definition.get_closest_marker("both_databases") and "database_url" in metafunc.fixturenames:
        kinds = [SQLITE] if metafunc.config.getoption("--sqlite-only") else [SQLITE, POSTGRESQL]
        metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> Iterator[Flask]:
    """The application on the test's own database and folder, inside an application context."""
    application = county.make_app(county.settings(tmp_path, database_url))
    with application.app_context():
        yield application
    county.dispose(application)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser-like client that checks every page it fetches; each request runs in a context of its own."""
    app.test_client_class = PageClient
    return app.test_client()


@pytest.fixture
def people(app: Flask) -> dict[str, Person]:
    """The demonstration's people by the word before their @: moderator, unit, verifier, leader, head, admin …"""
    return county.people()


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    """Settings of the machine must not leak into tests."""
    removed = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("CITIZEN_")}
    yield
    os.environ.update(removed)
