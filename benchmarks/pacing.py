"""With a limit: a server that refuses more than the budget in any second, one and two workers."""

from __future__ import annotations

import json
import resource
import threading
import time
import urllib.request
from typing import Any, Final

from benchmarks.bench_setup import context, fill, queue, server, sqlite
from hsl_tui.worker import Worker

SECONDS: Final = 10
"""About how long each run takes."""


def main() -> None:
    """Print rate, refusals and processor time for each budget and number of workers."""
    print("budget  workers  sent/s   refused  cpu of one core")
    for rate in (30, 1000):
        for workers in (1, 2):
            sent, refused, share = _run(rate, workers)
            print(f"{rate:6d} {workers:8d} {sent:7.2f} {refused:9d} {share:15.0%}")


def _run(rate: int, workers: int) -> tuple[float, int, float]:
    with sqlite() as database, server("--rate", str(rate)) as url:
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
        share = (_cpu() - cpu) / (time.perf_counter() - started)
        stats = _stats(url)
        span = stats["last_accepted_at"] - stats["first_accepted_at"]
        return (stats["accepted"] - 1) / span, stats["refused_429"], share


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _stats(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/control/stats") as answer:  # noqa: S310 - loopback
        found: dict[str, Any] = json.load(answer)
    return found
