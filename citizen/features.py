"""The list of features: their blueprints, commands, jobs and the few places where one hooks into another."""

from __future__ import annotations

from flask import Blueprint, Flask

import citizen.notifications.jobs
import citizen.photos.jobs
from citizen.photos.views import bp as photos

BLUEPRINTS: tuple[Blueprint, ...] = (
    photos,
)

#: Imported for their handlers, which register themselves with the outbox.
JOBS = (
    citizen.notifications.jobs,
    citizen.photos.jobs,
)

COMMANDS = ()


def connect_signals() -> None:
    """Let a higher feature hear of what happens in a lower one that does not know it."""


def register_features(app: Flask) -> None:
    """Register every feature's blueprints and commands."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
    connect_signals()
