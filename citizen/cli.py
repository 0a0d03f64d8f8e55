"""Commands that belong to no feature: the database's schema, the worker, the chain of events, the doctor."""

from __future__ import annotations

import os
import sys

import click
from alembic import command
from alembic.config import Config
from flask import Flask, current_app
from flask.cli import AppGroup

from citizen.config import PROJECT, Settings
from citizen.core import anchors
from citizen.core.worker import Worker
from citizen.extensions import db

database = AppGroup("db", help="The database's schema.")
audit = AppGroup("audit", help="The chain of events.")


def alembic_config() -> Config:
    """Alembic's configuration for this project; the migration environment takes the engine from the application."""
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "citizen" / "migrations"))
    return config


@database.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema to REVISION (the newest by default)."""
    command.upgrade(alembic_config(), revision)


@database.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema back to REVISION."""
    command.downgrade(alembic_config(), revision)


@database.command("revision")
@click.argument("message")
def revision(message: str) -> None:
    """Write a new migration from the difference between tables and database."""
    command.revision(alembic_config(), message, autogenerate=True)


@audit.command("verify")
def verify_audit() -> None:
    """Check the chain of events against itself and its anchors; exit 1 and say where when something is wrong."""
    settings: Settings = current_app.config["SETTINGS"]
    findings = anchors.verify(settings.data_dir / "audit", settings.secret_bytes)
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


@click.command("worker")
def worker() -> None:
    """Run due jobs until stopped."""
    os.nice(5)  # people waiting for a page come first
    Worker().run()


def init_cli(app: Flask) -> None:
    """Register the commands, and close sessions after each of them."""
    for group in (database, audit):
        app.cli.add_command(group)
    app.cli.add_command(worker)
    app.teardown_appcontext(lambda _error: db.session.remove())
