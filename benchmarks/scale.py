"""What a million recipients cost: processor time a message, memory, and how soon a send begins."""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.bench_setup import context, environment, fill, postgresql, queue, server, sqlite
from hsl_tui.clock import SystemClock
from hsl_tui.services import broadcasts
from hsl_tui.services.context import Context
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.worker import Progress, Worker

FEW: Final = 10_000
MANY: Final = 1_000_000
MESSAGES: Final = 1000
"""At least so many are sent in each round."""
ROUNDS: Final = 5
SENDS: Final = 5
_WATCHED: Final = {0: 30, 30: 8}
"""By pace: for how many seconds memory is watched. It still grows a little after that."""


def main() -> None:
    """Print processor time, memory and delays, each beside what it is held to."""
    with server("--rate", "0") as url:
        for name, open_database in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            with open_database() as few, open_database() as many:
                fill(few, FEW)
                fill(many, MANY)
                _print_costs(name, context(few, url, rate=0), context(many, url, rate=0))
                if many.is_sqlite:
                    _print_peaks(many, url)
                    _print_delays(few, many, url)


# --- processor time ---------------------------------------------------------------------------


def _print_costs(name: str, few: Context, many: Context) -> None:
    """Alternately, the next messages of a broadcast to few and of one to many."""
    tasks = [(where, queue(where)) for where in (few, many)]
    found: list[list[float]] = [[], []]
    for round_ in range(ROUNDS):
        for which, (where, broadcast) in enumerate(tasks):
            seconds = _cost(where, broadcast)
            # The first round loads what all later ones find loaded.
            if round_:
                found[which].append(seconds)
    small, large = (statistics.median(costs) for costs in found)
    print(
        f"processor time a message, {name}: {small * 1e6:.0f} µs at {FEW:,} recipients,"
        f" {large * 1e6:.0f} µs at {MANY:,}; ratio {large / small:.2f} (at most 1.1)",
        flush=True,
    )


def _cost(where: Context, broadcast: int) -> float:
    """Seconds of processor time a message, of the worker as it is, without a limit."""
    before = broadcasts.show(where, broadcast).successful_deliveries

    def enough(_: Progress) -> None:
        if broadcasts.show(where, broadcast).successful_deliveries - before >= MESSAGES:
            worker.stop()

    worker = Worker(where, enough)
    spent = _processor_time()
    worker.run()
    spent = _processor_time() - spent
    return spent / (broadcasts.show(where, broadcast).successful_deliveries - before)


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


# --- memory -----------------------------------------------------------------------------------


def _print_peaks(many: Database, url: str) -> None:
    for rate, seconds in _WATCHED.items():
        before = _ask(url, "stats")["accepted"]
        with _headless(many, url, rate) as worker:
            time.sleep(seconds)
            peak = _peak(worker)
            sent = _ask(url, "stats")["accepted"] - before
        pace = f"at {rate} a second" if rate else "without a limit"
        print(
            f"peak memory, headless, {pace}, after {sent:,} messages: {peak:.0f} MB (at most 120)",
            flush=True,
        )


def _peak(process: subprocess.Popen[bytes]) -> float:
    """The most memory that a process ever had resident, in megabytes."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError(process.pid)


# --- delays -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sent:
    """A broadcast to one chat; moments in seconds since 1970."""

    chat: int
    made_at: float
    """When its row was made."""
    ended_at: float
    """When the command that queued it had ended."""


def _print_delays(few: Database, many: Database, url: str) -> None:
    """Beside a worker that idles, and beside one in the middle of a long broadcast."""
    _finish(few, url)
    names = {"idle": few, "in a long broadcast": many}
    with _headless(few, url, 30), _headless(many, url, 30):
        # Near the end of the audience, where the long broadcast does not come.
        chats = iter(range(MANY, 0, -1))
        _take_in(few, MANY)
        minute = _next_minute()
        later = {
            name: [_send(database, url, next(chats), at=minute) for _ in range(SENDS)]
            for name, database in names.items()
        }
        now = {
            name: [_send(database, url, next(chats)) for _ in range(SENDS)]
            for name, database in names.items()
        }
        for name in names:
            delays = [(_accepted(url, one.chat), one) for one in now[name]]
            after_row = statistics.median(at - one.made_at for at, one in delays)
            after_end = statistics.median(at - one.ended_at for at, one in delays)
            late = [_accepted(url, one.chat) - minute.timestamp() for one in later[name]]
            print(
                f"first send, worker {name}: {after_row:.2f} s after its row was made,"
                f" {after_end:.2f} s after its command ended; scheduled:"
                f" {statistics.median(late):.2f} s after its minute, {max(late):.2f} s at most"
                " (within 2)",
                flush=True,
            )


def _finish(few: Database, url: str) -> None:
    Worker(context(few, url, rate=0)).run(once=True)
    _ask(url, "reset", method="POST")


def _take_in(few: Database, last: int) -> None:
    """Recipients for single sends, with the chats that the other database has last."""
    now = SystemClock().now()
    with few.write() as session:
        arrivals = [Arrival(chat) for chat in range(last - 4 * SENDS, last + 1)]
        take_in(session, arrivals, now=now)


def _next_minute() -> datetime:
    """The next full minute that leaves time for a few commands."""
    soon = datetime.now(UTC) + timedelta(seconds=90)
    return soon.replace(second=0, microsecond=0)


def _send(database: Database, url: str, chat: int, *, at: datetime | None = None) -> _Sent:
    """Queue a broadcast by the command."""
    command = ["broadcasts", "send", "--text", "Hello", "--to", f"chat:{chat}", "--json"]
    if at is not None:
        command += ["--at", at.isoformat()]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "hsl_tui", *command],
        env=environment(database, url, 30),
        stdout=subprocess.PIPE,
        check=True,
    )
    ended = time.time()
    made = broadcasts.show(context(database, url, 30), json.loads(done.stdout)["id"]).created_at
    return _Sent(chat, made.timestamp(), ended)


def _accepted(url: str, chat: int) -> float:
    """When the simulated Telegram took the message to a chat, in seconds since 1970."""
    while not (found := _ask(url, f"record?chat_id={chat}")):
        time.sleep(0.2)
    at: float = found[0]["time"]
    return at


# --- the command, in a process of its own -----------------------------------------------------


@contextlib.contextmanager
def _headless(database: Database, url: str, rate: float) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "hsl_tui", "--scheduler-only"],
        env=environment(database, url, rate),
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def _ask(url: str, what: str, *, method: str = "GET") -> Any:
    request = urllib.request.Request(f"{url}/control/{what}", method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - likewise
        return json.load(answer)
