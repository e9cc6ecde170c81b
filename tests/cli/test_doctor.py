from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hsl_tui.store import pace, workers
from hsl_tui.store.database import Database
from hsl_tui.store.server_clock import moment
from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorThread
from tests.cli.conftest import Run
from tests.conftest import TOKEN

BOT_ID = int(TOKEN.partition(":")[0])


def examine(cli: Run, *, status: int) -> dict[str, Any]:
    result = cli("doctor", "--json")
    assert result.status == status
    assert result.json["ok"] is (status == 0)
    assert result.stderr.count("\n") == status
    return {check["name"]: check for check in result.json["checks"]}


@pytest.mark.usefixtures("telegram")
def test_where_all_is_well_each_check_says_so(cli: Run) -> None:
    checks = examine(cli, status=0)

    assert list(checks) == [
        "token",
        "bot_api",
        "database",
        "schema",
        "clock",
        "workers",
        "intake",
        "files",
    ]
    assert all(check["ok"] and check["advice"] is None for check in checks.values())
    assert f"({BOT_ID})" in checks["token"]["detail"]
    assert checks["clock"]["detail"] == "as the Bot API and the database"
    assert cli("doctor").stdout.count("ok ") == 8


def test_without_a_token_it_says_where_to_get_one(
    cli: Run, monkeypatch: pytest.MonkeyPatch, simulator: SimulatorThread
) -> None:
    monkeypatch.setenv("HSL_TUI_API_URL", simulator.url)

    checks = examine(cli, status=1)

    assert not checks["token"]["ok"]
    assert "@BotFather" in checks["token"]["advice"]
    assert checks["bot_api"]["ok"]


def test_a_refused_token_is_told_from_a_server_that_is_away(
    cli: Run, monkeypatch: pytest.MonkeyPatch, telegram: SimulatorThread
) -> None:
    telegram.add_faults(FaultRule("unauthorized", Match(method="getMe")))
    refused = examine(cli, status=1)
    assert not refused["token"]["ok"]
    assert refused["bot_api"]["ok"]

    monkeypatch.setenv("HSL_TUI_API_URL", "http://127.0.0.1:1")
    away = examine(cli, status=1)
    assert not away["bot_api"]["ok"]
    assert "HSL_TUI_API_URL" in away["bot_api"]["advice"]
    assert TOKEN not in str(refused) + str(away)


@pytest.mark.usefixtures("telegram")
def test_without_a_database_the_rest_is_examined_all_the_same(
    cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")

    checks = examine(cli, status=1)

    assert [name for name, check in checks.items() if not check["ok"]] == [
        "database",
        "schema",
        "workers",
        "intake",
    ]


@pytest.mark.usefixtures("telegram")
def test_an_old_schema_leads_to_the_upgrade(
    cli: Run, monkeypatch: pytest.MonkeyPatch, empty_postgresql: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_postgresql)

    checks = examine(cli, status=1)

    assert checks["schema"]["advice"] == "Run `hsl-tui db upgrade`."


@pytest.mark.usefixtures("telegram", "recipients")
def test_it_tells_whether_somebody_sends_what_is_due(cli: Run, sqlite: Database) -> None:
    cli("broadcasts", "send", "--text", "x", "--to", "all")
    idle = examine(cli, status=1)
    assert "none is alive, and something is due" in idle["workers"]["detail"]

    with sqlite.write() as session:
        workers.enter(
            session, host="h", pid=7, process_started="p", bot_id=BOT_ID, now=moment(session)
        )
    busy = examine(cli, status=0)
    assert busy["workers"]["detail"] == "1 alive (h:7)"

    with sqlite.write() as session:
        pace.stop(session, BOT_ID, "Unauthorized")
    stopped = examine(cli, status=1)
    assert "stopped: Unauthorized" in stopped["workers"]["detail"]


def test_files_that_others_can_read_are_named(
    cli: Run, monkeypatch: pytest.MonkeyPatch, simulator: SimulatorThread, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o644)
    monkeypatch.setenv("BOT_TOKEN_FILE", str(file))
    monkeypatch.setenv("HSL_TUI_API_URL", simulator.url)

    assert examine(cli, status=1)["files"]["advice"] == f"Run `chmod 600 {file}`."
    file.chmod(0o600)
    assert examine(cli, status=0)["files"]["ok"]
