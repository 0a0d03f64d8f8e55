"""The county's file of posts can be brought in as often as one likes."""

from __future__ import annotations

from flask import Flask

from citizen.core.database import transaction
from citizen.extensions import db
from citizen.volunteers.models import PostKind


def kinds() -> list[tuple[object, ...]]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(db.select(*PostKind.__table__.columns).order_by(PostKind.sort))]


def test_importing_twice_changes_nothing_and_repairs_what_was_changed(app: Flask) -> None:
    before = kinds()
    with transaction() as session:
        session.get_one(PostKind, "traffic_guide").min_age = 3
        session.delete(session.get_one(PostKind, "translator"))
    assert kinds() != before
    for _round in range(2):
        result = app.test_cli_runner().invoke(args=["volunteers", "import-posts"])
        assert result.exit_code == 0 and "14" in result.output
        assert kinds() == before
