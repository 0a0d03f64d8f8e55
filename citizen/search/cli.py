"""Commands of the search index."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from citizen.search import services

search = AppGroup("search", help="The search index.")


@search.command("rebuild")
def rebuild() -> None:
    """Write the index anew from what is released."""
    click.echo(f"{services.rebuild()} entries are in the index.")
