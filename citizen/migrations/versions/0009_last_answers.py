"""When the last answer of an attempt came is read from its questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_LATEST = "SELECT max(answered_at) FROM attempt_items WHERE attempt_items.attempt_id = attempts.id"


def upgrade() -> None:
    """Apply the change."""
    op.drop_column("attempts", "last_answer_at")


def downgrade() -> None:
    """Take the change back."""
    op.add_column("attempts", sa.Column("last_answer_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(f"UPDATE attempts SET last_answer_at = ({_LATEST})")
