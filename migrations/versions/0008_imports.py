"""Imports that can go on after they were cut off.

Revision: 0008, after 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("last_line", BIG_INT, nullable=False),
        sa.Column("imported", BIG_INT, nullable=False),
        sa.Column("updated", BIG_INT, nullable=False),
        sa.Column("unchanged", BIG_INT, nullable=False),
        sa.Column("duplicates", BIG_INT, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
    )


def downgrade() -> None:
    op.drop_table("imports")
