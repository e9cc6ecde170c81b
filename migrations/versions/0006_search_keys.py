"""What recipients are searched by: their names folded, and an index of those that are not active.

Revision: 0006, after 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hsl_tui.store import search_keys

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEYS = ("name_key", "last_name_key", "username_key")
KEY = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
INACTIVE = "state <> 'active'"
BATCH = 5000

PEOPLE = sa.table(
    "recipients",
    sa.column("id", sa.BigInteger),
    *(sa.column(name, sa.Text) for name in ("first_name", "last_name", "username", *KEYS)),
)

FILL = """
UPDATE recipients SET name_key = keys.name, last_name_key = keys.last_name,
    username_key = keys.username
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
    AS keys (id, name, last_name, username)
WHERE recipients.id = keys.id
"""


def upgrade() -> None:
    for key in KEYS:
        op.add_column("recipients", sa.Column(key, KEY))
    _fill()
    for key in KEYS:
        there = sa.text(f"{key} IS NOT NULL")
        op.create_index(
            f"ix_recipients_{key}",
            "recipients",
            [key, "id"],
            sqlite_where=there,
            postgresql_where=there,
        )
    op.create_index(
        "ix_recipients_inactive",
        "recipients",
        ["state", "id"],
        sqlite_where=sa.text(INACTIVE),
        postgresql_where=sa.text(INACTIVE),
    )
    op.drop_index("ix_recipients_username_lower", "recipients")


def downgrade() -> None:
    op.create_index("ix_recipients_username_lower", "recipients", [sa.text("lower(username)")])
    op.drop_index("ix_recipients_inactive", "recipients")
    for key in reversed(KEYS):
        op.drop_index(f"ix_recipients_{key}", "recipients")
        op.drop_column("recipients", key)


def _fill() -> None:
    """Write the keys of all that are there, in batches: they are made outside the database."""
    connection = op.get_bind()
    change = _one_by_one if connection.dialect.name == "sqlite" else _many_at_once
    names = (PEOPLE.c.id, PEOPLE.c.first_name, PEOPLE.c.last_name, PEOPLE.c.username)
    following = sa.select(*names).order_by(PEOPLE.c.id).limit(BATCH)
    after = 0
    while found := connection.execute(following.where(PEOPLE.c.id > after)).all():
        change(connection, {number: search_keys.keys(*of) for number, *of in found})
        after = found[-1][0]


Keys = dict[int, dict[str, str | None]]


def _one_by_one(connection: sa.Connection, keys: Keys) -> None:
    change = (
        sa.update(PEOPLE)
        .where(PEOPLE.c.id == sa.bindparam("of_id"))
        .values({key: sa.bindparam(key) for key in KEYS})
    )
    connection.execute(change, [{"of_id": number, **made} for number, made in keys.items()])


def _many_at_once(connection: sa.Connection, keys: Keys) -> None:
    made = [[one[key] for one in keys.values()] for key in KEYS]
    connection.exec_driver_sql(FILL, (list(keys), *made))
