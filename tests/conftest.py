"""What every test may ask for: an application on a fresh copy of a migrated county, people of every role, a client."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from xdist.scheduler import LoadScopeScheduling

from citizen.accounts.models import Person
from tests import county
from tests.client import PageClient
from tests.reuse import Applications

POSTGRESQL = "postgresql"
SQLITE = "sqlite"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database with the county and its people in it, made once for each test process."""
    folder = tmp_path_factory.mktemp("template")
    county.build(county.settings(folder, f"sqlite:///{folder / 'citizen.db'}"))
    return folder / "citizen.db"


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> Iterator[str]:
    """A private copy of the template database, removed when the test is done: thousands of them would fill the memory."""
    shutil.copyfile(sqlite_template, tmp_path / "citizen.db")
    yield f"sqlite:///{tmp_path / 'citizen.db'}"
    for left in tmp_path.glob("citizen.db*"):
        left.unlink()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[county.PostgresqlServer]:
    """A real PostgreSQL server with a template database, started once for each test process that needs it."""
    with county.postgresql_server() as server:
        yield server


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The database of the test: SQLite, or both in turn for tests marked ``both_databases``."""
    kind = getattr(request, "param", SQLITE)
    if kind == POSTGRESQL:
        server: county.PostgresqlServer = request.getfixturevalue("postgresql_server")
        with server.fresh_database() as address:
            yield address
    else:
        yield str(request.getfixturevalue("sqlite_url"))


def pytest_configure() -> None:
    """Keep the tests' folders in memory where there is enough of it."""
    found = county.memory()
    if found:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", found)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--sqlite-only`` is for every save: it leaves PostgreSQL out, and says so by its name."""
    parser.addoption("--sqlite-only", action="store_true", help="run on SQLite only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test marked ``both_databases`` once on SQLite and once on PostgreSQL."""
    if metafunc.definition.get_closest_marker("both_databases") and "database_url" in metafunc.fixturenames:
        kinds = [SQLITE] if metafunc.config.getoption("--sqlite-only") else [SQLITE, POSTGRESQL]
        metafunc.parametrize("database_url", kinds, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest starts early, so that no core waits for it alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


class Together(LoadScopeScheduling):
    """Gives what shares an expensive start to one process as a whole, the largest group first; the rest one by one.

    The group is read from the test's name: xdist's own marks have no effect with this version of pytest.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/browser/"):
            return "browser"  # each process would start a browser, and a site for each module
        return POSTGRESQL if re.search(rf"[\[-]{POSTGRESQL}[\]-]", nodeid) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    """With ``--dist loadgroup`` tests are handed out as above."""
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def applications() -> Applications:
    """Lends the tests of a process one application after the other has done with it."""
    return Applications(county.make_app)


@pytest.fixture
def app(tmp_path: Path, database_url: str, applications: Applications) -> Iterator[Flask]:
    """The application on the test's own database and folder, inside an application context."""
    with applications.lend(county.settings(tmp_path, database_url)) as application, application.app_context():
        yield application


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
