"""What lists are read by: the deliveries that are not simply sent, and what an operator did.

Revision: 0007, after 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

EXCEPTIONAL = sa.text("status > 2")


def upgrade() -> None:
    op.create_index(
        "ix_message_recipients_exceptional",
        "message_recipients",
        ["broadcast_id", "status", "seq", "error_id"],
        sqlite_where=EXCEPTIONAL,
        postgresql_where=EXCEPTIONAL,
    )
    op.create_index("ix_audit_log_actor", "audit_log", ["actor", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_log_actor", "audit_log")
    op.drop_index("ix_message_recipients_exceptional", "message_recipients")
