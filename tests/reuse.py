"""One application for many tests, since building one and drawing its first page cost more than most tests themselves.

A test gets it as good as new: on its own database and folder, with nothing remembered. What a test hung onto it is taken
off afterwards; an application whose wiring was changed (addresses, hooks, what templates know, database listeners)
serves no other test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event, make_url

from citizen.app import configure
from citizen.config import Settings
from citizen.core.connections import pool_of
from citizen.core.storage import Storage
from citizen.departments.drawing import county_drawing
from citizen.extensions import db
from citizen.reports.queries import categories
from citizen.search.documents import category_names

#: Parts of an application that are put back, so that a change of theirs spoils nothing.
PUT_BACK = ("config", "extensions")


class Reusable:
    """An application that can be moved to another database and folder."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.engine = db.engine
            remember_the_county()
            db.session.remove()
        event.listen(self.engine, "do_connect", self._connect)
        self._attributes = dict(vars(app))
        self._config, self._extensions = dict(app.config), dict(app.extensions)
        self._wiring = self._wired()

    def move_to(self, wanted: Settings) -> None:
        """Forget everything; from now on ``wanted`` holds, as it would for a new application."""
        self._put_back()
        configure(self.app, wanted)
        self.app.instance_path = str(wanted.data_dir)
        wanted.data_dir.mkdir(parents=True, exist_ok=True)
        self.app.extensions["citizen_storage"] = Storage(wanted.storage_url)
        self.engine.url = make_url(wanted.database_url)

    def as_new(self) -> bool:
        """Close the connections; whether nothing is left of what was done with the application."""
        with self.app.app_context():
            db.session.remove()
        self.engine.dispose()
        self._put_back()
        return self._wired() == self._wiring

    def _put_back(self) -> None:
        vars(self.app).clear()
        vars(self.app).update(self._attributes)
        self.app.config.clear()
        self.app.config.update(self._config)
        self.app.extensions.clear()
        self.app.extensions.update(self._extensions)

    def _connect(self, dialect: Any, _record: object, _args: object, _named: object) -> Any:
        args, named = dialect.create_connect_args(self.engine.url)
        extra = pool_of(self.engine.url.drivername).get("connect_args", {})
        return dialect.connect(*args, **named, **extra)

    def _wired(self) -> dict[str, Any]:
        environment = self.app.jinja_env
        return {
            "application": copied({name: part for name, part in vars(self.app).items() if name not in PUT_BACK}),
            "addresses": list(self.app.url_map.iter_rules()),
            "commands": dict(self.app.cli.commands),
            "templates": copied([environment.globals, environment.filters, environment.tests]),
            "listeners": [listeners(self.engine), listeners(self.engine.pool), listeners(self.engine.dialect)],
        }


def remember_the_county() -> None:
    """Read what a site reads once for each edition of its content: every copy of the template holds the same edition."""
    county_drawing()
    categories()
    category_names()


def copied(value: Any) -> Any:
    """A copy that does not change with ``value``, without the empty parts that mere looking leaves behind."""
    if isinstance(value, dict):
        parts = {name: copied(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in ({}, [])}
    return [copied(part) for part in value] if isinstance(value, list) else value


def listeners(target: Any) -> dict[str, list[Any]]:
    """Who is called when something happens to an engine, a pool or a dialect."""
    found = {name: list(getattr(target.dispatch, name)) for name in target.dispatch._event_names}
    return {name: functions for name, functions in found.items() if functions}


class Applications:
    """Lends applications that ``make`` makes, one at a time for each database system."""

    def __init__(self, make: Callable[[Settings], Flask]) -> None:
        self._make = make
        self._spare: dict[str, Reusable] = {}

    @contextmanager
    def lend(self, wanted: Settings) -> Iterator[Flask]:
        """An application with the settings ``wanted``, which may differ from the last one's in folder and database only."""
        system = make_url(wanted.database_url).get_backend_name()
        found = self._spare.pop(system, None) or Reusable(self._make(wanted))
        found.move_to(wanted)
        try:
            yield found.app
        finally:
            if found.as_new():
                self._spare[system] = found
