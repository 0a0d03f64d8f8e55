"""Events can only be added: triggers refuse UPDATE and DELETE, and the chain's head is born."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = """
CREATE TRIGGER events_no_{verb} BEFORE {verb} ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
"""

POSTGRESQL_FUNCTION = """
CREATE FUNCTION refuse_event_change() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'events are append-only'; END
$$ LANGUAGE plpgsql
"""

POSTGRESQL = """
CREATE TRIGGER events_no_{verb} BEFORE {verb} ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()
"""


def upgrade() -> None:
    """Apply the change."""
    head = sa.table("audit_head", sa.column("id"), sa.column("last_id"), sa.column("last_hash"))
    op.bulk_insert(head, [{"id": 1, "last_id": 0, "last_hash": "0" * 64}])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(SQLITE.format(verb=verb))
        return
    op.execute(POSTGRESQL_FUNCTION)
    for verb in ("update", "delete", "truncate"):
        op.execute(POSTGRESQL.format(verb=verb))


def downgrade() -> None:
    """Take the change back."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER events_no_{verb}")
    else:
        for verb in ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER events_no_{verb} ON events")
        op.execute("DROP FUNCTION refuse_event_change()")
    op.execute("DELETE FROM audit_head")
