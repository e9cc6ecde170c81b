"""Languages that selectors ask for, and audiences that have a name.

Revision: 0009, after 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
HAS_LANGUAGE = sa.text("language_code IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_recipients_language_code",
        "recipients",
        ["language_code", "id"],
        sqlite_where=HAS_LANGUAGE,
        postgresql_where=HAS_LANGUAGE,
    )
    op.create_table(
        "segments",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("selectors", sa.JSON, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.String(255), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
        sa.UniqueConstraint("name", name="uq_segments_name"),
    )


def downgrade() -> None:
    op.drop_table("segments")
    op.drop_index("ix_recipients_language_code", "recipients")
