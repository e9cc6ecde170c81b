from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hsl_tui import __version__
from tests.cli.conftest import Run


def test_the_version_is_one_line(bare_cli: Run) -> None:
    assert bare_cli("--version").stdout == f"hsl-tui {__version__}\n"


def test_help_and_completion_wait_for_no_library() -> None:
    loaded = "import sys, hsl_tui.cli.commands; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", loaded], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    assert not {"sqlalchemy", "pydantic", "textual", "telegram", "aiohttp"} & set(modules)


def test_a_shell_is_told_what_could_follow() -> None:
    asked = {"_HSL_TUI_COMPLETE": "complete_bash", "COMP_WORDS": "hsl-tui rec", "COMP_CWORD": "1"}
    command = [sys.executable, "-m", "hsl_tui"]
    done = subprocess.run(
        command, env=os.environ | asked, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout.split() == ["recipients"]


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("broadcasts",),
        ("broadcasts", "send"),
        ("broadcasts", "check"),
        ("broadcasts", "test"),
        ("broadcasts", "resolve"),
        ("audit", "list"),
        ("db", "status"),
        ("doctor",),
        ("simulator",),
    ],
)
def test_help_shows_how_a_command_is_called(bare_cli: Run, command: tuple[str, ...]) -> None:
    result = bare_cli(*command, "--help")

    assert result.status == 0
    assert "Usage: hsl-tui" in result.stdout
    assert "<bool>" not in result.stdout
    if command != ("broadcasts",):
        assert f"$ {' '.join(('hsl-tui', *command))}" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["--nonsense"], "No such option: --nonsense"),
        (["broadcasts"], "Missing command"),
        (["broadcasts", "show"], "Missing argument 'ID'"),
        (["broadcasts", "show", "seven"], "'seven' is not a whole number"),
        (["broadcasts", "show", "0"], "'0' is not a whole number"),
        (["broadcasts", "show", str(2**63)], "is not a whole number"),
        (["broadcasts", "list", "--limit", "0" * 19 + "1" * 19], "is not a whole number"),
        (["broadcasts", "list", "--state", "lost"], "'lost' is not one of 'draft', 'scheduled'"),
        (["broadcasts", "send", "--text", "x"], "Invalid value for --to: say who is to get it"),
        (["--once"], "--once goes with --scheduler-only"),
        (["--scheduler-only", "db", "status"], "stand alone"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(
    bare_cli: Run, arguments: list[str], says: str
) -> None:
    result = bare_cli(*arguments)

    assert result.status == 2
    assert result.stdout == ""
    assert result.stderr.startswith("hsl-tui: ")
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 2
    assert re.search(r"Try `hsl-tui.* --help`\.\n$", result.stderr)


def test_a_wrong_setting_ends_with_2_and_is_named(
    bare_cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HSL_TUI_MAX_ATTEMPTS", "many")

    result = bare_cli("broadcasts", "list")

    assert result.status == 2
    assert result.stderr.startswith("hsl-tui: HSL_TUI_MAX_ATTEMPTS (environment) is 'many'")


def test_the_console_needs_a_terminal(bare_cli: Run) -> None:
    result = bare_cli()

    assert result.status == 1
    assert "needs a terminal" in result.stderr


def test_a_worker_that_is_not_to_send_says_why(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    without_token = cli("--scheduler-only", "--once")
    monkeypatch.setenv("SKIP_MESSAGE_SCHEDULER", "1")
    skipped = cli("--scheduler-only", "--once")

    assert (without_token.status, skipped.status) == (1, 1)
    assert without_token.stderr.startswith("hsl-tui: BOT_TOKEN is not set")
    assert skipped.stderr.startswith("hsl-tui: SKIP_MESSAGE_SCHEDULER is set")
    assert len((without_token.stderr + skipped.stderr).splitlines()) == 2


def test_the_default_database_is_made_where_it_belongs(
    bare_cli: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert bare_cli("broadcasts", "list", "--json").json == []

    made = tmp_path / "hsl-tui" / "hsl-tui.sqlite3"
    assert made.stat().st_mode & 0o777 == 0o600
