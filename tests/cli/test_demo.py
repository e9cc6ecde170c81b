"""The demo without a terminal, and in one."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from hsl_tui.clock import SystemClock
from hsl_tui.services import broadcasts
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store.database import Database
from tests.cli.conftest import Run


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, and traps: what of the operator must not be touched."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    monkeypatch.setenv("BOT_TOKEN", "nonsense")
    monkeypatch.setenv("HSL_TUI_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SKIP_MESSAGE_SCHEDULER", "1")
    return folder


def test_it_delivers_and_both_records_agree(bare_cli: Run, elsewhere: Path) -> None:
    done = bare_cli("demo", "--headless", "--recipients", 60, "--json")
    assert (done.status, done.stderr) == (0, "")
    told = done.json
    assert list(told) == ["broadcast", "counts", "database", "seconds", "simulator"]
    assert told["broadcast"]["state"] == "finished"
    assert told["broadcast"]["total_recipients"] == 60
    assert told["counts"] == told["broadcast"]["counts"]
    assert told["counts"]["sent"] + told["counts"]["failed"] == 60
    assert told["simulator"] == {"accepted": told["counts"]["sent"]}
    path = Path(told["database"])
    assert path.is_relative_to(elsewhere)
    assert path.parent.stat().st_mode & 0o077 == 0
    database = Database(f"sqlite:///{path}")
    kept = broadcasts.show(Context(database, SystemClock(), "", Settings()), 1)
    database.dispose()
    assert kept.counts == told["counts"]


def test_people_are_told_what_became_of_it(bare_cli: Run, elsewhere: Path) -> None:
    done = bare_cli("demo", "--recipients", 40)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.startswith("Broadcast 1 to 40 recipients: ")
    assert "The simulated Telegram's own record agrees" in done.stdout
    assert f"sqlite:///{elsewhere}" in done.stdout


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_numbers_that_cannot_be_meant(bare_cli: Run, elsewhere: Path, number: str) -> None:
    assert bare_cli("demo", "--headless", "--recipients", number).status == 2
    assert list(elsewhere.iterdir()) == []


def test_an_interrupt_ends_it_in_order() -> None:
    command = [sys.executable, "-m", "hsl_tui", "demo", "--headless", "--recipients", "1000"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=_environment()) as it:
        os.close(theirs)
        drawn = b""
        while not re.search(rb"[1-9]%", drawn):
            drawn += _read(ours)
        it.send_signal(signal.SIGINT)
        while chunk := _read(ours):
            drawn += chunk
        assert it.stdout is not None
        told = it.stdout.read().decode()
    os.close(ours)
    assert it.returncode == 1
    assert b"Interrupted with" in drawn
    assert b"Traceback" not in drawn
    assert "The simulated Telegram's own record agrees" in told


def test_in_a_terminal_the_console_opens_and_nothing_is_left(elsewhere: Path) -> None:
    command = [sys.executable, "-m", "hsl_tui", "demo"]
    ours, theirs = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=_environment()
    ) as it:
        os.close(theirs)
        drawn = b""
        while b"sending" not in drawn:
            drawn += _read(ours)
        os.write(ours, b"\x11")
        while chunk := _read(ours):
            drawn += chunk
    os.close(ours)
    assert it.returncode == 0
    assert b"Traceback" not in drawn
    assert list(elsewhere.iterdir()) == []


def _environment() -> dict[str, str]:
    return {**os.environ, "TERM": "xterm-256color"}


def _read(terminal: int) -> bytes:
    """What has been drawn since; nothing once the other side is gone."""
    try:
        return os.read(terminal, 100_000)
    except OSError:
        return b""
