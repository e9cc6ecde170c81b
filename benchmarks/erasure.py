"""What a million moves weigh, what forgetting one of a million costs, and whom pruning holds up."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from benchmarks.bench_setup import context, fill, postgresql, queue, sqlite
from hsl_tui.clock import SystemClock
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.moves import StateChange
from hsl_tui.services import forgetting, pruning
from hsl_tui.services.context import Context
from hsl_tui.store import moves
from hsl_tui.store.database import Database

SIZE: Final = 1_000_000
_GROUP: Final = 500
_GROUPS: Final = 20

_SENT = """
UPDATE message_recipients SET status = 2, token = 1, attempts = 1,
    telegram_message_id = 1000000 + seq, sent_at = :then WHERE broadcast_id = :id
"""
_FINISHED = """
UPDATE message_history SET pending = 0, sent = total_recipients, state = 'finished',
    started_at = :then, finished_at = :then WHERE id = :id
"""
_MOVED = """
INSERT INTO recipient_moves (recipient_id, at, reason_id, before, after)
SELECT id, {at}, (SELECT max(id) FROM move_reasons), 0, 1 FROM recipients
"""
_BESIDE = """
import sys, time
from hsl_tui.store.database import Database
import sqlalchemy as sa
database = Database(sys.argv[1])
print(flush=True)
longest = 0.0
while True:
    started = time.perf_counter()
    with database.write() as session:
        session.execute(sa.text("UPDATE bot_pace SET arrival_us = 1 WHERE bot_id = 0"))
    longest = max(longest, time.perf_counter() - started)
    print(longest, flush=True)
    time.sleep(0.02)
"""
"""A writer of another process, as a worker is: a short transaction again and again."""


def main() -> None:
    """Print what each costs, on either database."""
    for name, opened in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with opened() as database:
            fill(database, SIZE)
            where = context(database, "http://127.0.0.1:1", rate=0)
            print(f"{name}, {SIZE} recipients and deliveries", flush=True)
            _print_moves(database)
            broadcast = queue(where)
            _end(database, broadcast)
            started = time.perf_counter()
            forgetting.forget(where, "500000")
            seconds = time.perf_counter() - started
            print(f"  forgetting one             {seconds:8.2f} s", flush=True)
            _print_pruning(where)


def _print_moves(database: Database) -> None:
    clock = SystemClock()
    taken = []
    for group in range(_GROUPS):
        first = 1 + group * _GROUP
        changes = [
            StateChange(number, RecipientState.BLOCKED, "Forbidden: bot was blocked by the user")
            for number in range(first, first + _GROUP)
        ]
        started = time.perf_counter()
        with database.write() as session:
            moves.apply(session, changes, now=clock.now())
        taken.append(time.perf_counter() - started)
    print(f"  {_GROUP} moves in a commit      {statistics.median(taken) * 1000:8.0f} ms, median")
    before = _bytes(database)
    at = "1795500000000000 + id" if database.is_sqlite else "now() + id * interval '1 us'"
    with database.write() as session:
        session.execute(sa.text(_MOVED.format(at=at)))
    print(f"  bytes for each move        {(_bytes(database) - before) / SIZE:8.0f}")
    with database.read() as session:
        seconds = _seconds(lambda: moves.totals(session))
    print(f"  totals of them all         {seconds * 1000:8.0f} ms")
    with database.read() as session:
        seconds = _seconds(lambda: moves.window(session, limit=50))
    print(f"  the newest 50              {seconds * 1000:8.1f} ms", flush=True)


def _print_pruning(where: Context) -> None:
    steps: list[float] = []
    last = time.perf_counter()

    def note(*_: int) -> None:
        nonlocal last
        now = time.perf_counter()
        steps.append(now - last)
        last = now

    with _beside(where.database) as longest:
        started = time.perf_counter()
        done = pruning.prune(where, timedelta(days=1), on_progress=note)
        seconds = time.perf_counter() - started
        waited = longest()
    # From one batch to the next: its transaction and the pause behind it.
    print(f"  pruning {done.deliveries:,}          {seconds:8.1f} s")
    print(f"  a batch and its pause      {statistics.median(steps) * 1000:8.0f} ms, median")
    print(f"  longest                    {max(steps) * 1000:8.0f} ms")
    print(f"  longest wait of another    {waited * 1000:8.0f} ms", flush=True)


@contextlib.contextmanager
def _beside(database: Database) -> Iterator[Callable[[], float]]:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", _BESIDE, url]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise RuntimeError(command)
        process.stdout.readline()

        def longest() -> float:
            process.terminate()
            said = process.stdout.read().split() if process.stdout else []
            return float(said[-1]) if said else 0.0

        yield longest


def _end(database: Database, broadcast: int) -> None:
    then = SystemClock().now() - timedelta(days=400)
    moment = int(then.timestamp() * 1e6) if database.is_sqlite else then
    with database.write() as session:
        for statement in (_SENT, _FINISHED):
            session.connection().execute(sa.text(statement), {"id": broadcast, "then": moment})


def _bytes(database: Database) -> int:
    if not database.is_sqlite:
        with database.read() as session:
            query = sa.text(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                " WHERE relname IN ('recipient_moves', 'move_reasons')"
            )
            return int(session.execute(query).scalar_one())
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    return Path(database.url.database or "").stat().st_size


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
