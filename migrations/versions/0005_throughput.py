"""What became of deliveries in each ten seconds of a broadcast, and the list of one state.

Revision: 0005, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "broadcast_throughput",
        sa.Column("broadcast_id", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sent", BIG_INT, nullable=False),
        sa.Column("failed", BIG_INT, nullable=False),
        sa.Column("uncertain", BIG_INT, nullable=False),
        sa.PrimaryKeyConstraint("broadcast_id", "at", name="pk_broadcast_throughput"),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["message_history.id"],
            name="fk_broadcast_throughput_broadcast_id_message_history",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_history_state_id", "message_history", ["state", "id"])


def downgrade() -> None:
    op.drop_index("ix_message_history_state_id", "message_history")
    op.drop_table("broadcast_throughput")
