"""What a million deliveries weigh and cost: bytes a row, queueing, and a claim among them."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Final

from benchmarks.bench_setup import context, fill, queue, send_all, sqlite
from hsl_tui.clock import SystemClock
from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.store import recording, workers
from hsl_tui.store.database import Database
from hsl_tui.store.recording import Result
from hsl_tui.worker.claims import Turn, claim_fairly

SIZES: Final = (10_000, 1_000_000)
_CLAIM: Final = 50
_CLAIMS: Final = 40


def main() -> None:
    """Print a row for each size."""
    print("recipients  queued in   bytes a row  claim and record of 50, median")
    for size in SIZES:
        with sqlite() as database:
            fill(database, size)
            where = context(database, "http://127.0.0.1:1", rate=0)
            before = _bytes(database)
            started = time.perf_counter()
            broadcast = queue(where)
            queued = time.perf_counter() - started
            cost = _claim_and_record(database)
            send_all(database, broadcast)
            weight = (_bytes(database) - before) / size
            print(f"{size:10d} {queued:8.2f} s {weight:13.0f} {cost * 1000:13.2f} ms", flush=True)


def _claim_and_record(database: Database) -> float:
    """Median seconds of a claim with its record, spread over the whole broadcast."""
    clock = SystemClock()
    with database.write() as session:
        worker = workers.enter(
            session, host="bench", pid=1, process_started="", bot_id=1, now=clock.now()
        )
    found = []
    for _ in range(_CLAIMS):
        started = time.perf_counter()
        with database.write() as session:
            claims = claim_fairly(
                session,
                Turn(),
                worker_id=worker,
                actor="bench",
                limit=_CLAIM,
                sweep_limit=10,
                without=(),
                now=clock.now(),
            )
        results = [
            Result(one.broadcast_id, one.seq, one.token, DeliveryStatus.SENT, clock.now())
            for one in claims
        ]
        with database.write() as session:
            recording.record(session, results, now=clock.now())
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def _bytes(database: Database) -> int:
    """Bytes of the file, with its write-ahead log folded in."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    return Path(database.url.database or "").stat().st_size
