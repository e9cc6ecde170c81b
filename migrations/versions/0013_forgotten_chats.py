"""By what a chat is known again that was forgotten; see ``store/suppression.py``.

Who was forgotten before this came left nothing of the kind.

Revision: 0013, after 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "forgotten_key",
        sa.Column("id", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forgotten_key"),
        sa.CheckConstraint("id = 1", name=op.f("ck_forgotten_key_single_row")),
    )
    op.create_table(
        "forgotten_chats",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_forgotten_chats"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("forgotten_chats")
    op.drop_table("forgotten_key")
