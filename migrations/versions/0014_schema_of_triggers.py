"""On PostgreSQL, triggers find their tables whoever fires them.

They looked along the caller's search path, on which only this program has the schema: others, such
as psql or a restore, met "relation does not exist" instead of what the trigger says.

Revision: 0014, after 0013
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FUNCTIONS = (
    "audit_log_refuse",
    "deliveries_point_somewhere",
    "message_history_with_deliveries_stay",
    "recipients_with_deliveries_stay",
)


def upgrade() -> None:
    alter("SET search_path FROM CURRENT")


def downgrade() -> None:
    alter("RESET search_path")


def alter(how: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for function in FUNCTIONS:
            op.execute(f"ALTER FUNCTION {function}() {how}")
