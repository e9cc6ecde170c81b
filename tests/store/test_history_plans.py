"""What is asked of the broadcasts reads a handful of rows, however long their history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from hsl_tui.models.enums import BroadcastState
from hsl_tui.models.types import UtcDateTime
from hsl_tui.store import broadcasts, chat_pace, throughput
from hsl_tui.store.database import Database, Session
from tests.builders import add_broadcast, add_recipients
from tests.conftest import NOON

HISTORY = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000)
INSERT INTO message_history (text, content, audience, state, on_uncertain, created_by, created_at,
    finished_at, total_recipients, pending, sending, sent, failed, uncertain, cancelled, deleted)
SELECT 'Hello', '{}', '[]', 'finished', 'hold', 'tester', :then, :then, 0, 0, 0, 0, 0, 0, 0, 0
FROM numbers
"""

ASKED: dict[str, Callable[[Session], object]] = {
    "in flight": lambda session: broadcasts.in_flight(session, now=NOON, limit=10),
    "due": lambda session: broadcasts.due(session, now=NOON),
    "active of late": lambda session: chat_pace.put_off_early(session, [], now=NOON),
    "rates": lambda session: throughput.rates(session, now=NOON),
    "traffic": lambda session: throughput.traffic(session, now=NOON),
    "newest of one state": lambda session: broadcasts.latest(
        session, limit=50, state=BroadcastState.SENDING, before=2000
    ),
    "oldest of one state": lambda session: broadcasts.newer(
        session, limit=50, state=BroadcastState.PAUSED, than=1000
    ),
}


@pytest.mark.parametrize("asked", ASKED)
def test_no_look_reads_the_history(database: Database, asked: str) -> None:
    add_recipients(database, 2)
    add_broadcast(database)
    then = sa.bindparam("then", NOON.replace(year=2029), UtcDateTime())
    with database.write() as session:
        session.execute(sa.text(HISTORY).bindparams(then))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    database.dispose()
    plan = explained(database, ASKED[asked])
    assert "ix_message_history" in plan
    assert "SCAN message_history" not in plan
    assert "Seq Scan on message_history" not in plan


def explained(database: Database, ask: Callable[[Session], object]) -> str:
    """The plans of all that is asked, with the parameters that it is asked with."""
    said: list[tuple[str, Any]] = []
    verb = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"

    def hear(*call: Any) -> None:
        said.append((call[2], call[3]))

    with database.write() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", hear)
        ask(session)
        event.remove(connection, "before_cursor_execute", hear)
        steps: list[Any] = []
        for statement, parameters in said:
            steps += connection.exec_driver_sql(f"{verb} {statement}", parameters)
    return "\n".join(str(step[-1]) for step in steps)
