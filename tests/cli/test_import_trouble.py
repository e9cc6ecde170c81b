"""Imports that run out of room: told in a sentence that says what to do, nothing half done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hsl_tui.store import matching
from hsl_tui.store.database import Database

ROOM = 1_000_000
"""Bytes to which a file can grow; the database takes a third of them."""

# The limit's signal is ignored, so that a write beyond it fails as one to a full disk does.
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
"""
COMMAND = """
from hsl_tui.cli import main
sys.exit(main())
"""
SPOOL = """
from hsl_tui.errors import HslTuiError
from hsl_tui.services.spools import Spool
spool = Spool()
spool.append(b"x" * ({room} - 100))
spool.append(b"y" * 200)  # stays in a buffer of the file
try:
    list(spool.read())
except HslTuiError as error:
    print(error)
"""

Ended = subprocess.CompletedProcess[str]
Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, sqlite_url: str) -> Run:
    """Runs an import, or another script, where files cannot grow far."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    env = {**os.environ, "DATABASE_URL": sqlite_url, "TMPDIR": str(folder)}

    def start(*arguments: object, script: str = COMMAND, room: int = ROOM, **stdin: Any) -> Ended:
        code = (LIMITED + script).format(room=room)
        words = ("recipients", "import", *map(str, arguments))
        return subprocess.run(
            (sys.executable, "-c", code, *words),
            env=env,
            **stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return start


def count(database: Database) -> int:
    with database.read() as session:
        return matching.count(session)


def told_what_to_do(done: Ended) -> bool:
    (line,) = done.stderr.splitlines()
    return (
        (done.returncode, done.stdout) == (1, "")
        and line.startswith("hsl-tui: What is read cannot be kept aside in ")
        and "temporary (File too large); make room there, or name another folder in TMPDIR." in line
    )


PEOPLE = "chat_id,first_name\n" + "".join(f"{number},{'N' * 60}\n" for number in range(1, 20_001))
BAD = "chat_id,first_name\n1,Ada\n" + "x,N\n" * 15_000
# Quotation marks take twice the room in a file of CSV that they take where lines are kept.
QUOTED = "chat_id,first_name\n1,Ada\n" + ('x,"' + '""' * 200 + '"\n') * 1500


def test_no_room_for_standard_input(run: Run, sqlite: Database) -> None:
    assert told_what_to_do(run("-", input=PEOPLE))
    assert count(sqlite) == 0


def test_standard_input_that_fails_is_not_told_as_a_lack_of_room(run: Run) -> None:
    # Nothing is mapped at its beginning, so a read of it is an error of input.
    with Path("/proc/self/mem").open("rb") as unreadable:
        done = run("-", stdin=unreadable)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("hsl-tui: Standard input cannot be read: input/output error;")
    assert "TMPDIR" not in done.stderr


@pytest.mark.parametrize("options", [(), ("--atomic",), ("--dry-run",)])
def test_no_room_for_skipped_lines(
    run: Run, tmp_path: Path, sqlite: Database, options: tuple[str, ...]
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(BAD)
    assert told_what_to_do(run(path, *options))
    assert count(sqlite) == 0


def test_no_room_to_keep_all_aside(run: Run, tmp_path: Path, sqlite: Database) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    assert told_what_to_do(run(path, "--atomic"))
    assert count(sqlite) == 0


def test_no_room_for_what_was_put_down_last(run: Run) -> None:
    done = run(script=SPOOL)
    assert (done.returncode, done.stderr) == (0, "")
    assert "cannot be kept aside" in done.stdout


def test_no_room_for_a_trial(run: Run, tmp_path: Path, sqlite: Database) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    done = run(path, "--dry-run")
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert "trial.sqlite3 gives errors; see that it has room" in line
    assert count(sqlite) == 0
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_file_of_skipped_lines_without_room_leaves_the_import_told(
    run: Run, tmp_path: Path, sqlite: Database, form: tuple[str, ...]
) -> None:
    path, rejects = tmp_path / "people.csv", tmp_path / "rejects.csv"
    path.write_text(QUOTED)
    done = run(path, "--rejects", rejects, *form, room=600_000)
    assert done.returncode == 1
    assert done.stdout.startswith('{\n  "imported": 1,' if form else "1 imported, ")
    said = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert said[-2:] == [
        f"hsl-tui: {rejects} cannot be written: File too large.",
        "hsl-tui: All but that file is done; import again with another --rejects.",
    ]
    assert f"{rejects} names them all" not in done.stderr
    assert count(sqlite) == 1
    assert not rejects.exists()
    assert not list(tmp_path.glob(".rejects*"))


def test_a_file_of_skipped_lines_without_room_claims_no_import(
    run: Run, tmp_path: Path, sqlite: Database
) -> None:
    path, rejects = tmp_path / "people.csv", tmp_path / "rejects.csv"
    path.write_text(QUOTED)
    done = run(path, "--atomic", "--rejects", rejects, room=600_000)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"hsl-tui: {rejects} cannot be written: File too large.\n" in done.stderr
    assert done.stderr.endswith("with --atomic nothing was changed.\n")
    assert count(sqlite) == 0
