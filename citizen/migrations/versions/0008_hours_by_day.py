"""Public notices of hours ask for days."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_index("ix_hours_entries_day", "hours_entries", ["day"])


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_hours_entries_day", "hours_entries")
