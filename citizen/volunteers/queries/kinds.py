"""The kinds of posts by code, from a snapshot that every process keeps until the county's content changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app

from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.volunteers.models import PostKind


def kind_names() -> Sequence[Any]:
    """(code, name_hans, name_hant, name_en) of every kind of post, in the county's order."""
    stamp = directory().stamp
    cached: tuple[str, Sequence[Any]] | None = current_app.extensions.get("citizen_kinds")
    if cached is None or cached[0] != stamp:
        columns = (PostKind.code, PostKind.name_hans, PostKind.name_hant, PostKind.name_en)
        rows = db.session.execute(db.select(*columns).order_by(PostKind.sort, PostKind.code)).all()
        cached = (stamp, rows)
        current_app.extensions["citizen_kinds"] = cached
    return cached[1]
