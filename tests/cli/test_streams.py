"""Standard streams that are closed, full, or in an encoding that cannot show a name."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hsl_tui.store import intake
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("cli")

HSL_TUI = f"'{sys.executable}' -m hsl_tui"


def run(command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a shell, which can close streams."""
    return subprocess.run(
        ("/bin/sh", "-c", f"{HSL_TUI} {command}"),
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **environment},
        timeout=60,
    )


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", rb"\u017b\xf3\u0142\u0107\U0001f600"),
        ("latin-1", b"\\u017b\xf3\\u0142\\u0107\\U0001f600"),
        ("utf-8", "Żółć😀".encode()),
    ],
)
def test_a_name_that_the_terminal_cannot_show_is_written_out(
    sqlite: Database, encoding: str, shown: bytes
) -> None:
    with sqlite.write() as session:
        intake.take_in(session, [Arrival(5, None, "Żółć😀")], now=NOON)

    done = run("recipients list", PYTHONIOENCODING=encoding)

    assert (done.returncode, done.stderr) == (0, b"")
    assert shown in done.stdout


def test_an_error_that_the_terminal_cannot_show_is_written_out() -> None:
    done = run("broadcasts send --text x --to tag:Ż", PYTHONIOENCODING="ascii:strict")

    assert done.returncode == 2
    assert rb"\u017b" in done.stderr
    assert b"unexpected" not in done.stderr


@pytest.mark.parametrize(("to", "reason"), [("/dev/full", "no space left"), ("&-", "it is closed")])
@pytest.mark.parametrize(
    "command", ["recipients list --json", "recipients list", "recipients export -", "--help"]
)
def test_output_that_cannot_be_written_is_one_line(command: str, to: str, reason: str) -> None:
    done = run(f"{command} >{to}")

    assert done.returncode == 1
    assert done.stderr.startswith(f"hsl-tui: Standard output cannot be written: {reason}".encode())
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("recipients import -", b"hsl-tui: Standard input cannot be read: it is closed; name"),
        (
            "broadcasts send --text-file - --to all",
            b"hsl-tui: The text in '-' cannot be read: it is closed; give",
        ),
    ],
)
def test_input_that_is_closed_is_one_line(command: str, says: bytes) -> None:
    done = run(f"{command} <&-")

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(says)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("broadcasts show 999", 2),
        ("broadcasts", 2),
        ("--scheduler-only --once", 1),
        ("nonsense", 2),
    ],
)
def test_the_status_is_the_same_where_no_error_can_be_written(
    command: str, status: int, streams: str
) -> None:
    done = run(f"{command} {streams}")

    assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.usefixtures("telegram")
def test_a_worker_whose_logs_cannot_be_written_ends_as_ever() -> None:
    assert run("--scheduler-only --once 2>/dev/full").returncode == 0
