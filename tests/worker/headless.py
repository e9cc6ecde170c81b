"""The headless worker as operators run it: a process of its own, with what it said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import TOKEN
from tests.worker.scene import Scene


@dataclass(frozen=True)
class Headless:
    """A running ``hsl-tui --scheduler-only``."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """What it has logged until now."""
        return self.log.read_text()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Ask it to end, and wait; its exit status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def headless(scene: Scene, log: Path, **settings: float) -> Iterator[Headless]:
    """Run a worker on the scene's database; it is killed at the end if it lives.

    Args:
        log: the file for what it says.
        settings: those of ``HSL_TUI_…``, by their names in the settings file.
    """
    url = scene.context.database.url.set(
        drivername=scene.context.database.url.get_backend_name()
    ).render_as_string(hide_password=False)
    given = {"messages_per_second": 0.0, **settings}
    environment = os.environ | {
        "BOT_TOKEN": TOKEN,
        "DATABASE_URL": url,
        "HSL_TUI_API_URL": scene.simulator.url,
        **{f"HSL_TUI_{name.upper()}": str(value) for name, value in given.items()},
    }
    command = (sys.executable, "-m", "hsl_tui", "--scheduler-only")
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, env=environment, stderr=stderr)
    try:
        yield Headless(process, log)
    finally:
        process.kill()
        process.wait()
