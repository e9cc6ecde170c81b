"""The first tables.

Revision: 0001, the first
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")

COUNTERS = ("pending", "sending", "sent", "failed", "uncertain", "cancelled", "deleted")
COUNTS_ADD_UP = f"{' + '.join(COUNTERS)} = total_recipients"
COUNTS_NOT_NEGATIVE = " AND ".join(f"{counter} >= 0" for counter in COUNTERS)

NO_CHANGE_SQLITE = """
CREATE TRIGGER audit_log_no_{verb} BEFORE {verb} ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log takes no {verb}: it is append-only'); END
"""

# REPLACE deletes without asking the trigger on DELETE.
NO_REPLACE_SQLITE = """
CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log
WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'audit_log takes no replace: it is append-only'); END
"""

NO_CHANGE_POSTGRESQL = """
CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit_log takes no %: it is append-only', lower(TG_OP); END $$;
CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON audit_log
FOR EACH ROW EXECUTE FUNCTION audit_log_refuse();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();
"""


def upgrade() -> None:
    create_recipients()
    create_workers()
    create_broadcasts()
    create_audit()


def downgrade() -> None:
    for table in (
        "audit_head",
        "audit_log",
        "message_recipients",
        "delivery_errors",
        "message_history",
        "media_uploads",
        "media_files",
        "bot_pace",
        "workers",
        "attribute_names",
        "recipient_tags",
        "tags",
        "recipients",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_refuse()")


def create_recipients() -> None:
    op.create_table(
        "attribute_names",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_attribute_names"),
    )
    op.create_table(
        "recipients",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("chat_id", BIG_INT, nullable=False),
        sa.Column("username", sa.String(length=64), nullable=True),
        sa.Column("first_name", sa.String(length=256), nullable=True),
        sa.Column("last_name", sa.String(length=256), nullable=True),
        sa.Column("language_code", sa.String(length=16), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("state_changed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('active', 'blocked', 'deactivated', 'unsubscribed', 'invalid')",
            name=op.f("ck_recipients_state"),
        ),
        sa.CheckConstraint("chat_id <> 0", name=op.f("ck_recipients_chat_id")),
        sa.PrimaryKeyConstraint("id", name="pk_recipients"),
        sa.UniqueConstraint("chat_id", name="uq_recipients_chat_id"),
    )
    op.create_index("ix_recipients_username_lower", "recipients", [sa.text("lower(username)")])
    op.create_table(
        "tags",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("name", name="uq_tags_name"),
    )
    op.create_table(
        "recipient_tags",
        sa.Column("recipient_id", BIG_INT, nullable=False),
        sa.Column("tag_id", BIG_INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipients.id"],
            name="fk_recipient_tags_recipient_id_recipients",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name="fk_recipient_tags_tag_id_tags", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("recipient_id", "tag_id", name="pk_recipient_tags"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_recipient_tags_tag_id_recipient_id",
        "recipient_tags",
        ["tag_id", "recipient_id"],
        unique=False,
    )


def create_workers() -> None:
    op.create_table(
        "bot_pace",
        sa.Column("bot_id", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("arrival_us", BIG_INT, nullable=False),
        sa.Column("halted_until_us", BIG_INT, nullable=False),
        sa.Column("stopped_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("bot_id", name="pk_bot_pace"),
    )
    op.create_table(
        "workers",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", BIG_INT, nullable=False),
        sa.Column("process_started", sa.String(length=128), nullable=False),
        sa.Column("bot_id", BIG_INT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("beat_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )


def create_broadcasts() -> None:
    op.create_table(
        "delivery_errors",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("code", BIG_INT, nullable=False),
        sa.Column("description", sa.String(length=512), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_errors"),
        sa.UniqueConstraint(
            "kind", "code", "description", name="uq_delivery_errors_kind_code_description"
        ),
    )
    op.create_table(
        "media_files",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("size", BIG_INT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_media_files"),
        sa.UniqueConstraint("sha256", name="uq_media_files_sha256"),
    )
    op.create_table(
        "message_history",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("on_uncertain", sa.String(24), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("scheduled_at", MOMENT, nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("total_recipients", BIG_INT, nullable=False),
        sa.Column("pending", BIG_INT, nullable=False),
        sa.Column("sending", BIG_INT, nullable=False),
        sa.Column("sent", BIG_INT, nullable=False),
        sa.Column("failed", BIG_INT, nullable=False),
        sa.Column("uncertain", BIG_INT, nullable=False),
        sa.Column("cancelled", BIG_INT, nullable=False),
        sa.Column("deleted", BIG_INT, nullable=False),
        sa.CheckConstraint(
            "on_uncertain IN ('hold', 'resend')", name=op.f("ck_message_history_on_uncertain")
        ),
        sa.CheckConstraint(
            "state <> 'finished' OR (pending = 0 AND sending = 0)",
            name=op.f("ck_message_history_finished_is_settled"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'scheduled', 'sending', 'paused', 'finished', 'cancelled')",
            name=op.f("ck_message_history_state"),
        ),
        sa.CheckConstraint(COUNTS_ADD_UP, name=op.f("ck_message_history_counts_add_up")),
        sa.CheckConstraint(
            COUNTS_NOT_NEGATIVE, name=op.f("ck_message_history_counts_not_negative")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message_history"),
        sa.UniqueConstraint("idempotency_key", name="uq_message_history_idempotency_key"),
    )
    op.create_index(
        "ix_message_history_open",
        "message_history",
        ["state", "scheduled_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('scheduled', 'sending')"),
        postgresql_where=sa.text("state IN ('scheduled', 'sending')"),
    )
    op.create_table(
        "media_uploads",
        sa.Column("media_file_id", BIG_INT, nullable=False),
        sa.Column("bot_id", BIG_INT, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("file_id", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_files.id"], name="fk_media_uploads_media_file_id_media_files"
        ),
        sa.PrimaryKeyConstraint("media_file_id", "bot_id", "kind", name="pk_media_uploads"),
    )
    op.create_table(
        "message_recipients",
        sa.Column("broadcast_id", BIG_INT, nullable=False),
        sa.Column("seq", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("recipient_id", BIG_INT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("telegram_message_id", BIG_INT, nullable=True),
        sa.Column("worker_id", BIG_INT, nullable=True),
        sa.Column("error_id", BIG_INT, nullable=True),
        sa.Column("token", BIG_INT, nullable=False),
        sa.Column("attempts", BIG_INT, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["message_history.id"],
            name="fk_message_recipients_broadcast_id_message_history",
        ),
        sa.ForeignKeyConstraint(
            ["error_id"],
            ["delivery_errors.id"],
            name="fk_message_recipients_error_id_delivery_errors",
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["recipients.id"],
            name="fk_message_recipients_recipient_id_recipients",
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["workers.id"], name="fk_message_recipients_worker_id_workers"
        ),
        sa.CheckConstraint("status BETWEEN 0 AND 6", name=op.f("ck_message_recipients_status")),
        sa.PrimaryKeyConstraint("broadcast_id", "seq", name="pk_message_recipients"),
        sa.UniqueConstraint(
            "broadcast_id", "recipient_id", name="uq_message_recipients_broadcast_id_recipient_id"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_message_recipients_pending",
        "message_recipients",
        ["broadcast_id", "not_before", "seq"],
        unique=False,
        sqlite_where=sa.text("status = 0"),
        postgresql_where=sa.text("status = 0"),
    )
    op.create_index(
        "ix_message_recipients_sending",
        "message_recipients",
        ["worker_id"],
        unique=False,
        sqlite_where=sa.text("status = 1"),
        postgresql_where=sa.text("status = 1"),
    )


def create_audit() -> None:
    head = op.create_table(
        "audit_head",
        sa.Column("id", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("last_id", BIG_INT, nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single_row")),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("broadcast_id", BIG_INT, nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["message_history.id"],
            name="fk_audit_log_broadcast_id_message_history",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_action", "audit_log", ["action"], unique=False)
    op.create_index("ix_audit_log_at", "audit_log", ["at"], unique=False)
    op.create_index("ix_audit_log_broadcast_id", "audit_log", ["broadcast_id"], unique=False)
    op.bulk_insert(head, [{"id": 1, "last_id": 0, "last_hash": "0" * 64}])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(NO_CHANGE_SQLITE.format(verb=verb))
        op.execute(NO_REPLACE_SQLITE)
    else:
        op.execute(NO_CHANGE_POSTGRESQL)
