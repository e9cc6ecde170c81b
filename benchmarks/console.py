"""The console over a line: first paint, keys, bytes and memory, beside posting and harlequin.

Every program runs in a pseudo-terminal of 36 lines and 120 columns. Ours has a million recipients
and as many deliveries, harlequin a million rows of a query, posting an empty collection.
"""

from __future__ import annotations

import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.bench_setup import (
    context,
    environment,
    fill,
    queue,
    send_all,
    server,
    sqlite,
)
from benchmarks.peers import program
from hsl_tui.store.database import Database
from tests.terminal import Terminal, terminal

MANY: Final = 1_000_000
ROUNDS: Final = 5
PAGES: Final = 40
SIZE: Final = (36, 120)
WATCHED: Final = 20.0
"""Seconds for which bytes and processor time are counted."""
SETTLED: Final = 0.15
"""Seconds without a byte after which a key has been answered."""

PAGE_DOWN: Final = b"\x1b[6~"
_QUERY: Final = b"select range, range * 2 from range(1000000)"
_TICKS: Final = os.sysconf("SC_CLK_TCK")

_SCREENS: Final = (
    (b"\x1bOS", "Person 2 "),
    (b"\x1bOQ", "100%"),
    (b"\r", "Person 2 "),
    (b"\x7f", "100%"),
    (b"\x1b[15~", "broadcast.queued"),
    (b"\x1bOR", "Nothing yet"),
)
"""What is pressed and what shows that it was answered: recipients, broadcasts, the deliveries of
the chosen one and back, audit log, compose."""


@dataclass(frozen=True)
class Contender:
    """A program as it is started, and what it is measured by.

    Attributes:
        marker: what its first frame shows.
        filled: what shows that what it reads is there too.
        rows: keys and the texts that they show, up to a table with a million rows under the keys.
    """

    name: str
    command: Sequence[str]
    marker: bytes
    filled: bytes
    env: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[tuple[bytes, str]] = ()

    @contextmanager
    def opened(self) -> Iterator[Terminal]:
        """It, with its first screen there."""
        with terminal(self.command, size=SIZE, env=self.env) as shown:
            shown.wait_for(self.filled)
            yield shown


def main() -> None:
    """Print every figure beside its peer's, or beside what it is held to."""
    with (
        tempfile.TemporaryDirectory(prefix="hsl-tui-bench-") as home,
        server("--rate", "0") as url,
        sqlite() as database,
    ):
        fill(database, MANY)
        where = context(database, url, rate=30)
        send_all(database, queue(where))
        contenders = _contenders(Path(home), database, url)
        _print_first_paint(contenders)
        _print_pages([one for one in contenders if one.rows])
        _print_screens(contenders[0])
        _print_line(contenders, lambda: queue(where))
        _print_sending(contenders[0])


def _contenders(home: Path, database: Database, url: str) -> list[Contender]:
    settings = {name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    # As an installed program is: compiled by its first start at the latest.
    settings["PYTHONDONTWRITEBYTECODE"] = ""
    return [
        Contender(
            "hsl-tui",
            (os.fspath(Path(".venv/bin/hsl-tui").resolve()),),
            b"Broadcasts",
            b"Hello",
            {**environment(database, url, 30), **settings},
            [(b"\x1bOS", "Person 1")],
        ),
        Contender(
            "harlequin",
            (os.fspath(program("harlequin")), "--limit", str(MANY)),
            b"Query Editor",
            b"memory",
            settings,
            [(_QUERY, ""), (b"\n", "of 1,000,000 Records"), (b"\x1b[15~", "")],
        ),
        Contender(
            "posting",
            (os.fspath(program("posting")), "--collection", os.fspath(home)),
            b"Collection is empty",
            b"Collection is empty",
            settings,
        ),
    ]


# --- figures ----------------------------------------------------------------------------------


def _print_first_paint(contenders: Sequence[Contender]) -> None:
    painted: dict[str, list[float]] = {one.name: [] for one in contenders}
    filled: dict[str, list[float]] = {one.name: [] for one in contenders}
    for round_ in range(ROUNDS + 1):
        for one in contenders:
            started = time.perf_counter()
            with terminal(one.command, size=SIZE, env=one.env) as shown:
                shown.wait_for(one.marker)
                first = time.perf_counter() - started
                shown.wait_for(one.filled)
                # The first round compiles modules and fills the system's cache of files.
                if round_:
                    painted[one.name].append(first)
                    filled[one.name].append(time.perf_counter() - started)
    ours = statistics.median(painted["hsl-tui"])
    for name, times in painted.items():
        median, later = statistics.median(times), statistics.median(filled[name])
        print(
            f"first paint, {name}: {median:.2f} s, with what it reads {later:.2f} s;"
            f" ours {ours / median:.2f} of it",
            flush=True,
        )


def _print_pages(contenders: Sequence[Contender]) -> None:
    for one in contenders:
        with one.opened() as shown:
            for keys, shows in one.rows:
                shown.press(keys, shows)
                _settle(shown)
            before, drawn = _processor_time(shown), len(shown.drawn)
            for _ in range(PAGES):
                shown.press(PAGE_DOWN)
                _settle(shown)
            work = (_processor_time(shown) - before) / PAGES * 1000
            sent = (len(shown.drawn) - drawn) / PAGES
            print(
                f"page down, {one.name}: {work:.0f} ms of work, {sent:.0f} bytes;"
                f" {_resident(shown):.0f} MB resident",
                flush=True,
            )


def _print_screens(ours: Contender) -> None:
    with ours.opened() as shown:
        found = _show_all(shown)
        memory = _memory(shown)
    times = [statistics.median(each) * 1000 for each in found]
    each = ", ".join(f"{one:.0f}" for one in times)
    print(f"screens at {MANY:,} rows, from key to text: {each} ms (at most 100)")
    print(f"resident memory after all of them: {memory} (under 120)", flush=True)


def _show_all(shown: Terminal) -> list[list[float]]:
    """Show all screens again and again; for each the seconds that it took."""
    found: dict[tuple[bytes, str], list[float]] = {}
    for _ in range(ROUNDS):
        for key, shows in _SCREENS:
            _settle(shown)
            started = time.perf_counter()
            shown.press(key, shows)
            found.setdefault((key, shows), []).append(time.perf_counter() - started)
    return list(found.values())


def _print_sending(ours: Contender) -> None:
    """What a broadcast adds that is on its way."""
    with ours.opened() as shown:
        _show_all(shown)
        until = time.monotonic() + WATCHED
        while (left := until - time.monotonic()) > 0:
            shown.read(left)
        memory = _memory(shown)
    print(f"resident memory after all of them, while it sends: {memory}", flush=True)


def _memory(shown: Terminal) -> str:
    memory, own = _resident(shown), _resident(shown, "RssAnon")
    return (
        f"{memory:.0f} MB, {own:.0f} MB of its own and {memory - own:.0f} MB of files that are"
        " mapped"
    )


def _print_line(contenders: Sequence[Contender], send: Callable[[], int]) -> None:
    for one in contenders:
        with one.opened() as shown:
            _print_watched(f"idle, {one.name}", shown)
    send()
    with contenders[0].opened() as shown:
        shown.wait_until("sending")
        _print_watched("sending 30 a second, hsl-tui", shown)


def _print_watched(what: str, shown: Terminal) -> None:
    _settle(shown, 2.0)
    drawn, before, started = len(shown.drawn), _processor_time(shown), time.monotonic()
    while (left := started + WATCHED - time.monotonic()) > 0:
        shown.read(left)
    share = (_processor_time(shown) - before) / WATCHED
    bytes_a_second = (len(shown.drawn) - drawn) / WATCHED
    print(f"{what}: {bytes_a_second:.0f} bytes a second, {share:.1%} of a core", flush=True)


# --- what is read off a process -----------------------------------------------------------------


def _settle(shown: Terminal, quiet: float = SETTLED) -> None:
    """Take what is drawn until nothing comes."""
    until = time.monotonic() + 20 * quiet
    while shown.read(quiet) and time.monotonic() < until:
        pass


def _processor_time(shown: Terminal) -> float:
    """Seconds that the program has used."""
    fields = Path(f"/proc/{shown.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(shown: Terminal, kind: str = "VmRSS") -> float:
    """Megabytes, of all that is resident or of one kind (see proc_pid_status(5))."""
    status = Path(f"/proc/{shown.process.pid}/status").read_text()
    found = re.search(rf"{kind}:\s+(\d+)", status)
    if found is None:
        raise LookupError(status)
    return int(found[1]) * 1024 / 1e6
