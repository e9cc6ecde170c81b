"""Databases as they should not be: each is one line and an exit status."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from hsl_tui.store.schema import HEAD
from tests.cli.conftest import Result, Run


def refused(result: Result) -> str:
    assert result.status == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("hsl-tui: ")
    return result.stderr


def test_status_and_upgrade_tell_where_the_schema_stands(
    bare_cli: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    monkeypatch.setenv("DATABASE_URL", url)

    status = ("db", "status", "--json")
    expected = {"database": url, "state": "empty", "revision": None, "head": HEAD}
    assert bare_cli(*status).json == expected
    assert "`hsl-tui db upgrade`" in bare_cli("db", "status").stdout
    upgraded = bare_cli("db", "upgrade")
    assert (upgraded.status, upgraded.stderr) == (0, "")
    assert upgraded.stdout == f"The database {url} is at revision {HEAD}.\n"
    assert bare_cli(*status).json == expected | {"state": "current", "revision": HEAD}


def test_postgresql_is_upgraded_only_when_it_is_asked_for(
    bare_cli: Run, monkeypatch: pytest.MonkeyPatch, empty_postgresql: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_postgresql)

    assert "run `hsl-tui db upgrade`" in refused(bare_cli("broadcasts", "list"))
    assert bare_cli("db", "upgrade").status == 0
    assert bare_cli("broadcasts", "list", "--json").json == []


def test_a_folder_that_is_not_there(bare_cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3")

    assert "cannot be opened" in refused(bare_cli("broadcasts", "list"))


def test_a_database_that_takes_no_writes(
    bare_cli: Run, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "read-only.sqlite3"
    shutil.copyfile(sqlite_template, file)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///file:{file}?mode=ro&uri=true")

    result = bare_cli("broadcasts", "send", "--text", "x", "--to", "all")
    assert "is read-only" in refused(result)


def test_an_option_that_would_be_passed_over_is_refused(
    bare_cli: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "made.sqlite3"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}?mode=ro")

    result = bare_cli("recipients", "list")

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("hsl-tui: DATABASE_URL (environment) has a value that cannot")
    assert "mode=ro." in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not file.exists()


def test_a_file_that_is_no_database(
    bare_cli: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear database, " * 100)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")

    assert "is not an SQLite database" in refused(bare_cli("broadcasts", "list"))


def test_a_database_of_a_newer_version(
    cli: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    assert "install a newer hsl-tui" in refused(cli("broadcasts", "list"))
    assert "install a newer hsl-tui" in refused(cli("db", "upgrade"))
    assert cli("db", "status", "--json").json["state"] == "too new"


def test_a_server_that_does_not_answer(bare_cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/none")

    said = refused(bare_cli("broadcasts", "list"))
    assert "does not answer" in said
    assert "hunter2" not in said
    assert refused(bare_cli("db", "status"))


def test_an_address_that_is_none(bare_cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://localhost/x")

    result = bare_cli("broadcasts", "list")
    assert result.status == 2
    assert "DATABASE_URL" in result.stderr
