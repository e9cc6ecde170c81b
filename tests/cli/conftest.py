"""The command line in this process, on a database and a simulated Telegram of its own."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from hsl_tui.cli import main
from hsl_tui.clock import SystemClock
from hsl_tui.services.context import Context
from hsl_tui.settings import load_settings
from hsl_tui.store import intake
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival
from hsl_tui.telegram.simulator import SimulatorThread
from hsl_tui.worker import Worker
from tests.conftest import NOON, TOKEN


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it wrote."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


Run = Callable[..., Result]


@pytest.fixture
def bare_cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs a command in the environment as it is; ``stdin`` is what it can read."""
    # What `main` changes for the whole process is put back at the end.
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    root = logging.getLogger()
    before, level = root.handlers[:], root.level

    def run(*arguments: object, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Result(status, written.out, written.err)

    yield run
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def cli(bare_cli: Run, monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Run:
    """Runs a command with a database, without a token."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("HSL_TUI_TIMEZONE", "Europe/Berlin")
    return bare_cli


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch, simulator: SimulatorThread) -> SimulatorThread:
    """A simulated Telegram that commands send to."""
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    monkeypatch.setenv("HSL_TUI_API_URL", simulator.url)
    return simulator


@pytest.fixture
def recipients(sqlite: Database) -> None:
    """Three recipients: Ada and Grace with the tag news, Alan with none."""
    arrivals = [
        Arrival(11, "ada", "Ada", tags=frozenset({"news"}), attributes={"city": "London"}),
        Arrival(12, "grace", "Grace", tags=frozenset({"news"})),
        Arrival(13, "alan", "Alan"),
    ]
    with sqlite.write() as session:
        intake.take_in(session, arrivals, now=NOON)


@pytest.fixture
def deliver(
    telegram: SimulatorThread,  # noqa: ARG001 - what it sends to
    sqlite: Database,
) -> Callable[[], None]:
    """Sends all that is due, as `--scheduler-only --once` does."""

    def run() -> None:
        Worker(Context(sqlite, SystemClock(), "tester", load_settings())).run(once=True)

    return run
