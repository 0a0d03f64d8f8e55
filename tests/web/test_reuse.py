"""The tests' own application: lent to one test after the other, it is as good as new, or it is not lent again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from citizen.config import Settings
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.web.limits import RateCount
from tests import county
from tests.client import PageClient
from tests.reuse import Applications

Change = Callable[[Flask], object]


@pytest.fixture
def rooms(tmp_path: Path, sqlite_template: Path) -> list[Settings]:
    """The settings of two tests, each with a folder and a database of its own."""
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copyfile(sqlite_template, tmp_path / name / "citizen.db")
        found.append(county.settings(tmp_path / name, f"sqlite:///{tmp_path / name / 'citizen.db'}"))
    return found


def counts(app: Flask) -> int:
    with app.app_context():
        return int(db.session.execute(db.select(db.func.count()).select_from(RateCount)).scalar_one())


def test_nothing_of_one_test_reaches_the_next(rooms: list[Settings]) -> None:
    lender = Applications(county.make_app)
    with lender.lend(rooms[0]) as app:
        app.config["MAX_CONTENT_LENGTH"] = app.config["LEFT"] = 1
        app.extensions["left"] = app.extensions.pop("citizen_directory")
        app.test_client_class = PageClient
        app.test_client().get("/boards/")
        with app.app_context(), transaction() as session:
            session.add(RateCount(key="left", count=1, expires_at=0))
        assert counts(app) == 1
    new = county.make_app(rooms[1])
    with lender.lend(rooms[1]) as again:
        assert again is app
        assert dict(again.config) == dict(new.config)
        assert set(again.extensions) - set(new.extensions) <= {
            "citizen_catalogue", "citizen_category_names", "citizen_directory", "citizen_drawing",
        }  # fmt: skip
        assert set(new.extensions) <= set(again.extensions)
        assert (again.test_client_class, again.instance_path) == (new.test_client_class, new.instance_path)
        assert counts(again) == 0
        with again.app_context():
            assert str(rooms[1].data_dir.parent) in str(db.engine.url)
    county.dispose(new)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda app: app.test_client().get("/nowhere"), True),
        (lambda app: app.before_request(lambda: None), False),
        (lambda app: app.register_error_handler(418, lambda _error: "x"), False),
        (lambda app: app.add_url_rule("/left", "left", lambda: "x"), False),
        (lambda app: app.context_processor(dict), False),
        (lambda app: app.view_functions.update({"home.index": lambda: "x"}), False),
        (lambda app: app.jinja_env.globals.update(day=None), False),
        (lambda app: app.cli.command("left")(lambda: None), False),
        (lambda app: event.listen(db.engine, "before_cursor_execute", lambda *_: None), False),
        (lambda app: event.listen(db.engine, "checkout", lambda *_: None), False),
    ],
)
def test_an_application_that_was_changed_is_not_lent_again(rooms: list[Settings], change: Change, kept: bool) -> None:
    lender = Applications(county.make_app)
    with lender.lend(rooms[0]) as app, app.app_context():
        change(app)
    with lender.lend(rooms[1]) as again:
        assert (again is app) == kept
