"""What is done to messages that were sent, albums, templates, drafts, and who uploads a file.

Revision: 0004, after 0003
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    # Written out: Alembic would copy the whole table on SQLite, from under the ledger's references.
    op.execute(
        "ALTER TABLE message_history ADD COLUMN act SMALLINT DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_message_history_act CHECK (act BETWEEN 0 AND 2)"
    )
    op.add_column("message_history", sa.Column("target_id", BIG_INT))
    op.create_index("ix_message_history_target_id", "message_history", ["target_id"])
    op.create_table(
        "album_messages",
        sa.Column("broadcast_id", BIG_INT, nullable=False),
        sa.Column("seq", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("telegram_message_id", BIG_INT, nullable=False),
        sa.PrimaryKeyConstraint("broadcast_id", "seq", "position", name="pk_album_messages"),
        sa.ForeignKeyConstraint(
            ["broadcast_id", "seq"],
            ["message_recipients.broadcast_id", "message_recipients.seq"],
            name="fk_album_messages_broadcast_id_seq_message_recipients",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "templates",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("changed_by", sa.String(255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_templates"),
        sa.UniqueConstraint("name", name="uq_templates_name"),
    )
    op.create_table(
        "compose_drafts",
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("form", sa.JSON, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_compose_drafts"),
    )
    op.create_table(
        "upload_claims",
        sa.Column("media_file_id", BIG_INT, nullable=False),
        sa.Column("bot_id", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("worker_id", BIG_INT, nullable=False),
        sa.PrimaryKeyConstraint("media_file_id", "bot_id", "kind", name="pk_upload_claims"),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["media_files.id"],
            name="fk_upload_claims_media_file_id_media_files",
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["workers.id"], name="fk_upload_claims_worker_id_workers"
        ),
    )
    _rewrite_media(lambda media: [] if media is None else [media])


def downgrade() -> None:
    unfinished = sa.text(
        "SELECT count(*) FROM message_history"
        " WHERE act <> 0 AND state NOT IN ('finished', 'cancelled')"
    )
    if op.get_bind().execute(unfinished).scalar_one():
        # Whoever knows no acts would send them as messages.
        raise RuntimeError("an edit or a recall is under way: let it end, or cancel it")
    _rewrite_media(lambda media: media[0] if media else None)
    op.drop_table("upload_claims")
    op.drop_table("compose_drafts")
    op.drop_table("templates")
    op.drop_table("album_messages")
    op.drop_index("ix_message_history_target_id", "message_history")
    op.drop_column("message_history", "target_id")
    op.execute("ALTER TABLE message_history DROP COLUMN act")


def _rewrite_media(change: Callable[[Any], Any]) -> None:
    """Change what the content of each broadcast says of its media."""
    history = sa.table("message_history", sa.column("id"), sa.column("content", sa.JSON))
    connection = op.get_bind()
    for number, content in connection.execute(sa.select(history.c.id, history.c.content)).all():
        changed = {**content, "media": change(content.get("media"))}
        connection.execute(sa.update(history).where(history.c.id == number).values(content=changed))
