"""How recipients moved from state to state, and what was erased.

Revision: 0011, after 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
HAS_REASON = sa.text("error_id IS NOT NULL")

REFUSE_SQLITE = """
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log {when}
BEGIN SELECT RAISE(ABORT, 'audit_log takes no update: it is append-only'); END
"""

# A person may be taken out of an entry's details, on account of a later entry that says so. Null
# where `redacted_by` is not set, which is no either.
UNLESS_REDACTED_SQLITE = """
WHEN coalesce(
    NEW.id IS OLD.id AND NEW.at IS OLD.at AND NEW.actor IS OLD.actor
    AND NEW.action IS OLD.action AND NEW.broadcast_id IS OLD.broadcast_id
    AND NEW.hash IS OLD.hash
    AND NEW.redacted_by > coalesce(OLD.redacted_by, OLD.id)
    AND EXISTS (
        SELECT 1 FROM audit_log
        WHERE id = NEW.redacted_by AND action = 'recipient.forgotten'
    ), 0) = 0
"""

REFUSE_POSTGRESQL = """
CREATE OR REPLACE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {unless} RAISE EXCEPTION 'audit_log takes no %: it is append-only', lower(TG_OP); END $$
"""

UNLESS_REDACTED_POSTGRESQL = """
    IF TG_OP = 'UPDATE' THEN
        IF ROW(NEW.id, NEW.at, NEW.actor, NEW.action, NEW.broadcast_id, NEW.hash)
            IS NOT DISTINCT FROM
            ROW(OLD.id, OLD.at, OLD.actor, OLD.action, OLD.broadcast_id, OLD.hash)
        AND NEW.redacted_by > coalesce(OLD.redacted_by, OLD.id)
        AND EXISTS (
            SELECT 1 FROM audit_log
            WHERE id = NEW.redacted_by AND action = 'recipient.forgotten'
        ) THEN RETURN NEW;
        END IF;
    END IF;
"""


def upgrade() -> None:
    create_moves()
    op.add_column("message_history", sa.Column("pruned_at", MOMENT))
    op.create_index(
        "ix_message_recipients_error_id",
        "message_recipients",
        ["error_id"],
        sqlite_where=HAS_REASON,
        postgresql_where=HAS_REASON,
    )
    op.add_column("audit_log", sa.Column("redacted_by", BIG_INT))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_log_no_update")
        op.execute(REFUSE_SQLITE.format(when=UNLESS_REDACTED_SQLITE))
    else:
        op.execute(REFUSE_POSTGRESQL.format(unless=UNLESS_REDACTED_POSTGRESQL))


def downgrade() -> None:
    redacted = sa.text("SELECT count(*) FROM audit_log WHERE redacted_by IS NOT NULL")
    if op.get_bind().execute(redacted).scalar_one():
        # Whoever knows nothing of redaction would call the log broken.
        raise RuntimeError("people were taken out of the audit log: this cannot be undone")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_log_no_update")
        op.execute(REFUSE_SQLITE.format(when=""))
        op.execute("ALTER TABLE audit_log DROP COLUMN redacted_by")
        op.execute("ALTER TABLE message_history DROP COLUMN pruned_at")
    else:
        op.execute(REFUSE_POSTGRESQL.format(unless=""))
        op.drop_column("audit_log", "redacted_by")
        op.drop_column("message_history", "pruned_at")
    op.drop_index("ix_message_recipients_error_id", "message_recipients")
    op.drop_table("recipient_moves")
    op.drop_table("move_reasons")


def create_moves() -> None:
    op.create_table(
        "move_reasons",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("description", sa.String(512), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_move_reasons"),
        sa.UniqueConstraint("description", name="uq_move_reasons_description"),
    )
    op.create_table(
        "recipient_moves",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("recipient_id", BIG_INT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason_id", BIG_INT, nullable=False),
        sa.Column("before", sa.SmallInteger, nullable=False),
        sa.Column("after", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recipient_moves"),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipients.id"], name="fk_recipient_moves_recipient_id_recipients"
        ),
        sa.ForeignKeyConstraint(
            ["reason_id"], ["move_reasons.id"], name="fk_recipient_moves_reason_id_move_reasons"
        ),
    )
    op.create_index("ix_recipient_moves_recipient_id", "recipient_moves", ["recipient_id"])
    op.create_index("ix_recipient_moves_at", "recipient_moves", ["at", "after", "reason_id"])
