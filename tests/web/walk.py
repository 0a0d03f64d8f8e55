"""Walking through every endpoint of the site."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, url_for
from sqlalchemy import text
from werkzeug.routing import IntegerConverter, Rule

from citizen.extensions import db

#: What changes with every request and says nothing about the county.
VOLATILE = {"sessions", "rate_counts"}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def rules(app: Flask) -> Iterator[Rule]:
    """All rules but those for files."""
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static")


def address(app: Flask, rule: Rule) -> str:
    """An address that the rule matches."""
    values = dict(rule.defaults or {})
    for name in rule.arguments - set(rule.defaults or {}):
        converter = rule._converters.get(name)
        items = getattr(converter, "items", None)
        values[name] = next(iter(items)) if items else 987654 if isinstance(converter, IntegerConverter) else "zzzz"
    with app.test_request_context():
        return url_for(rule.endpoint, **values)


def contents() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that should not change by itself."""
    found = {}
    for table in db.metadata.sorted_tables:
        if table.name not in VOLATILE:
            with db.engine.connect() as connection:
                found[table.name] = sorted(map(tuple, connection.execute(text(f"SELECT * FROM {table.name}"))), key=str)
    return found
