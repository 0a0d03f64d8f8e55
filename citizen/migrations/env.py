"""Alembic's environment: the running application's engine and every feature's tables."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

import citizen.accounts.models
import citizen.boards.models
import citizen.cases.models
import citizen.certificates.models
import citizen.core.audit
import citizen.core.outbox
import citizen.departments.models
import citizen.photos.models
import citizen.projection.models
import citizen.quizzes.models
import citizen.reports.models
import citizen.surveys.models
import citizen.volunteers.models
import citizen.web.idempotency
import citizen.web.limits
import citizen.web.sessions  # noqa: F401
from citizen.extensions import Base, db


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column type as the plain one beneath it: migrations must outlive the code of their day."""
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Run the migrations in one transaction each; SQLite rebuilds a table where it cannot alter it."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            render_item=render_item,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
