"""What the bot is told by people who write to it: how far it was taken in, and what is answered.

Revision: 0010, after 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bot_intake",
        sa.Column("bot_id", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("holder_id", BIG_INT),
        sa.Column("token", BIG_INT, nullable=False),
        sa.Column("held_until_us", BIG_INT, nullable=False),
        sa.Column("server", sa.String(255), nullable=False),
        sa.Column("last_update_id", BIG_INT),
        sa.Column("last_update_at", MOMENT),
        sa.Column("trouble", sa.Text),
        sa.PrimaryKeyConstraint("bot_id", name="pk_bot_intake"),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["workers.id"], name="fk_bot_intake_holder_id_workers"
        ),
    )
    op.create_table(
        "bot_answers",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("bot_id", BIG_INT, nullable=False),
        sa.Column("chat_id", BIG_INT, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("attempts", BIG_INT, nullable=False),
        sa.Column("token", BIG_INT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("error", sa.String(512)),
        sa.PrimaryKeyConstraint("id", name="pk_bot_answers"),
        sa.CheckConstraint("kind IN ('start', 'stop', 'help')", name=op.f("ck_bot_answers_kind")),
        sa.CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'failed', 'uncertain')",
            name=op.f("ck_bot_answers_status"),
        ),
    )
    op.create_index(
        "ix_bot_answers_bot_id_status_not_before",
        "bot_answers",
        ["bot_id", "status", "not_before"],
    )
    op.create_index("ix_bot_answers_bot_id_chat_id_id", "bot_answers", ["bot_id", "chat_id", "id"])


def downgrade() -> None:
    op.drop_table("bot_answers")
    op.drop_table("bot_intake")
