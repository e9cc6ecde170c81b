"""A broadcast to a million is queued: how long that takes, and how long it keeps others waiting."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Callable
from typing import Final

from benchmarks.bench_setup import context, fill, postgresql, queue, sqlite
from hsl_tui.clock import SystemClock
from hsl_tui.services import recipients
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store.database import Database

MANY: Final = 1_000_000
ROUNDS: Final = 3
_MOST: Final = {"SQLite": 5, "PostgreSQL": 10}
"""Seconds."""
_PAUSE: Final = 0.01


def main() -> None:
    """Print a line for each database."""
    for name, open_database in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with open_database() as database:
            fill(database, MANY)
            where = context(database, "http://127.0.0.1:1", rate=0)
            found = [_queue_beside(where) for _ in range(ROUNDS)]
            queued, acted, read = (statistics.median(times) for times in zip(*found, strict=True))
            print(
                f"queued to {MANY:,}, {name}: {queued:.2f} s (at most {_MOST[name]}); meanwhile"
                f" another operator's act took {acted * 1000:.0f} ms at most,"
                f" a page of recipients {read * 1000:.0f} ms",
                flush=True,
            )


def _queue_beside(where: Context) -> tuple[float, float, float]:
    """Seconds that it took, and the longest that an act and a page of another operator took."""
    url = where.database.url.render_as_string(hide_password=False)
    done = threading.Event()
    beside = Database(url)
    with contextlib.ExitStack() as ending:
        ending.callback(beside.dispose)
        other = Context(beside, SystemClock(), "other", Settings())
        names = iter(range(MANY))
        acts = _Watched(done, lambda: recipients.tag(other, f"t{next(names)}", ["chat:7"]))
        pages = _Watched(done, lambda: recipients.window(other, limit=50))
        for watched in (acts, pages):
            watched.start()
        started = time.perf_counter()
        queue(where)
        taken = time.perf_counter() - started
        done.set()
        for watched in (acts, pages):
            watched.join()
    return taken, acts.longest, pages.longest


class _Watched(threading.Thread):
    """Does a thing again and again until the other is done, and knows the longest that it took."""

    def __init__(self, done: threading.Event, do: Callable[[], object]) -> None:
        super().__init__()
        self._done = done
        self._do = do
        self.longest = 0.0

    def run(self) -> None:
        while not self._done.wait(_PAUSE):
            started = time.perf_counter()
            self._do()
            self.longest = max(self.longest, time.perf_counter() - started)


if __name__ == "__main__":
    main()
