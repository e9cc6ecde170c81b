"""What a part of the program may load, seen from outside: in a fresh interpreter."""

from __future__ import annotations

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


def test_the_command_line_starts_without_what_only_some_commands_need() -> None:
    heavy = {"sqlalchemy", "sqlmodel", "telegram", "aiohttp", "textual", "tdjson", "alembic"}
    assert loaded("hsl_tui.cli", heavy) == set()


def test_the_version_is_told_without_what_only_some_commands_need() -> None:
    command = [sys.executable, "-X", "importtime", "-c"]
    command += ["import sys; from hsl_tui.cli import main; sys.exit(main())", "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "hsl_tui.cli" in imported
    assert imported & {"sqlalchemy", "telegram", "aiohttp", "textual", "tdjson"} == set()
