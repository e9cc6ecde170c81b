"""What the worker asks many times a second stays on its partial index, however long the history.

The plans are those of the very statements that run, with their parameters where the driver
puts them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from hsl_tui.models.enums import BroadcastState, DeliveryStatus, RecipientState
from hsl_tui.models.types import UtcDateTime
from hsl_tui.models.views import Claim, Person
from hsl_tui.store import broadcasts, chat_pace, followups, ledger, workers
from hsl_tui.store.database import Database, Session
from tests.builders import add_broadcast, add_worker, claim
from tests.conftest import NOON

Statement = tuple[str, Any]
Ask = Callable[[Session, int, int], object]

SHAPES = {"a long history": (20_000, 200), "a long queue": (0, 20_200)}
"""By name: how many deliveries are settled, and how many wait."""


def ask_in_flight(session: Session, _broadcast: int, _worker: int) -> object:
    return broadcasts.in_flight(session, now=NOON, limit=10)


def ask_claim(session: Session, broadcast: int, worker: int) -> object:
    return ledger.claim(session, broadcast, worker_id=worker, limit=8, now=NOON)


def ask_take_over(session: Session, _broadcast: int, worker: int) -> object:
    return ledger.take_over(session, worker, max_attempts=5, now=NOON)


def ask_held(session: Session, _broadcast: int, worker: int) -> object:
    return ledger.held(session, worker)


def ask_chat_pace(session: Session, broadcast: int, _worker: int) -> object:
    """For eight that have just been claimed, of a broadcast beside another to the same people."""
    claims = [
        Claim(broadcast, seq, 1, 0, seq, RecipientState.ACTIVE, Person(chat_id=seq))
        for seq in range(1, 9)
    ]
    return chat_pace.put_off_early(session, claims, now=NOON)


def ask_originals(session: Session, broadcast: int, _worker: int) -> object:
    """What eight of a recall are about; the target stands for the recall too."""
    claims = [
        Claim(broadcast, seq, 1, 0, seq, RecipientState.ACTIVE, Person(chat_id=seq))
        for seq in range(1, 9)
    ]
    return followups.with_originals(session, broadcast, claims)


def ask_mark_deleted(session: Session, broadcast: int, _worker: int) -> None:
    recalled = {(broadcast, broadcast): range(1, 9)}
    followups.mark_deleted(session, recalled, now=NOON)


def ask_strays(session: Session, _broadcast: int, _worker: int) -> object:
    return workers.ended_with_claims(session)


ONE_CHAT = "uq_message_recipients_broadcast_id_recipient_id"
SQLITE_NAMES = {
    ONE_CHAT: "sqlite_autoindex_message_recipients_2 (broadcast_id=? AND recipient_id=?)"
}
"""What SQLite calls an index that comes of a constraint."""

ASKED = {
    "in_flight": (ask_in_flight, "ix_message_recipients_pending"),
    "claim": (ask_claim, "ix_message_recipients_pending"),
    "take_over": (ask_take_over, "ix_message_recipients_sending"),
    "chat_pace": (ask_chat_pace, ONE_CHAT),
    "originals": (ask_originals, ONE_CHAT),
    "mark_deleted": (ask_mark_deleted, ONE_CHAT),
    "held": (ask_held, "ix_message_recipients_sending"),
    "strays": (ask_strays, "ix_message_recipients_sending"),
}


RECIPIENTS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :number)
INSERT INTO recipients (chat_id, attributes, state, created_at, updated_at)
SELECT n, '{}', 'active', :now, :now FROM numbers
"""
SETTLE = (
    "UPDATE message_recipients SET status = :sent WHERE seq <= :finished",
    "UPDATE message_history SET pending = :waiting, sent = :finished",
)


class Full:
    """A database with two large broadcasts, and two workers with calls of the first one open."""

    def __init__(self, database: Database, finished: int, waiting: int) -> None:
        self.database = database
        with database.write() as session:
            add_all = sa.text(RECIPIENTS).bindparams(sa.bindparam("now", NOON, UtcDateTime()))
            session.execute(add_all, {"number": finished + waiting})
        self.broadcast = add_broadcast(database)
        numbers = {
            "sent": list(DeliveryStatus).index(DeliveryStatus.SENT),
            "finished": finished,
            "waiting": waiting,
        }
        with database.write() as session:
            for statement in SETTLE:
                session.execute(sa.text(statement), numbers)
        # Paused, it is nothing to claim for, but its chats may have been written to a moment ago.
        add_broadcast(database, state=BroadcastState.PAUSED)
        self.worker, other = add_worker(database), add_worker(database)
        claim(database, self.broadcast, self.worker, 4)
        claim(database, self.broadcast, other, 4)

    def statements(self, ask: Ask) -> list[Statement]:
        """What ``ask`` says to the ledger, as it is said."""
        with self.database.write() as session, _listening(session) as said:
            ask(session, self.broadcast, self.worker)
            session.rollback()
        return [one for one in said if "message_recipients" in one[0]]


@contextmanager
def _listening(session: Session) -> Iterator[list[Statement]]:
    said: list[Statement] = []

    def hear(*call: Any) -> None:
        said.append((call[2], call[3]))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(connection, "before_cursor_execute", hear)


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Database]:
    opened = Database(postgresql_url)
    yield opened
    opened.dispose()


def _analyse(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    database.dispose()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("analysed", [False, True], ids=["no statistics", "statistics"])
def test_sqlite_stays_on_the_partial_index(sqlite: Database, shape: str, *, analysed: bool) -> None:
    full = Full(sqlite, *SHAPES[shape])
    if analysed:
        _analyse(sqlite)
    for ask, name in ASKED.values():
        index, steps = SQLITE_NAMES.get(name, name), []
        for statement, parameters in full.statements(ask):
            with sqlite.engine.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps += [row.detail for row in plan]
        assert any(index in step for step in steps), steps
        for step in steps:
            assert " message_recipients" not in step or index in step or ONE_ROW in step, steps
            assert "SCAN" not in step or step.split()[1] in SMALL or OPEN_CALLS in step, steps


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("analysed", [False, True], ids=["no statistics", "statistics"])
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_postgresql_stays_on_the_partial_index(
    postgresql: Database, shape: str, mode: str, *, analysed: bool
) -> None:
    full = Full(postgresql, *SHAPES[shape])
    if analysed:
        _analyse(postgresql)
    for ask, index in ASKED.values():
        nodes: list[Mapping[str, Any]] = []
        for statement, parameters in full.statements(ask):
            with postgresql.engine.connect() as connection:
                connection.exec_driver_sql(f"SET plan_cache_mode = {mode}")
                nodes += _scans(_prepared_plan(connection, statement, parameters))
        used = [node["Index Name"] for node in nodes if "Index Name" in node]
        assert index in used
        for node in nodes:
            assert node["Node Type"] != "Seq Scan" or node["Relation Name"] in SMALL, node
            if "message_recipients" in node.get("Index Name", ""):
                condition = node.get("Index Cond", "")
                assert node["Index Name"] == index or "seq = " in condition, node
                assert condition or index == OPEN_CALLS, node


OPEN_CALLS = "ix_message_recipients_sending"
"""It may be read from end to end: it holds no more than the calls that are open."""
ONE_ROW = "PRIMARY KEY (broadcast_id=? AND seq=?)"
SMALL = {"message_history", "workers", "delivery_errors", "album_messages"}
"""Tables with a handful of rows here, which any planner reads whole."""


def _prepared_plan(
    connection: sa.Connection, statement: str, parameters: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The plan of a statement that the server has prepared, as the driver prepares it."""
    order: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in order:
            order.append(name)
        return f"${order.index(name) + 1}"

    numbered = re.sub(r"%\((?P<name>\w+)\)s", number, statement).replace("%%", "%")
    connection.exec_driver_sql(f"PREPARE asked AS {numbered}")
    types = connection.exec_driver_sql(
        "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'asked'"
    ).scalar_one()
    values = ", ".join(
        f"'{parameters[name]}'::{kind}" for name, kind in zip(order, types, strict=True)
    )
    execute = f"EXECUTE asked({values})" if values else "EXECUTE asked"
    (plans,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {execute}").one()
    connection.exec_driver_sql("DEALLOCATE asked")
    read: list[Mapping[str, Any]] = json.loads(plans) if isinstance(plans, str) else plans
    plan: Mapping[str, Any] = read[0]["Plan"]
    return plan


def _scans(node: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    own = [node] if "Scan" in node["Node Type"] else []
    return own + [scan for one in node.get("Plans", ()) for scan in _scans(one)]
