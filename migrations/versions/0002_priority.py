"""A broadcast's priority.

Revision: 0002, after 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written out: Alembic would copy the whole table on SQLite, from under the ledger's references.
    op.execute(
        "ALTER TABLE message_history ADD COLUMN priority SMALLINT DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_message_history_priority CHECK (priority BETWEEN 0 AND 1)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE message_history DROP COLUMN priority")
