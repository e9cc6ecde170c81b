"""The main job, by the commands of the README: ten thousand recipients, now and at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hsl_tui.telegram.simulator import SimulatorThread

RECIPIENTS = 10_000
BAD_LINES = {
    5003: "not-a-number,Nobody,",
    7001: ",No chat id,",
    9002: "0,Zero,",
}

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(database_url: str, simulator: SimulatorThread, tmp_path: Path) -> Run:
    """The command line as a user has it: another process, its settings in the environment."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "BOT_TOKEN": "123456:simulated",
        "HSL_TUI_API_URL": simulator.url,
        "HSL_TUI_MESSAGES_PER_SECOND": "0",
    }

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hsl_tui", *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )

    return command


@pytest.mark.timeout(300)
def test_ten_thousand_now_and_ten_thousand_at_a_time(
    run: Run, simulator: SimulatorThread, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    write_people(people)
    imported = document(run("recipients", "import", str(people), "--tag", "friends", "--json"))
    assert imported["imported"] == RECIPIENTS
    assert [bad["line"] for bad in imported["rejected"]] == sorted(BAD_LINES)

    sends = ["broadcasts", "send", "--to", "tag:friends", "--json", "--text"]
    now = document(run(*sends, "Hello <b>{{ first_name }}</b>, now"))
    at = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    later = document(run(*sends, "Hello {{ first_name }}, later", "--at", at))
    assert (now["total_recipients"], later["state"]) == (RECIPIENTS, "scheduled")

    run("--scheduler-only", "--once")
    assert_delivered(run, now["id"])
    while document(run("broadcasts", "show", str(later["id"]), "--json"))["state"] == "scheduled":
        run("--scheduler-only", "--once")
    assert_delivered(run, later["id"])

    accepted = Counter(message.chat_id for message in simulator.accepted())
    assert set(accepted.values()) == {2}
    assert len(accepted) == RECIPIENTS
    texts = {(message.chat_id, message.text) for message in simulator.accepted()}
    assert (17, "Hello <b>Person 17</b>, now") in texts
    assert (17, "Hello Person 17, later") in texts
    run("--scheduler-only", "--once")
    assert len(simulator.accepted()) == 2 * RECIPIENTS
    run("audit", "verify")


def assert_delivered(run: Run, broadcast_id: int) -> None:
    shown = document(run("broadcasts", "show", str(broadcast_id), "--json"))
    assert shown["state"] == "finished"
    assert shown["successful_deliveries"] == shown["total_recipients"] == RECIPIENTS
    assert sum(shown["counts"].values()) == RECIPIENTS
    listed = ["broadcasts", "deliveries", str(broadcast_id), "--limit", "20000", "--json"]
    deliveries = document(run(*listed))
    assert {delivery["status"] for delivery in deliveries} == {"sent"}
    assert {delivery["chat_id"] for delivery in deliveries} == set(range(1, RECIPIENTS + 1))
    assert all(delivery["telegram_message_id"] for delivery in deliveries)


def write_people(path: Path) -> None:
    lines = ["chat_id,first_name,course"]
    number = 0
    while number < RECIPIENTS:
        bad = BAD_LINES.get(len(lines) + 1)
        if bad is None:
            number += 1
        lines.append(f"{number},Person {number},tango" if bad is None else bad)
    path.write_text("\n".join(lines), encoding="utf-8")


def document(completed: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(completed.stdout)
