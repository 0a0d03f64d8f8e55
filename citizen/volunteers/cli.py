"""`flask volunteers`: the county's file of posts."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from citizen.core.content import content
from citizen.core.database import transaction
from citizen.volunteers.services.posts import import_kinds

volunteers = AppGroup("volunteers", help="Volunteering.")


@volunteers.command("import-posts")
def import_posts() -> None:
    """Bring the kinds of posts up to date with the county's file; doing it twice changes nothing."""
    with transaction():
        number = import_kinds(content())
    click.echo(f"{number} kinds of posts are up to date.")
