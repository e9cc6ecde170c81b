"""On PostgreSQL, a queued audience is held to its recipients by one look at all of them.

A foreign key looks up, and locks, each row's recipient on its own: for a million deliveries that
took longer than all else together. What it says is said by triggers from here on: of rows that are
added for each statement, of what they point to as before. SQLite's foreign keys stay as they are.

Revision: 0012, after 0011
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLE = "message_recipients"
KEYS = {"recipient_id": "recipients", "broadcast_id": "message_history"}

POINTS_SOMEWHERE = """
CREATE FUNCTION deliveries_point_somewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE NOT EXISTS (
       SELECT FROM recipients WHERE recipients.id = added.recipient_id))
  OR EXISTS (SELECT FROM (SELECT DISTINCT broadcast_id FROM added) AS of WHERE NOT EXISTS (
       SELECT FROM message_history WHERE message_history.id = of.broadcast_id)) THEN
    RAISE foreign_key_violation USING MESSAGE =
      'a delivery needs a recipient and a broadcast that are there';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER deliveries_point_somewhere AFTER INSERT ON message_recipients
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION deliveries_point_somewhere();
"""

STAY_WHOSE_THEY_ARE = """
CREATE FUNCTION deliveries_stay_whose_they_are() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE foreign_key_violation USING MESSAGE =
    'a delivery stays that of its recipient and its broadcast';
END $$;
CREATE TRIGGER deliveries_stay_whose_they_are
BEFORE UPDATE OF broadcast_id, recipient_id ON message_recipients FOR EACH ROW
WHEN ((OLD.broadcast_id, OLD.recipient_id) IS DISTINCT FROM (NEW.broadcast_id, NEW.recipient_id))
EXECUTE FUNCTION deliveries_stay_whose_they_are();
"""

# Whoever adds deliveries holds a lock on the ledger that this one waits for, and sees the end of.
KEEP_ROW = """
CREATE FUNCTION {table}_with_deliveries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.id = OLD.id THEN
    RETURN NEW;
  END IF;
  LOCK TABLE message_recipients IN SHARE ROW EXCLUSIVE MODE;
  IF EXISTS (SELECT FROM message_recipients WHERE {column} = OLD.id) THEN
    RAISE foreign_key_violation USING MESSAGE = 'there are deliveries of this row of {table}';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER {table}_with_deliveries_stay BEFORE DELETE OR UPDATE OF id ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_with_deliveries_stay();
CREATE FUNCTION {table}_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE foreign_key_violation USING MESSAGE = 'deliveries may point to rows of {table}';
END $$;
CREATE TRIGGER {table}_stay BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_stay();
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for column, table in KEYS.items():
        op.drop_constraint(f"fk_{TABLE}_{column}_{table}", TABLE, type_="foreignkey")
        op.execute(KEEP_ROW.format(table=table, column=column))
    op.execute(POINTS_SOMEWHERE)
    op.execute(STAY_WHOSE_THEY_ARE)


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for function in ("deliveries_point_somewhere", "deliveries_stay_whose_they_are"):
        op.execute(f"DROP FUNCTION {function}() CASCADE")
    for column, table in KEYS.items():
        op.execute(f"DROP FUNCTION {table}_with_deliveries_stay() CASCADE")
        op.execute(f"DROP FUNCTION {table}_stay() CASCADE")
        op.create_foreign_key(f"fk_{TABLE}_{column}_{table}", TABLE, table, [column], ["id"])
