"""A question's wording changes only while it is a draft: triggers refuse it afterwards, whoever asks."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXTS = (
    "kind", "topic", "difficulty", "stem_hans", "stem_hant", "stem_en", "explanation_hans", "explanation_hant",
    "explanation_en", "source_hans", "source_hant", "source_en", "author_id", "number", "question_id",
)
#: JSON has no equality in PostgreSQL, its text has.
LISTS = ("options", "key")

SQLITE = """
CREATE TRIGGER question_versions_frozen BEFORE UPDATE ON question_versions
WHEN OLD.state <> 'draft' AND ({changed})
BEGIN SELECT RAISE(ABORT, 'a question in review or in use is frozen'); END
"""

FUNCTION = """
CREATE FUNCTION refuse_frozen_question() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'a question in review or in use is frozen'; END
$$ LANGUAGE plpgsql
"""

POSTGRESQL = """
CREATE TRIGGER question_versions_frozen BEFORE UPDATE ON question_versions
FOR EACH ROW WHEN (OLD.state <> 'draft' AND ({changed})) EXECUTE FUNCTION refuse_frozen_question()
"""


def upgrade() -> None:
    """Apply the change."""
    if op.get_bind().dialect.name == "sqlite":
        changed = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in (*TEXTS, *LISTS))
        op.execute(SQLITE.format(changed=changed))
        return
    changed = " OR ".join(
        [f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in TEXTS]
        + [f'OLD."{name}"::text IS DISTINCT FROM NEW."{name}"::text' for name in LISTS]
    )
    op.execute(FUNCTION)
    op.execute(POSTGRESQL.format(changed=changed))


def downgrade() -> None:
    """Take the change back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER question_versions_frozen")
        return
    op.execute("DROP TRIGGER question_versions_frozen ON question_versions")
    op.execute("DROP FUNCTION refuse_frozen_question()")
