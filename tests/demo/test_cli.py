"""The commands: once, only in the demonstration's environment, with a password that its owner alone
can read."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from flask import Flask

from citizen.accounts.models import Person
from citizen.core.audit import Event
from citizen.demo import load as loading
from citizen.demo import pictures
from citizen.extensions import db
from citizen.reports.models import Report
from tests import county


def count(model: type) -> int:
    return int(db.session.execute(db.select(db.func.count()).select_from(model)).scalar_one())


def test_loading_twice_does_nothing_the_second_time(app: Flask, plain_pictures: None) -> None:
    run = app.test_cli_runner()
    assert run.invoke(args=["demo", "status"]).exit_code == 1
    first = run.invoke(args=["demo", "load", "--reports", "60", "--now", "2026-09-01T09:00+08:00"])
    assert first.exit_code == 0, first.output
    before = (count(Report), count(Event))
    second = run.invoke(args=["demo", "load"])
    assert second.exit_code == 0 and "already" in second.output
    assert (count(Report), count(Event)) == before == (60, before[1])
    path: Path = app.config["SETTINGS"].data_dir / "demo-password"
    assert path.stat().st_mode & 0o777 == 0o600
    for output in (first.output, second.output, run.invoke(args=["demo", "status"]).output):
        assert "moderator@demo.invalid" in output and path.read_text().strip() in output
        assert "/office/queue" in output and "query code" in output


def test_one_command_does_all_that_comes_before_a_start(
    tmp_path: Path, plain_pictures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = loading.load
    monkeypatch.setattr(loading, "load", lambda _reports, now, **more: whole(40, now, **more))
    app = county.make_app(county.settings(tmp_path, f"sqlite:///{tmp_path / 'empty.db'}"))
    run = app.test_cli_runner()
    first = run.invoke(args=["prepare"])
    assert first.exit_code == 0 and "moderator@demo.invalid" in first.output, first.output
    with app.app_context():
        before = (count(Report), count(Event))
    again = run.invoke(args=["prepare"])
    assert again.exit_code == 0 and "already" in again.output and "moderator@demo.invalid" in again.output
    with app.app_context():
        assert (count(Report), count(Event)) == before == (40, before[1])
    county.dispose(app)


def test_before_a_start_in_earnest_there_is_a_schema_and_nobody_made_up(tmp_path: Path) -> None:
    app = county.make_app(county.settings(tmp_path, f"sqlite:///{tmp_path / 'empty.db'}"))
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], environment="production")
    result = app.test_cli_runner().invoke(args=["prepare"])
    assert result.exit_code == 0, result.output
    with app.app_context():
        assert count(Person) == count(Report) == 0
    county.dispose(app)


@pytest.mark.parametrize("moment", ["tomorrow", "2999-01-01", "²"])
def test_an_impossible_moment_is_refused(app: Flask, moment: str) -> None:
    assert app.test_cli_runner().invoke(args=["demo", "load", "--now", moment]).exit_code == 2
    assert count(Report) == 0


def test_production_is_refused(app: Flask) -> None:
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], environment="production")
    result = app.test_cli_runner().invoke(args=["demo", "load", "--reports", "5"])
    assert result.exit_code == 1 and "demo" in result.output
    assert count(Report) == 0


def test_every_drawing_is_known_to_the_words_and_can_be_drawn(app: Flask) -> None:
    import yaml

    from citizen.demo.county import PHRASES

    named = {name for pair in yaml.safe_load(PHRASES.read_text())["drawings"].values() for name in pair if name}
    there = {path.stem for path in pictures.DRAWINGS.glob("*.svg")}
    assert named <= there
    first, again = (pictures.picture("corridor", variant, "sample") for variant in (0, 0))
    assert first == again != pictures.picture("corridor", 1, "sample")
    found = pictures.prepared("corridor", 1, "sample")
    assert set(found.sizes) == set(pictures.DERIVED) and found.width > found.height
