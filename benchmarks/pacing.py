"""With a limit: a server that refuses more than the budget in any second, one and two workers.

Beside them a bare loop of aiogram that starts a call at the same pace and keeps nothing on record:
what of the processor's time is the price of the calls themselves, so far apart.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import resource
import threading
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from benchmarks.bench_setup import (
    context,
    fill,
    in_a_process_of_its_own,
    queue,
    server,
    sqlite,
    with_aiogram,
)
from hsl_tui.worker import Worker
from hsl_tui.worker.slots import HEADROOM

SECONDS: Final = 10
"""About how long each run takes."""


def main() -> None:
    """Print rate, refusals and processor time for each budget and number of workers."""
    print("budget                     sent/s  refused  cpu of one core")
    for rate in (30, 1000):
        for workers in (1, 2):
            name = f"{workers} worker{'s' if workers > 1 else ''}"
            _print(rate, name, partial(_run, rate=rate, workers=workers))
        _print(rate, "aiogram, bare", partial(_aiogram, rate=rate))


def _print(rate: int, name: str, run: Callable[[str], float]) -> None:
    """Run against a server of this limit; ``run`` gives the share of a core that it took."""
    with server("--rate", str(rate)) as url:
        share = in_a_process_of_its_own(run, url)
        stats = _stats(url)
    span = stats["last_accepted_at"] - stats["first_accepted_at"]
    sent = (stats["accepted"] - 1) / span
    print(f"{rate:6d} {name:15} {sent:11.2f} {stats['refused_429']:8d} {share:16.0%}", flush=True)


def _run(url: str, *, rate: int, workers: int) -> float:
    # What a worker loads once is no part of what a second of sending takes.
    importlib.import_module("hsl_tui.worker.engine")
    importlib.import_module("hsl_tui.telegram.sender")
    with sqlite() as database:
        fill(database, rate * SECONDS)
        where = context(database, url, rate)
        queue(where)
        cpu = _cpu()
        started = time.perf_counter()
        threads = [
            threading.Thread(target=Worker(where).run, kwargs={"once": True})
            for _ in range(workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (_cpu() - cpu) / (time.perf_counter() - started)


def _aiogram(url: str, *, rate: int) -> float:
    async def run(bot: Any) -> float:
        loop = asyncio.get_running_loop()
        cpu, started = _cpu(), loop.time()
        calls = []
        for number in range(rate * SECONDS):
            await asyncio.sleep(started + number / (rate * HEADROOM) - loop.time())
            said = f"<b>Hello</b> {number}"
            call = bot.send_message(number + 1, said, parse_mode="HTML")
            calls.append(loop.create_task(call))
        await asyncio.gather(*calls, return_exceptions=True)
        return (_cpu() - cpu) / (loop.time() - started)

    return with_aiogram(url, run)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _stats(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/control/stats") as answer:  # noqa: S310 - loopback
        found: dict[str, Any] = json.load(answer)
    return found
