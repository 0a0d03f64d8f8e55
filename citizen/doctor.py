"""`flask doctor`: checks the settings and says what is missing, before residents find out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import click
from flask import current_app

from citizen.accounts.models import Person
from citizen.cli import alembic_config
from citizen.config import Settings
from citizen.core import clock
from citizen.core.outbox import Job, JobState
from citizen.core.pdf import FONTS, font_file
from citizen.core.storage import Bucket, storage
from citizen.departments.queries import calendar_runs_out
from citizen.extensions import db
from citizen.photos.detector import models

Finding = tuple[bool, str]


def schema() -> Iterator[Finding]:
    """Whether the database answers and its schema is the newest."""
    from alembic.runtime.migration import MigrationContext  # loaded only here: it takes a quarter of a second
    from alembic.script import ScriptDirectory

    with db.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    yield present == newest, f"database schema: {present} (newest {newest})"


def files() -> Iterator[Finding]:
    """Whether both buckets can be written and read."""
    for bucket in Bucket:
        storage().put(bucket, "doctor/probe", b"probe")
        readable = storage().get(bucket, "doctor/probe") == b"probe"
        storage().delete(bucket, ["doctor/probe"])
        yield readable, f"storage, {bucket}"


def messages() -> Iterator[Finding]:
    """Whether mail and text messages have somewhere to go."""
    settings: Settings = current_app.config["SETTINGS"]
    mail, sms = urlsplit(settings.mail_url).scheme, urlsplit(settings.sms_url).scheme
    yield mail in ("smtp", "file"), f"mail goes to {mail}"
    yield sms == "file", f"text messages go to {sms}"
    yield not (settings.production and "file" in (mail, sms)), "production sends real messages"


def county() -> Iterator[Finding]:
    """Whether a county is loaded and its calendar lasts."""
    try:
        left = calendar_runs_out(clock.today())
    except LookupError as error:
        yield False, str(error)
        return
    yield left is None, "working calendar" if left is None else f"working calendar: {left} days left"


def detectors() -> Iterator[Finding]:
    """Whether the models that propose boxes are installed; without them people draw every box."""
    for name, present in models().items():
        yield present, f"model that finds each {name}"


def fonts() -> Iterator[Finding]:
    """Whether the fonts of the certificates are installed."""
    for name, package, inside in FONTS:
        try:
            font_file(package, inside)
        except RuntimeError as error:
            yield False, str(error)
        else:
            yield True, f"font for certificates: {name}"


def staff() -> Iterator[Finding]:
    """Whether staff have their second factor, and no demonstration account is left in production."""
    settings: Settings = current_app.config["SETTINGS"]
    without = db.session.scalar(
        db.select(db.func.count()).select_from(Person).where(Person.grants.any(), Person.totp_secret.is_(None))
    )
    yield not (settings.production and without), f"staff without a second factor: {without}"


def queue() -> Iterator[Finding]:
    """Whether jobs wait in vain or were parked."""
    parked = db.session.scalar(db.select(db.func.count()).select_from(Job).where(Job.state == JobState.PARKED))
    yield not parked, f"parked jobs: {parked}"


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (schema, files, messages, county, detectors, fonts, staff, queue)


@click.command("doctor")
def doctor() -> None:
    """Check settings, database, storage, calendar and models; exit 1 when something is wrong."""
    healthy = True
    for check in CHECKS:
        try:
            findings = list(check())
        except Exception as error:  # a check that cannot run is a finding, not a crash
            findings = [(False, f"{check.__name__}: {error}")]
        for good, words in findings:
            click.echo(f"{'ok     ' if good else 'PROBLEM'} {words}")
            healthy = healthy and good
    sys.exit(0 if healthy else 1)
