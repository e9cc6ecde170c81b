"""What recipients are searched by: their names folded, and an index of those that are not active.

Revision: 0006, after 0005
"""

from __future__ import annotations

from typing import Any

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
    of_id = sa.bindparam("of_id")
    change = (
        sa.update(PEOPLE)
        .where(PEOPLE.c.id == of_id)
        .values({key: sa.bindparam(key) for key in KEYS})
    )
    names = (PEOPLE.c.id, PEOPLE.c.first_name, PEOPLE.c.last_name, PEOPLE.c.username)
    following = sa.select(*names).order_by(PEOPLE.c.id).limit(BATCH)
    after = 0
    while found := connection.execute(following.where(PEOPLE.c.id > after)).all():
        changes: list[dict[str, Any]] = [
            {"of_id": number, **search_keys.keys(*of)} for number, *of in found
        ]
        connection.execute(change, changes)
        after = found[-1][0]
