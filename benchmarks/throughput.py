"""Without a limit: our durable engine beside bare loops of python-telegram-bot and aiogram.

All talk to one loopback server in a process of its own. Ours commits every claim and every outcome
to disk; the peers keep nothing.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final

from benchmarks.bench_setup import (
    AIOGRAM_CONNECTIONS,
    TOKEN,
    context,
    fill,
    in_a_process_of_its_own,
    postgresql,
    queue,
    server,
    sqlite,
    with_aiogram,
)
from hsl_tui.cli.running import make_steady
from hsl_tui.services import broadcasts
from hsl_tui.store.database import Database
from hsl_tui.worker import Worker

MESSAGES: Final = 10_000
WARM_UP: Final = 1_000
"""Messages before, so that what is loaded and compiled once is not part of the rate."""
ROUNDS: Final = 3

_Run = Callable[[str, int], float]
"""Sends so many messages to the server at this address; in how many seconds."""


def main() -> None:
    """Run all in turn, several times, and print medians and ratios."""
    contenders: dict[str, _Run] = {
        "hsl-tui, SQLite": partial(_engine, sqlite),
        "hsl-tui, PostgreSQL": partial(_engine, postgresql),
        "python-telegram-bot, default transport, 8 connections": _python_telegram_bot,
        f"aiogram, {AIOGRAM_CONNECTIONS} connections": _aiogram,
    }
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    with server("--rate", "0") as url:
        for _ in range(ROUNDS):
            for name, run in contenders.items():
                rates[name].append(MESSAGES / in_a_process_of_its_own(_warmed_up, run, url))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    telegram, aiogram = list(medians.values())[2:]
    print(f"{'messages a second, median of ' + str(ROUNDS):55}      x ptb  x aiogram")
    for name, median in medians.items():
        print(f"{name:55} {median:6.0f} {median / telegram:6.2f} {median / aiogram:6.2f}")


def _warmed_up(run: _Run, url: str) -> float:
    run(url, WARM_UP)
    make_steady()
    return run(url, MESSAGES)


def _engine(
    open_database: Callable[[], AbstractContextManager[Database]], url: str, messages: int
) -> float:
    with open_database() as database:
        fill(database, messages)
        where = context(database, url, rate=0)
        broadcast = queue(where)
        started = time.perf_counter()
        Worker(where).run(once=True)
        seconds = time.perf_counter() - started
        if broadcasts.show(where, broadcast).successful_deliveries != messages:
            raise RuntimeError("not all were delivered")
        return seconds


def _python_telegram_bot(url: str, messages: int) -> float:
    from telegram import Bot  # noqa: PLC0415 - a peer
    from telegram.request import HTTPXRequest  # noqa: PLC0415 - a peer

    async def run() -> float:
        request = HTTPXRequest(connection_pool_size=8)
        async with Bot(TOKEN, base_url=f"{url}/bot", request=request) as bot:

            async def send(chats: Iterator[int]) -> None:
                for chat in chats:
                    await bot.send_message(chat, f"<b>Hello</b> {chat}", parse_mode="HTML")

            return await _timed(send, messages, 8)

    return asyncio.run(run())


def _aiogram(url: str, messages: int) -> float:
    async def run(bot: Any) -> float:
        async def send(chats: Iterator[int]) -> None:
            for chat in chats:
                await bot.send_message(chat, f"<b>Hello</b> {chat}", parse_mode="HTML")

        return await _timed(send, messages, AIOGRAM_CONNECTIONS)

    return with_aiogram(url, run)


async def _timed(send: Callable[[Iterator[int]], object], messages: int, tasks: int) -> float:
    chats = iter(range(1, messages + 1))
    started = time.perf_counter()
    await asyncio.gather(*(send(chats) for _ in range(tasks)))  # type: ignore[call-overload] # coroutines
    return time.perf_counter() - started
