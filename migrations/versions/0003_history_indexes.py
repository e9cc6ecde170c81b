"""Indexes over the broadcasts that serve on both databases.

SQLite uses a partial index only for the very condition that the index has, so that each look for
work read the whole history.

Revision: 0003, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('scheduled', 'sending')")


def upgrade() -> None:
    op.drop_index("ix_message_history_open", "message_history")
    op.create_index("ix_message_history_state", "message_history", ["state", "scheduled_at"])
    op.create_index("ix_message_history_finished_at", "message_history", ["finished_at"])


def downgrade() -> None:
    op.drop_index("ix_message_history_finished_at", "message_history")
    op.drop_index("ix_message_history_state", "message_history")
    op.create_index(
        "ix_message_history_open",
        "message_history",
        ["state", "scheduled_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
