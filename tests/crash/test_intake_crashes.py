"""A worker dies at each step of an update and of its answer: nothing is lost, nothing is doubled.

The oracle is the simulated Telegram: which updates it still holds, and what it was sent.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from hsl_tui.failpoints import IntakePoint
from hsl_tui.models.intake import AnswerStatus
from hsl_tui.models.intake_tables import BotAnswer
from hsl_tui.services import audit, recipients
from hsl_tui.services.context import Context
from hsl_tui.store.database import Database
from hsl_tui.telegram.simulator import SimulatorConfig, SimulatorThread
from hsl_tui.telegram.simulator.updates import command_update
from hsl_tui.worker.answers import BLOCK
from tests.crash.trial import PATIENCE, TOKEN, context_of, until

PEOPLE = range(1, 41)


def worker(context: Context, failpoint: str = "") -> subprocess.Popen[bytes]:
    """A worker that takes updates in, in a process of its own."""
    environment = os.environ | {
        "BOT_TOKEN": TOKEN,
        "DATABASE_URL": context.database.url.set(
            drivername=context.database.url.get_backend_name()
        ).render_as_string(hide_password=False),
        "HSL_TUI_API_URL": context.settings.api_url,
        "HSL_TUI_MESSAGES_PER_SECOND": "100",
        "HSL_TUI_INTAKE": "yes",
        "HSL_TUI_FAILPOINT": failpoint,
    }
    command = [sys.executable, "-m", "hsl_tui", "--scheduler-only"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def answers(context: Context) -> dict[int, str]:
    with context.database.read() as session:
        found = session.exec(select(BotAnswer.chat_id, BotAnswer.status))
        return {chat_id: str(status) for chat_id, status in found}


def applied(context: Context, what: str) -> int:
    entries = audit.latest(context, limit=1000, action="intake.applied")
    return sum(int(str(entry.details.get(what, 0))) for entry in entries)


def is_over(context: Context) -> bool:
    settled = {AnswerStatus.SENT, AnswerStatus.UNCERTAIN}
    found = answers(context)
    return len(found) == len(PEOPLE) and set(found.values()) <= settled


def kill_and_go_on(context: Context, failpoint: str) -> None:
    """Let a worker die at a point, and another one end what it began."""
    process = worker(context, failpoint)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    process = worker(context)
    try:
        until(lambda: is_over(context))
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.parametrize("point", IntakePoint)
def test_a_worker_killed_at_a_step_of_intake(
    point: IntakePoint, time: int, database_url: str, tmp_path: Path
) -> None:
    record = tmp_path / "accepted.jsonl"
    config = SimulatorConfig(rate=0, latency=0.01, record_path=record)
    database = Database(database_url)
    with SimulatorThread(config) as simulator:
        context = context_of(database, simulator.url)
        for chat_id in PEOPLE:
            simulator.queue_update(command_update(chat_id, "/start june"))
            if chat_id == PEOPLE[len(PEOPLE) // 2]:
                _poll_apart(simulator)
        kill_and_go_on(context, f"{point}:{time}")
        left = simulator.call(lambda running: list(running._updates._updates))
    accepted = Counter(json.loads(line)["chat_id"] for line in record.read_text().splitlines())
    # Each update was handled once, and Telegram has been told so.
    assert (applied(context, "updates"), applied(context, "joined")) == (len(PEOPLE),) * 2
    assert left == []
    everyone = {one.chat_id: (one.state.value, one.tags) for one in recipients.every(context)}
    assert everyone == dict.fromkeys(PEOPLE, ("active", ("june",)))
    # Each answer was sent once, or it is known which may not have been.
    assert max(accepted.values()) == 1
    uncertain = [chat for chat, found in answers(context).items() if found == "uncertain"]
    assert len(uncertain) <= BLOCK
    assert all(accepted[chat] == 1 for chat in PEOPLE if chat not in uncertain)
    assert audit.verify(context) > 0
    database.dispose()


def _poll_apart(simulator: SimulatorThread) -> None:
    """Give what was queued until now in one poll, and what comes then in another."""

    def install(running: Any) -> None:
        fetch = running._updates.fetch
        at_first = len(running._updates._updates)

        async def fetch_less(call: Any) -> Any:
            return (await fetch(call))[:at_first]

        running._updates.fetch = fetch_less

    simulator.call(install)
