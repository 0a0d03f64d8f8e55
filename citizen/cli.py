"""Commands that belong to no feature: the database's schema, the worker, the chain of events, the doctor."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from citizen.config import PROJECT, Settings
from citizen.core import anchors
from citizen.core.content import Content, content
from citizen.core.database import transaction
from citizen.core.worker import Worker
from citizen.demo.cli import load as load_demonstration
from citizen.departments.services import import_county
from citizen.extensions import db
from citizen.reports.services.categories import import_categories

if TYPE_CHECKING:
    from alembic.config import Config

database = AppGroup("db", help="The database's schema.")
audit = AppGroup("audit", help="The chain of events.")
departments = AppGroup("departments", help="Who is responsible where.")


def alembic_config() -> Config:
    """Alembic's configuration for this project; the migration environment takes the engine from the application."""
    from alembic.config import Config  # loaded by the commands that need it: it takes a quarter of a second

    config = Config()
    config.set_main_option("script_location", str(PROJECT / "citizen" / "migrations"))
    return config


@database.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema to REVISION (the newest by default)."""
    from alembic import command

    command.upgrade(alembic_config(), revision)


@database.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema back to REVISION."""
    from alembic import command

    command.downgrade(alembic_config(), revision)


@database.command("revision")
@click.argument("message")
def revision(message: str) -> None:
    """Write a new migration from the difference between tables and database."""
    from alembic import command

    command.revision(alembic_config(), message, autogenerate=True)


@click.command("prepare")
@with_appcontext
@click.pass_context
def prepare(context: click.Context) -> None:
    """Bring the schema up to date and, where CITIZEN_ENV is demo, load the demonstration: all that comes before a start.

    One process for both, since loading the application is most of what they cost the second time.
    """
    context.invoke(upgrade)
    settings: Settings = current_app.config["SETTINGS"]
    if settings.environment == "demo":
        context.invoke(load_demonstration)


@audit.command("verify")
def verify_audit() -> None:
    """Check the chain of events against itself and its anchors; exit 1 and say where when something is wrong."""
    settings: Settings = current_app.config["SETTINGS"]
    findings = anchors.check(settings.data_dir / "audit", settings.secret_bytes)
    for finding in findings:
        click.echo(f"{finding.kind}: event {finding.event_id}: {finding.explanation}", err=True)
    if findings:
        sys.exit(1)
    click.echo("The chain of events is whole and agrees with its anchors.")


@audit.command("anchor")
def anchor_audit() -> None:
    """Write the chain's head outside the database now."""
    settings: Settings = current_app.config["SETTINGS"]
    anchors.write_anchor(settings.data_dir / "audit", settings.secret_bytes)


@departments.command("import")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_departments(folder: Path | None) -> None:
    """Load units, areas, grids, points, calendar and categories from FOLDER (CITIZEN_COUNTY by default).

    Rows of the same code are replaced; nothing is removed, since cases refer to them.
    """
    files = Content(folder) if folder else content()
    with transaction():
        counts = import_county(files)
        counts["categories"] = import_categories(files)
    click.echo(", ".join(f"{number} {name}" for name, number in counts.items()))


@click.command("worker")
def worker() -> None:
    """Run due jobs until stopped."""
    os.nice(5)  # people waiting for a page come first
    Worker().run()


def init_cli(app: Flask) -> None:
    """Register the commands, and close sessions after each of them."""
    for group in (database, audit, departments):
        app.cli.add_command(group)
    app.cli.add_command(prepare)
    app.cli.add_command(worker)
    app.teardown_appcontext(lambda _error: db.session.remove())
