"""What a part of the program may load, seen from outside: in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_REPORT = "import sys, {module}; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"


def loaded(module: str, suspects: set[str]) -> set[str]:
    """Those of the suspects that importing the module brings in."""
    command = [sys.executable, "-c", _REPORT.format(module=module), *suspects]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["hsl_tui.worker", "hsl_tui.services", "hsl_tui.telegram", "hsl_tui.store"]
)
def test_the_headless_parts_need_no_textual(module: str) -> None:
    assert loaded(module, {"textual"}) == set()


def test_reading_settings_loads_neither_database_nor_telegram_nor_console() -> None:
    heavy = {"sqlalchemy", "sqlmodel", "telegram", "aiohttp", "textual", "typer"}
    assert loaded("hsl_tui.settings, hsl_tui.logs", heavy) == set()


def test_nothing_of_postgresql_is_loaded_before_a_database_of_its_is_opened() -> None:
    suspects = {"psycopg", "sqlalchemy.dialects.postgresql"}
    assert loaded("hsl_tui.console.app, hsl_tui.worker.engine", suspects) == set()


def test_who_has_nothing_to_send_does_without_python_telegram_bot() -> None:
    assert loaded("hsl_tui.console.app, hsl_tui.worker.engine", {"telegram", "aiohttp"}) == set()


def test_the_console_opens_without_what_is_rarely_wanted() -> None:
    suspects = {"telegram", "pygments", "hsl_tui.services.imports", "hsl_tui.worker.intake"}
    assert loaded("hsl_tui.console.app, hsl_tui.worker.engine", suspects) == set()


def test_the_command_line_starts_without_what_only_some_commands_need() -> None:
    heavy = {"sqlalchemy", "sqlmodel", "telegram", "aiohttp", "textual", "tdjson", "alembic"}
    assert loaded("hsl_tui.cli, hsl_tui.cli.commands", heavy) == set()


def imported(*arguments: str) -> set[str]:
    """What the program loads to do something, or to refuse to."""
    command = [sys.executable, "-X", "importtime", "-c"]
    command += ["import sys; from hsl_tui.cli import main; sys.exit(main())", *arguments]
    env = {name: value for name, value in os.environ.items() if name != "BOT_TOKEN"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


def test_the_version_is_told_without_what_only_some_commands_need() -> None:
    found = imported("--version")
    assert "hsl_tui.cli" in found
    assert found & {"sqlalchemy", "telegram", "aiohttp", "textual", "tdjson"} == set()


@pytest.mark.parametrize("arguments", [(), ("--scheduler-only", "--once")])
def test_the_console_and_the_worker_do_without_the_commands(arguments: tuple[str, ...]) -> None:
    found = imported(*arguments)
    assert "hsl_tui.cli.running" in found
    assert found & {"typer", "hsl_tui.cli.commands"} == set()
