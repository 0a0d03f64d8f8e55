"""What must hold before real residents are served."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import inspect

from citizen.accounts.models import Person
from citizen.config import ConfigError
from citizen.extensions import db


def refuse_demo_accounts(app: Flask) -> None:
    """Raise ConfigError while any demonstration account exists; an empty database has none."""
    with app.app_context():
        if not inspect(db.engine).has_table(Person.__tablename__):
            return
        found = db.session.execute(db.select(Person.id).where(Person.demo).limit(1)).first()
        db.session.remove()
    if found:
        raise ConfigError("a demonstration account exists; production starts only on a database without any")
